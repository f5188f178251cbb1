/** One reference for each cell of the library. */
import { gated } from "./gated.js";
import { layers } from "./layers.js";
import { losses } from "./losses.js";
import { lstms } from "./lstm.js";
import { memories } from "./memory.js";
import { regularized } from "./regularized.js";
import { simple } from "./simple.js";
import type { Reference } from "./frame.js";

export const references: ReadonlyMap<string, Reference> = new Map(
  [
    ...simple,
    ...gated,
    ...lstms,
    ...memories,
    ...regularized,
    ...layers,
    ...losses,
  ].map((reference) => [reference.cell, reference]),
);

export { runReference } from "./run.js";
export type { Reference } from "./frame.js";
