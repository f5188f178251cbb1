/** The table of all operations. */
import { elementwiseOps } from "./elementwise/index.js";
import { leaves } from "./leaves.js";
import type { OpName } from "./names.js";
import type { OpRecord } from "./record.js";
import { structuralOps } from "./structural/index.js";

export type {
  ElementwiseName,
  LeafName,
  OpName,
  StructuralName,
} from "./names.js";

export const operations: Readonly<Record<OpName, OpRecord>> = {
  ...leaves,
  ...elementwiseOps,
  ...structuralOps,
};

export const opNames = Object.keys(operations) as OpName[];
