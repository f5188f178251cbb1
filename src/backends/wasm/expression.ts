/** Operations on four lanes. A value is a number in each lane, or a mask; one turns into the other as needed. */
import { operations } from "../../ir/ops/index.js";
import type { ElementwiseName } from "../../ir/ops/index.js";
import type { WasmSpelling } from "../../ir/ops/record.js";
import type { Wat } from "./wat.js";

export interface Lanes {
  readonly wat: Wat;
  readonly mask: boolean;
}

export const numbers = (wat: Wat): Lanes => ({ wat, mask: false });
export const mask = (wat: Wat): Lanes => ({ wat, mask: true });

const literal = (value: number): string => {
  if (Number.isNaN(value)) return "nan";
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) return rounded > 0 ? "inf" : "-inf";
  return Object.is(rounded, -0) ? "-0" : String(rounded);
};

/** The same number in all lanes. */
export const everywhere = (value: number): Wat =>
  `(v128.const f32x4 ${Array<string>(4).fill(literal(value)).join(" ")})`;

/** 0, 1, 2, 3 as integers. */
export const laneNumbers: Wat = "(v128.const i32x4 0 1 2 3)";

const spelling = (op: ElementwiseName): WasmSpelling => {
  const record = operations[op];
  if (record.kind !== "elementwise")
    throw new TypeError(`${op} is no operation on numbers`);
  return record.spell.wasm;
};

/** The function that an operation calls. */
export function functionOf(op: ElementwiseName): string | undefined {
  const spelled = spelling(op);
  return "call" in spelled ? spelled.call : undefined;
}

/** 1 where a mask is set, else 0. */
export const asNumbers = (value: Lanes): Wat =>
  value.mask ? `(v128.and ${value.wat} ${everywhere(1)})` : value.wat;

/** Set where a number is not 0. */
export const asMask = (value: Lanes): Wat =>
  value.mask ? value.wat : `(f32x4.ne ${value.wat} ${everywhere(0)})`;

export function operate(
  op: ElementwiseName,
  args: readonly Lanes[],
  call: (name: string, args: readonly Wat[]) => Wat,
): Lanes {
  const spelled = spelling(op);
  const list = (as: (value: Lanes) => Wat): string => args.map(as).join(" ");
  if ("instruction" in spelled)
    return numbers(`(${spelled.instruction} ${list(asNumbers)})`);
  if ("comparison" in spelled)
    return mask(`(${spelled.comparison} ${list(asNumbers)})`);
  if ("logic" in spelled) return mask(`(${spelled.logic} ${list(asMask)})`);
  if ("call" in spelled)
    return numbers(call(spelled.call, args.map(asNumbers)));
  if (!("choice" in spelled)) throw new TypeError(`${op} has no instruction`);
  const [test, yes, no] = args as [Lanes, Lanes, Lanes];
  return numbers(
    `(v128.bitselect ${asNumbers(yes)} ${asNumbers(no)} ${asMask(test)})`,
  );
}

const shuffled = (value: Wat, lanes: readonly number[]): Wat =>
  `(i8x16.shuffle ${lanes.flatMap((lane) => [0, 1, 2, 3].map((i) => 4 * lane + i)).join(" ")} ${value} ${value})`;

/** Statements after which all lanes of a local hold what its lanes make together. */
export const acrossLanes = (local: string, instruction: string): Wat[] =>
  [
    [2, 3, 0, 1],
    [1, 0, 3, 2],
  ].map(
    (order) =>
      `(local.set $${local} (${instruction} (local.get $${local}) ${shuffled(`(local.get $${local})`, order)}))`,
  );
