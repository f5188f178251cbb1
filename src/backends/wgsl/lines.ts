/** Lines of kernels in the making, and what is said about them. */
import type { Kernel, Segment } from "../../passes/kernels.js";

/** Equations of a kernel, or of one of its segments. */
export type Comments = (of: Kernel | Segment) => readonly string[];

export const indented = (lines: readonly string[]): string[] =>
  lines.map((line) => (line === "" ? line : `  ${line}`));
