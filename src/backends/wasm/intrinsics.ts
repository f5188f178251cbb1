/** Functions on four lanes that are neither one instruction nor worth an approximation. */
import { everywhere } from "./expression.js";
import type { MathFunction } from "./math/lanes.js";
import { get } from "./wat.js";

const x = get("x");
const isZeroOrNan = `(v128.or (f32x4.eq ${x} ${everywhere(0)}) (f32x4.ne ${x} ${x}))`;
const oneWithSign = `(v128.or ${everywhere(1)} (v128.and ${x} ${everywhere(-0)}))`;

const ofOne = (name: string, body: string) => ({
  wat: `(func $${name} (param $x v128) (result v128)\n  ${body})`,
  uses: [],
});

const [from, to] = [get("gap_from"), get("gap_to")];
const gapBody = `(v128.andnot (f32x4.sub ${from} ${to}) (f32x4.eq ${from} ${to}))`;

export const intrinsics: Readonly<Record<string, MathFunction>> = {
  gap: {
    wat: `(func $gap (param $gap_from v128) (param $gap_to v128) (result v128)
  ${gapBody})`,
    uses: [],
    inline: { locals: ["gap_from", "gap_to"], body: [gapBody] },
  },
  rsqrt: ofOne("rsqrt", `(f32x4.div ${everywhere(1)} (f32x4.sqrt ${x}))`),
  /** Zeros and what is not a number stay what they are. */
  sign: ofOne("sign", `(v128.bitselect ${x} ${oneWithSign} ${isZeroOrNan})`),
};
