/** What callers give, for those without types: says what came in, what is wanted, and how to get it. */
import { checkOptions } from "../runtime/options.js";

/** A value in a message. */
export const shown = (value: unknown): string => {
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
 * That a model can read this: a batch of sequences, or several of them by name.
 * @param where it is read
 */
export function checkInput(value: unknown, where: string): void {
  if (!isObject(value) || ArrayBuffer.isView(value) || Array.isArray(value))
    throw new TypeError(
      `${where} is ${shown(value)}: a Sequence is wanted, sequence(values, { batch, width }) makes one`,
    );
  const { values, steps, batch, width, lengths } = value;
  if (values === undefined) {
    checkInputs(value, where);
    return;
  }
  const numbers = [steps, batch, width].map(Number);
  if (ArrayBuffer.isView(values)) {
    const { length } = values as unknown as { readonly length: number };
    if (length !== numbers.reduce((a, b) => a * b, 1))
      throw new RangeError(
        `${where} has ${length} values: [T=${String(steps)}, B=${String(batch)}, width=${String(width)}] are wanted`,
      );
  }
  if (lengths !== undefined)
    checkLengths(`${where}: lengths`, lengths, numbers[0]!, numbers[1]!);
}

/** Several batches by name, as an encoder and a decoder read them. */
function checkInputs(inputs: Record<string, unknown>, where: string): void {
  const parts = Object.entries(inputs);
  if (parts.length > 0 && parts.every(([, part]) => isInput(part)))
    for (const [name, part] of parts) checkInput(part, `${where}: ${name}`);
  else
    throw new TypeError(
      `${where} has the fields ${parts.map(([name]) => name).join(", ") || "of no Sequence"}: a Sequence has values, steps, batch, width, and lengths where there is padding; sequence(values, { batch, width }, lengths) makes one`,
    );
}

const isInput = (value: unknown): boolean =>
  isObject(value) && !ArrayBuffer.isView(value) && !Array.isArray(value);

/** That these are the steps of each entry of a batch. */
export function checkLengths(
  what: string,
  lengths: unknown,
  steps: number,
  batch: number,
): void {
  if (!ArrayBuffer.isView(lengths) && !Array.isArray(lengths))
    throw new TypeError(
      `${what} are ${shown(lengths)}: an Int32Array is wanted`,
    );
  const each = lengths as ArrayLike<unknown>;
  if (each.length !== batch)
    throw new RangeError(
      `${what}: there are ${each.length} lengths for ${batch} sequences`,
    );
  for (let b = 0; b < batch; b++) {
    const length = each[b] as number;
    if (!(Number.isInteger(length) && length >= 0 && length <= steps))
      throw new RangeError(
        `${what}: sequence ${b} has ${shown(length)} steps; whole numbers from 0 to T=${steps} are wanted`,
      );
  }
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

/** Whether this is a batch of sequences, in place of its numbers. */
export const isSequence = (value: unknown): boolean =>
  isObject(value) && value["values"] !== undefined && "steps" in value;

/** That these are numbers in an array, or in a tensor of a device. */
export function checkNumbersOf(what: string, value: unknown): void {
  if (!isObject(value) || typeof value["length"] !== "number")
    throw new TypeError(`${what} is ${shown(value)}: an array is wanted`);
}

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

/** @param hint what is one */
export function checkCall(what: string, value: unknown, hint: string): void {
  if (typeof value !== "function")
    throw new TypeError(
      `${what} is ${shown(value)}: a function is wanted; ${hint}`,
    );
}

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

export interface Bounds {
  /** Default 0. */
  readonly least?: number;
  /** In place of `least`; not included. */
  readonly above?: number;
  /** Not included. */
  readonly below?: number;
  /** In place of `below`; included. */
  readonly most?: number;
  readonly whole?: boolean;
  /** Infinity, too, says something. */
  readonly endless?: boolean;
}

/** That a number is finite and within bounds. */
export function checkNumber(
  what: string,
  value: unknown,
  {
    least = 0,
    above = -Infinity,
    below = Infinity,
    most = Infinity,
    whole = false,
    endless = false,
  }: Bounds = {},
): void {
  const open = above > -Infinity;
  const fine =
    typeof value === "number" &&
    (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    (open ? value > above : value >= least) &&
    value < below &&
    value <= most;
  if (fine || (endless && value === Infinity)) return;
  const lower = open
    ? `above ${above}`
    : `from ${least}${most < Infinity ? "" : " on"}`;
  const upper =
    below < Infinity
      ? ` and below ${below}`
      : most < Infinity
        ? ` to ${most}`
        : "";
  throw new RangeError(
    `${what} is ${shown(value)}; it must be a ${whole ? "whole " : ""}number ${lower}${upper}`,
  );
}

/** That something is on or off: text such as "false" would be on. */
export function checkSwitch(what: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean")
    throw new TypeError(`${what} is ${shown(value)}; it is true or false`);
}

/** That options have no other names, numbers within bounds, and switches that are on or off. */
export function checkNumbers(
  what: string,
  options: object,
  bounds: Readonly<Record<string, Bounds | "switch" | "other">>,
): void {
  checkOptions(what, "the constructor", options, new Set(Object.keys(bounds)));
  for (const [name, value] of Object.entries(options)) {
    const own = bounds[name]!;
    if (own === "switch") checkSwitch(`${what}: ${name}`, value);
    else if (own !== "other" && value !== undefined)
      checkNumber(`${what}: ${name}`, value, own);
  }
}
