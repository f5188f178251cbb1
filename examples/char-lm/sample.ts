/** Text from a model: each character is drawn from its own prediction and read again. */
import { CarriedStates, sequence } from "cellc/nn";
import type { Model, Random, Vocabulary } from "cellc/nn";

export function sample(
  model: Model,
  vocabulary: Vocabulary,
  length: number,
  temperature: number,
  random: Random,
): string {
  const states = new CarriedStates();
  const token = Int32Array.of(vocabulary.token("\n") ?? 0);
  const drawn: number[] = [];
  for (let i = 0; i < length; i++) {
    const logits = model.forward(sequence(token, { batch: 1 }), {
      states: states.current,
      keep: false,
    });
    states.keep(model.finalStates());
    token[0] = random.draw(logits.values, temperature);
    drawn.push(token[0]);
  }
  return vocabulary.decode(drawn);
}
