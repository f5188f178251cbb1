/** A net with its loss and its training, wherever it runs: what the examples need of both places. */
import type {
  AdamOptions,
  AnyCheckpointParts,
  CarriedStates,
  Loss,
  Random,
  RmsPropOptions,
  Schedule,
  Sequence,
  Targets,
} from "cellc/nn";
import type { CellModule } from "cellc/runtime";

/** How a place makes its layers. */
export interface LayerMaker<L> {
  readonly load: (
    cell: CellModule,
    sizes: Readonly<Record<string, number>>,
  ) => Promise<L & { readonly width: number }>;
  readonly drop: (rate: number) => L;
}

/** A net before it has a place. */
export interface NetPlan {
  /** The layers in their order; their names name the parameters. */
  readonly layers: <L>(
    make: LayerMaker<L>,
  ) => Promise<Readonly<Record<string, L>>>;
  readonly loss: CellModule;
  readonly lossSizes: Readonly<Record<string, number>>;
  /** Of the starting values. */
  readonly seed: number;
  /** Starting values of the parameter `rnn.b_f`, say; its cell's own where there are none. */
  readonly start?: (
    name: string,
    shape: readonly number[],
  ) => Float32Array | undefined;
}

export interface Net {
  /** How many parameters there are. */
  readonly size: number;
  /** Reads sequences from their beginning. */
  listen(): Listener;
  study(options: StudyOptions): Study;
  /** The parameters as a file, and from one. */
  encode(): Promise<Uint8Array>;
  decode(bytes: Uint8Array, what: string): void;
  dispose(): void;
}

export interface Batch {
  readonly inputs: Sequence;
  readonly targets: Targets;
}

/** Remembers what it has read. */
export interface Listener {
  /** A new beginning. */
  clear(): void;
  /** What the last layer puts out, `[T, B, width]`. */
  logits(inputs: Sequence): Promise<ArrayLike<number>>;
  loss(batch: Batch): Promise<Loss>;
}

export interface StudyOptions {
  readonly optimiser:
    { readonly Adam: AdamOptions } | { readonly RmsProp: RmsPropOptions };
  readonly rate: Schedule;
  /** Of masks and noise. */
  readonly random: Random;
  /** Largest norm of the gradient. */
  readonly largestNorm: number;
  /** Standard deviation of the noise on the weights. Default: none. */
  readonly noise?: number;
  /** What the running mean of the parameters keeps at each update. Default: there is none. */
  readonly average?: number;
  /** Judgements in a row that are no better before it is stopped. Default: it is not. */
  readonly patience?: number;
}

export interface Study {
  readonly updates: number;
  /** Everything that changes, besides the generator and the place in the data. */
  readonly parts: AnyCheckpointParts;
  /** So many updates for each loss that is read: 1 where that costs nothing. */
  readonly every: number;
  /** Goes over from update to update. */
  readonly states: Pick<CarriedStates, "clear" | "forget">;
  /** The result may be read before the next update. */
  update(batch: Batch): Promise<{ read(): Promise<Loss> }>;
  /** Reads with the running mean, where there is one. */
  listen(): Listener;
  /** Remembers what `listen` reads with, where its loss on held-out data is the lowest so far. */
  judge(loss: number): void;
  /** It has lost its patience. */
  readonly stopped: boolean;
  /** Makes what was best the parameters of the net. */
  recall(): void;
}
