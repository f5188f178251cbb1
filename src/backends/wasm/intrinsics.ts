/** Functions on four lanes that are neither one instruction nor worth an approximation. */
import { everywhere } from "./expression.js";
import { get } from "./wat.js";

const x = get("x");
const isZeroOrNan = `(v128.or (f32x4.eq ${x} ${everywhere(0)}) (f32x4.ne ${x} ${x}))`;
const oneWithSign = `(v128.or ${everywhere(1)} (v128.and ${x} ${everywhere(-0)}))`;

const ofOne = (name: string, body: string) => ({
  wat: `(func $${name} (param $x v128) (result v128)\n  ${body})`,
  uses: [],
});

export const intrinsics: Readonly<
  Record<string, { readonly wat: string; readonly uses: readonly string[] }>
> = {
  gap: {
    wat: `(func $gap (param $x v128) (param $y v128) (result v128)
  (v128.andnot (f32x4.sub ${x} ${get("y")}) (f32x4.eq ${x} ${get("y")})))`,
    uses: [],
  },
  rsqrt: ofOne("rsqrt", `(f32x4.div ${everywhere(1)} (f32x4.sqrt ${x}))`),
  /** Zeros and what is not a number stay what they are. */
  sign: ofOne("sign", `(v128.bitselect ${x} ${oneWithSign} ${isZeroOrNan})`),
};
