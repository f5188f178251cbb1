/** A checked cell: what the language lowers to and every later stage reads. */
import type { Span } from "../diagnostics/span.js";
import type { Graph, Node } from "./graph.js";
import type { Shape, Size } from "./size.js";

/** How a parameter starts. */
export type Initializer =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "glorot" | "he" | "orthogonal" }
  | { readonly kind: "normal"; readonly mean: number; readonly sd: number }
  | { readonly kind: "uniform"; readonly from: number; readonly to: number };

interface Declared {
  readonly name: string;
  readonly shape: Shape;
  readonly span: Span | undefined;
}

export interface InputDeclaration extends Declared {
  /** For token inputs: the number of tokens; the value is an integer in 0…vocabulary−1, shape `[]`. */
  readonly vocabulary: Size | undefined;
}

export interface ParamDeclaration extends Declared {
  readonly initializer: Initializer;
}

export interface BufferDeclaration extends Declared {
  /** Computed from sizes, or `undefined` when the caller gives it. */
  readonly value: Node | undefined;
}

/** Something used at `[t-k]`: a declared state, or any definition or input. */
export interface StateDeclaration extends Declared {
  /** Largest k; the caller may give and receives the k last values, `name` and `name@2` … `name@k`. */
  readonly lag: number;
  /** The value at this step that is remembered (for an input: its leaf). */
  readonly definition: Node;
  /** Static; `undefined` means zero. Used where the caller gives no value. */
  readonly initial: Node | undefined;
  readonly vocabulary: Size | undefined;
}

export interface Definition {
  readonly name: string;
  readonly node: Node;
  /** Written with `gate`. */
  readonly gate: boolean;
  readonly span: Span | undefined;
}

export interface OutputDeclaration extends Declared {
  readonly node: Node;
}

export interface CellProgram {
  readonly name: string;
  /** Lines of the doc comment; the first is the citation. */
  readonly doc: readonly string[];
  /** The file the cell stands in, as the user gave it. */
  readonly file: string;
  readonly graph: Graph;
  /** Names of the sizes, in order of first appearance. */
  readonly sizes: readonly string[];
  readonly inputs: readonly InputDeclaration[];
  readonly contexts: readonly Declared[];
  readonly params: readonly ParamDeclaration[];
  readonly buffers: readonly BufferDeclaration[];
  readonly states: readonly StateDeclaration[];
  /** In dependency order. */
  readonly definitions: readonly Definition[];
  readonly outputs: readonly OutputDeclaration[];
}

/** Key of a state value: `h` one step back, `h@2` two steps back. */
export const stateKey = (name: string, lag: number): string =>
  lag === 1 ? name : `${name}@${lag}`;

/**
 * The derivative of a step, itself a step that runs backwards in time, in the same graph.
 *
 * Leaves: `seed` (the caller's cotangent of an output), `carried(name, k)` (what step t + k computed
 * for `name` k steps earlier; at the end of the sequence the caller's cotangents of final states) and
 * every forward value of the same step.
 */
export interface AdjointProgram {
  readonly cell: CellProgram;
  /** The cotangent of each definition that has one, for people and for names; nothing is computed for it. */
  readonly cotangents: readonly {
    readonly name: string;
    readonly node: Node;
  }[];
  /** Row: cotangent of the leaf `state(name, lag)`; step t − lag receives it as `carried`. */
  readonly carried: readonly {
    readonly name: string;
    readonly lag: number;
    readonly node: Node;
  }[];
  /** Row. Only inputs that receive a gradient; tokens never do. */
  readonly inputs: readonly { readonly name: string; readonly node: Node }[];
  /** Context (summed over steps). */
  readonly contexts: readonly { readonly name: string; readonly node: Node }[];
  /** Static (summed over steps and batch). A parameter that is missing has gradient zero. */
  readonly params: readonly { readonly name: string; readonly node: Node }[];
}

/**
 * Whether entries without a single step are left out of what is computed once per entry: nothing of theirs
 * counts, whatever it is. Where states begin with values of the cell's own, such an entry ends with them.
 */
export const leavesOutEmpty = ({ states }: CellProgram): boolean =>
  states.every(({ initial }) => initial === undefined);
