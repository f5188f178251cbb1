/** What callers give, for those without types: says what came in, what is wanted, and how to get it. */
import { checkOptions } from "../runtime/options.js";

const shown = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" && typeof value !== "function")
    return String(value);
  const kind = (value as object).constructor?.name ?? "";
  return kind === "" || kind === "Object" ? "an object" : `a ${kind}`;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** That this is the cell of a generated module. @param call what loads it */
export function checkModule(module: unknown, call: string): void {
  if (isObject(module) && typeof module["load"] === "function") return;
  if (isObject(module) && typeof module["forward"] === "function")
    throw new TypeError(
      `${call} loads a cell itself: give the cell that the generated module exports, not what its load gave`,
    );
  throw new TypeError(
    `${call} takes a cell, as a generated module exports it (import { LSTM } from "./generated/lstm.js"); got ${shown(module)}`,
  );
}

/** That this is a layer. @param where it is to be one */
export function checkLayer(value: unknown, where: string): void {
  if (
    isObject(value) &&
    isObject(value["parts"]) &&
    typeof value["forward"] === "function"
  )
    return;
  const what = isObject(value)
    ? typeof value["then"] === "function"
      ? "a promise; write await in front of loadLayer"
      : typeof value["load"] === "function"
        ? `the cell ${String(value["name"])} without kernels; await loadLayer makes a layer of it`
        : shown(value)
    : shown(value);
  throw new TypeError(`${where} is ${what}: a layer is wanted`);
}

/** That a stack has layers, and nothing else. */
export function checkStack(layers: unknown): void {
  if (!isObject(layers) || typeof layers["forward"] === "function")
    throw new TypeError(
      `a stack takes a list of layers, or a record of layers by name; got ${shown(layers)}`,
    );
  for (const [name, layer] of Object.entries(layers))
    checkLayer(layer, `${name} of the stack`);
}

/**
 * That a model can read this: a batch of sequences, or several of them.
 * @param where it is read
 */
export function checkInput(value: unknown, where: string): void {
  if (!isObject(value) || ArrayBuffer.isView(value) || Array.isArray(value))
    throw new TypeError(
      `${where} is ${shown(value)}: a Sequence is wanted, sequence(values, { batch, width }) makes one`,
    );
  const { values, steps, batch, width } = value;
  if (!ArrayBuffer.isView(values)) return;
  const { length } = values as unknown as { readonly length: number };
  const numbers = [steps, batch, width].map(Number);
  if (length !== numbers.reduce((a, b) => a * b, 1))
    throw new RangeError(
      `${where} has ${length} values: [T=${String(steps)}, B=${String(batch)}, width=${String(width)}] are wanted`,
    );
}

export function checkArray(what: string, value: unknown, hint = ""): void {
  if (!ArrayBuffer.isView(value))
    throw new TypeError(
      `${what} is ${shown(value)}: a typed array is wanted${hint}`,
    );
}

/** That these are the bytes of a file. @param call what takes them */
export function checkBytes(call: string, value: unknown): void {
  if (ArrayBuffer.isView(value) && tagOf(value) === "Uint8Array") return;
  throw new TypeError(
    `${call} takes the bytes of a file, a Uint8Array; got ${shown(value)}`,
  );
}

/** The name of a typed array's kind, also where it was made in another window. */
export const tagOf = (value: ArrayBufferView): string =>
  (value as unknown as { readonly [Symbol.toStringTag]: string })[
    Symbol.toStringTag
  ];

/** That all of these are there. @param what takes them */
export function checkParts(
  what: string,
  parts: unknown,
  names: readonly string[],
): void {
  if (!isObject(parts))
    throw new TypeError(
      names.length === 0
        ? `${what} are ${shown(parts)}: an array is wanted, or a record of them`
        : `${what} takes an object with ${names.join(", ")}; got ${shown(parts)}`,
    );
  const missing = names.filter((name) => parts[name] === undefined);
  if (missing.length > 0)
    throw new TypeError(`${what} also needs ${missing.join(", ")}`);
}

/** That a trainer has all that it needs. */
export const checkTrainer = (parts: unknown): void =>
  checkParts("a trainer", parts, [
    "model",
    "criterion",
    "optimiser",
    "rate",
    "random",
  ]);

export function checkChoice(
  what: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (!choices.includes(value as string))
    throw new TypeError(
      `${what} is ${shown(value)}; there are: ${choices.join(", ")}`,
    );
}

interface Bounds {
  /** Default 0. */
  readonly least?: number;
  /** Not included. */
  readonly below?: number;
  readonly whole?: boolean;
}

/** That a number is finite and within bounds. */
export function checkNumber(
  what: string,
  value: unknown,
  { least = 0, below = Infinity, whole = false }: Bounds = {},
): void {
  const fine =
    typeof value === "number" &&
    (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= least &&
    value < below;
  if (fine) return;
  const upper = below === Infinity ? "" : ` and below ${below}`;
  throw new RangeError(
    `${what} is ${shown(value)}; it must be a ${whole ? "whole " : ""}number from ${least} on${upper}`,
  );
}

/** That options have no other names, and numbers within bounds. */
export function checkNumbers(
  what: string,
  options: object,
  bounds: Readonly<Record<string, Bounds | undefined>>,
): void {
  checkOptions(what, "the constructor", options, new Set(Object.keys(bounds)));
  for (const [name, value] of Object.entries(options)) {
    const own = bounds[name];
    if (own && value !== undefined) checkNumber(`${what}: ${name}`, value, own);
  }
}
