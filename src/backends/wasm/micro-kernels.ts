/** Matrix products over rows in linear memory, as WAT functions, for plain and for relaxed SIMD. */
import { gradient } from "./products/gradient.js";
import { multiplication } from "./products/multiply.js";
import { packing } from "./products/packing.js";
import type { MicroKernel } from "./products/text.js";

export type { MicroKernel } from "./products/text.js";

/** Each `wat` defines `$name`; what `uses` names must be defined beside it. */
export const microKernels: Readonly<Record<string, MicroKernel>> = {
  ...packing,
  ...multiplication,
  ...gradient,
};
