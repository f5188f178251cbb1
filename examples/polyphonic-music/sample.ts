/** Music from a net: each note sounds with the probability that the net gives it, and is heard again. */
import { fromRoll, keys, sequence } from "cellc/nn";
import type { Random } from "cellc/nn";
import type { Net } from "../common/net.js";

export async function sample(
  net: Net,
  steps: number,
  random: Random,
): Promise<number[][]> {
  const listener = net.listen();
  const now = new Float32Array(keys);
  const notes: number[][] = [];
  for (let t = 0; t < steps; t++) {
    const logits = await listener.logits(
      sequence(now, { batch: 1, width: keys }),
    );
    for (let i = 0; i < keys; i++)
      now[i] = random.uniform() < 1 / (1 + Math.exp(-logits[i]!)) ? 1 : 0;
    notes.push(...fromRoll(now));
  }
  return notes;
}
