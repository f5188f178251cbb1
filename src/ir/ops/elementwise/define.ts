/** How records of elementwise operations are written: what all have in common, and short names for spellings. */
import type { Node } from "../../node.js";
import { sameShape, showShape } from "../../size.js";
import type {
  ElementwiseRecord,
  TsSpelling,
  WasmSpelling,
  WgslSpelling,
} from "../record.js";
import { binary, ternary, unary } from "./samples.js";

type Definition = Omit<
  ElementwiseRecord,
  "kind" | "shape" | "spell" | "ulp" | "samples"
> & {
  readonly ts: TsSpelling;
  readonly wasm: WasmSpelling;
  readonly wgsl: WgslSpelling;
  /** Where one unit is not enough. */
  readonly ulp?: Partial<ElementwiseRecord["ulp"]>;
  readonly samples?: readonly (readonly number[])[];
};

export function elementwise(definition: Definition): ElementwiseRecord {
  const { ts, wasm, wgsl, ulp = {}, samples, ...rest } = definition;
  return {
    ...rest,
    kind: "elementwise",
    shape: (args) => {
      const first = args[0]!;
      const odd = args.find((shape) => !sameShape(shape, first));
      return odd
        ? `operands of shapes ${showShape(first)} and ${showShape(odd)}`
        : first;
    },
    samples:
      samples ??
      (rest.arity === 1 ? unary : rest.arity === 2 ? binary : ternary),
    spell: { ts, wasm, wgsl },
    // WGSL's own division and roots are within 2.5 units.
    ulp: { ts: 1, wasm: 1, wgsl: 1, ...ulp },
  };
}

/** Any number. */
export const all = [-Infinity, Infinity] as const;

export const infix = (operator: string, precedence: number): TsSpelling => ({
  infix: operator,
  precedence,
});
export const math = (name: string): TsSpelling => ({ call: `Math.${name}` });
export const lanes = (instruction: string): WasmSpelling => ({ instruction });
export const call = (name: string): WasmSpelling => ({ call: name });

/** The first operand. */
export const one = (node: Node): Node => node.args[0]!;
/** The second. */
export const two = (node: Node): Node => node.args[1]!;
