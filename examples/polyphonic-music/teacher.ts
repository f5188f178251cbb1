/**
 * Distilling the Knowledge in a Neural Network. Hinton, Vinyals, Dean, 2015: a small net learns from what a larger one,
 * trained before, holds for likely, besides what comes. At temperature 1.
 */
import { readFileSync } from "node:fs";
import { keys } from "cellc/nn";
import type { Notes, Random } from "cellc/nn";
import { UserError, userPath } from "../common/command.js";
import type { Backend } from "../common/command.js";
import { makeNet } from "../common/make-net.js";
import type { Net } from "../common/net.js";
import { importMusicCells, planMusicModel, readNet } from "./model.js";
import { makeBatch } from "./music.js";
import { sample } from "./sample.js";

export interface Teacher {
  readonly net: Net;
  /** What its probabilities count in the targets, 0 to 1; the notes themselves count the rest. */
  readonly trust: number;
  /** Pieces that it writes, to learn from besides the others. Default 0. */
  readonly composed?: number;
}

/** Pieces at a time. */
const group = 250;

/** Music that the teacher writes (Kim and Rush, Sequence-Level Knowledge Distillation, 2016). */
export async function compose(
  { net, composed = 0 }: Teacher,
  steps: number,
  random: Random,
): Promise<Notes[]> {
  const pieces: Notes[] = [];
  while (pieces.length < composed) {
    const count = Math.min(group, composed - pieces.length);
    pieces.push(...(await sample(net, count, steps, random)));
  }
  return pieces;
}

/** @param text cell, units and the file with the parameters, with colons between them */
export async function loadTeacher(
  text: string,
  backend: Backend,
): Promise<Net> {
  const [, choice, file] = /^([^:]*:[^:]*):(.+)$/.exec(text) ?? [];
  if (choice === undefined || file === undefined)
    throw new UserError(
      `--teacher ${text}: expected a cell, its units and the file with its parameters, such as GRU:150:net.safetensors`,
    );
  const { cell, units } = readNet("teacher", choice);
  const bytes = readFileSync(userPath(file));
  const [cells] = await importMusicCells([cell]);
  const net = await makeNet(planMusicModel(cells!, units, 0), { backend });
  try {
    net.decode(bytes, file);
  } catch (error) {
    net.dispose();
    throw new UserError(`--teacher: ${(error as Error).message}`);
  }
  return net;
}

/** Targets `[T, 88]` for each piece, which the teacher reads whole, from its beginning. */
export async function softTargets(
  { net, trust }: Teacher,
  pieces: readonly Notes[],
): Promise<Float32Array[]> {
  const listener = net.listen();
  const soft: Float32Array[] = [];
  for (const piece of pieces) {
    const { inputs, targets } = makeBatch([piece]);
    listener.clear();
    const logits = await listener.logits(inputs);
    soft.push(
      targets.map(
        (note, i) => trust / (1 + Math.exp(-logits[i]!)) + (1 - trust) * note,
      ),
    );
  }
  return soft;
}

/** In parts of at most `steps` steps, as `cut` makes of the pieces; views. */
export const cutTargets = (
  targets: readonly Float32Array[],
  steps: number,
): Float32Array[] =>
  targets.flatMap((all) => {
    const part = steps * keys;
    return Array.from({ length: Math.ceil(all.length / part) }, (_, i) =>
      all.subarray(i * part, (i + 1) * part),
    );
  });
