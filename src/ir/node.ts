/** Nodes of the graph as data, and what makes them. */
import type { Span } from "../diagnostics/span.js";
import type { OpName } from "./ops/names.js";
import type { Shape, Size } from "./size.js";

/** What a value may vary with. Ordered: `row` varies with everything that `context` does. */
export const Domain = { static: 0, context: 1, row: 2 } as const;
export type Domain = (typeof Domain)[keyof typeof Domain];

export const domainNames = ["static", "context", "row"] as const;

/** Everything about a node besides its operands. Which are used is in the operation's record. */
export interface Attributes {
  /** `const`: the number. */
  readonly value?: number;
  /** `const`: this zero was declared by `fix`, so that products with it vanish. */
  readonly fixed?: boolean;
  /** Leaves: the declared name. */
  readonly name?: string;
  /** `input`, `state`: an integer token, not a number one can calculate with. */
  readonly token?: boolean;
  /** `state`, `carried`: how many steps back (1 = the previous step). */
  readonly lag?: number;
  /** `size`: the size whose number is meant. */
  readonly size?: Size;
  /** `slice`: first element; `pad`: zeros before the operand. */
  readonly from?: Size;
  /** Leaves and operations whose shape does not follow from the operands. */
  readonly shape?: Shape;
  /** `matvec`: use Aᵀ; `matmul`: use Aᵀ. */
  readonly transA?: boolean;
  /** `matmul`: use Bᵀ. */
  readonly transB?: boolean;
  /** `products`: per term "1" where its matrix is transposed, else "0". */
  readonly transposed?: string;
  /** Leaves and `reduce`: the domain. */
  readonly domain?: Domain;
}

export interface Node {
  readonly id: number;
  readonly op: OpName;
  readonly args: readonly Node[];
  readonly attrs: Attributes;
  readonly shape: Shape;
  readonly domain: Domain;
  /** Where in the source the value was first written; kept through differentiation. */
  readonly span: Span | undefined;
}

/** Makes nodes; see `Graph`. */
export interface NodeStore {
  at<T>(span: Span | undefined, body: () => T): T;
  find(
    op: OpName,
    args?: readonly Node[],
    attrs?: Attributes,
  ): Node | undefined;
  make(op: OpName, args?: readonly Node[], attrs?: Attributes): Node;
}
