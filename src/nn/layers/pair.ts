/** How an encoder and a decoder are joined; the same wherever they run. */
import type { Branch } from "../cell-tree.js";
import type { Floats } from "../../runtime/kernel.js";
import type { Sequence } from "../sequence.js";

/** `S` is a batch of sequences. */
export interface Pair<S = Sequence> {
  readonly source: S;
  /** What the decoder reads: while training, the target moved by one step. */
  readonly target: S;
}

/** A state that goes over from the encoder into the decoder. `C` is a layer with a cell, `L` any layer. */
export interface BridgeOf<C, L> {
  readonly from: C;
  /** Key of the state, such as `h`. */
  readonly state: string;
  /** A layer in between, read for one step; such as an `AffineTanh`. */
  readonly through?: L;
  readonly to: C;
  /** Key of the decoder's state. Default: the same. */
  readonly into?: string;
}

/** The outputs of the encoder, `[S, B, D]`, as the context `[B, S, D]` of a cell of the decoder. */
export interface AttentionOf<C> {
  readonly to: C;
  readonly context: string;
  /** A context `[S]` of that cell: 1 for steps of the encoder, 0 for padding. Without one, padding is attended to. */
  readonly mask?: string;
}

export interface JoinedParts<C, L> {
  readonly encoder: L;
  readonly decoder: L;
  readonly bridges?: readonly BridgeOf<C, L>[];
  readonly attention?: AttentionOf<C>;
}

/** All layers by name: the encoder, the decoder, and those of the bridges. */
export const layersOf = <L extends Branch>({
  encoder,
  decoder,
  bridges = [],
}: JoinedParts<unknown, L>): Readonly<Record<string, L>> => ({
  encoder,
  decoder,
  ...Object.fromEntries(
    bridges.flatMap(({ through }, i) =>
      through ? [[`bridge${i}`, through]] : [],
    ),
  ),
});

export const noSuchState = (cell: string, state: string): TypeError =>
  new TypeError(`${cell} has no state ${state}`);

/** `[B, T]`: 1 for the steps of an entry, 0 for its padding. */
export function fillMask(
  mask: Floats,
  { steps, batch, lengths }: Pick<Sequence, "steps" | "batch" | "lengths">,
): void {
  for (let b = 0; b < batch; b++)
    mask
      .fill(0, b * steps, (b + 1) * steps)
      .fill(1, b * steps, b * steps + (lengths?.[b] ?? steps));
}
