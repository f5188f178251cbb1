/** Elementwise operations: one number out of one number per operand. */
import type { ElementwiseName } from "../names.js";
import type { ElementwiseRecord } from "../record.js";
import { arithmetic } from "./arithmetic.js";
import { functions } from "./functions.js";
import { logic } from "./logic.js";

export const elementwiseOps: Record<ElementwiseName, ElementwiseRecord> = {
  ...arithmetic,
  ...logic,
  ...functions,
};
