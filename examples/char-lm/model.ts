/** What a character model does, wherever it runs. */
import type {
  AnyCheckpointParts,
  Piece,
  Random,
  Schedule,
  Sequence,
} from "cellc/nn";
import type { CellModule } from "cellc/runtime";
import { checkVectorCell, importCells } from "../common/cells.js";

export interface CharCells {
  readonly recurrent: CellModule;
  readonly table: CellModule;
  readonly readOut: CellModule;
  readonly loss: CellModule;
}

/** @param cell name of a cell in `specs/` */
export async function importCharCells(cell: string): Promise<CharCells> {
  const [recurrent, table, readOut, loss] = await importCells(
    cell,
    "Embedding",
    "Affine",
    "SoftmaxCrossEntropy",
  );
  checkVectorCell(recurrent!);
  return {
    recurrent: recurrent!,
    table: table!,
    readOut: readOut!,
    loss: loss!,
  };
}

export interface ModelOptions {
  readonly layers: number;
  readonly units: number;
  /** Numbers that stand for a character. */
  readonly embedding: number;
  readonly dropout: number;
  readonly seed: number;
}

export interface CharModel {
  /** How many parameters there are. */
  readonly size: number;
  /** Reads a text from its beginning. */
  listen(): Listener;
  /** Its training, by Adam with gradients of a norm of at most 1. */
  study(options: StudyOptions): Study;
  /** The parameters as a file, and from one. */
  encode(): Promise<Uint8Array>;
  decode(bytes: Uint8Array, what: string): void;
  dispose(): void;
}

/** Remembers what it has read. */
export interface Listener {
  /** Logits of the characters behind each of `inputs`. */
  logits(inputs: Sequence<Int32Array>): Promise<ArrayLike<number>>;
  /** Nats, and of how many characters. */
  loss(piece: Piece): Promise<{ readonly sum: number; readonly steps: number }>;
}

export interface StudyOptions {
  readonly rate: Schedule;
  readonly random: Random;
  /** Per piece and stream: how often a stream begins anew, as held-out text and samples do. */
  readonly forgetting: number;
}

export interface Study {
  readonly updates: number;
  /** Everything that changes, besides the generator and the place in the text. */
  readonly parts: AnyCheckpointParts;
  /** So many updates for each loss that is read. */
  readonly every: number;
  /** One update; nats per character where they are read. */
  update(piece: Piece): Promise<number | undefined>;
}
