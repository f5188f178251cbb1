/** Text from a model: each character is drawn from its own prediction and read again. */
import { sequence } from "cellc/nn";
import type { Random, Vocabulary } from "cellc/nn";
import type { Net } from "../common/net.js";

export async function sample(
  model: Net,
  vocabulary: Vocabulary,
  length: number,
  temperature: number,
  random: Random,
): Promise<string> {
  const listener = model.listen();
  const token = Int32Array.of(vocabulary.token("\n") ?? 0);
  const drawn: number[] = [];
  for (let i = 0; i < length; i++) {
    const logits = await listener.logits(sequence(token, { batch: 1 }));
    token[0] = random.draw(logits, temperature);
    drawn.push(token[0]);
  }
  return vocabulary.decode(drawn);
}
