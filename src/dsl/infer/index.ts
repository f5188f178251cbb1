/** Everything between elaboration and lowering: order, ranks, shapes, and what is needed at all. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { ElaboratedCell } from "../elaborate/cell.js";
import type { Root } from "../elaborate/term.js";
import { findNeeded } from "./needed.js";
import type { Needed } from "./needed.js";
import { sortRoots } from "./order.js";
import { inferRanks } from "./ranks.js";
import { inferShapes } from "./shapes.js";
import type { Shapes } from "./shapes.js";
import { reportOpenSizes } from "./open-sizes.js";
import { reportUnused } from "./unused.js";

export interface InferredCell {
  readonly cell: ElaboratedCell;
  /** Buffers and definitions by dependency. */
  readonly order: readonly Root[];
  readonly needed: Needed;
  readonly shapes: Shapes;
}

export function inferCell(
  cell: ElaboratedCell,
  bag: DiagnosticBag,
  /** The cell had errors: what follows from them is not reported. */
  hadErrors: () => boolean,
): InferredCell {
  const order = sortRoots(cell, bag);
  const shapes = inferShapes(cell, inferRanks(cell), order, bag);
  const needed = findNeeded(cell);
  if (!hadErrors()) reportOpenSizes(cell, order, needed, shapes, bag);
  if (!hadErrors()) reportUnused(cell, needed, bag);
  return { cell, order, needed, shapes };
}
