/** Music from a net: each note sounds with the probability that the net gives it, and is heard again. */
import { fromRoll, keys, sequence } from "cellc/nn";
import type { Random } from "cellc/nn";
import type { Net } from "../common/net.js";

/** Pieces of so many steps, side by side. */
export async function sample(
  net: Net,
  pieces: number,
  steps: number,
  random: Random,
): Promise<number[][][]> {
  const listener = net.listen();
  const now = new Float32Array(pieces * keys);
  const written: number[][][] = Array.from({ length: pieces }, () => []);
  for (let t = 0; t < steps; t++) {
    const logits = await listener.logits(
      sequence(now, { batch: pieces, width: keys }),
    );
    for (let i = 0; i < now.length; i++)
      now[i] = random.uniform() < 1 / (1 + Math.exp(-logits[i]!)) ? 1 : 0;
    fromRoll(now).forEach((notes, b) => written[b]!.push([...notes]));
  }
  return written;
}
