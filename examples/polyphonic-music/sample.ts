/** Music from a model: each note sounds with the probability that the model gives it, and is heard again. */
import { CarriedStates, fromRoll, keys, sequence } from "cellc/nn";
import type { Model, Random } from "cellc/nn";

export function sample(
  model: Model,
  steps: number,
  random: Random,
): number[][] {
  const states = new CarriedStates();
  const now = new Float32Array(keys);
  const notes: number[][] = [];
  for (let t = 0; t < steps; t++) {
    const logits = model.forward(sequence(now, { batch: 1, width: keys }), {
      states: states.current,
      keep: false,
    });
    states.keep(model.finalStates());
    for (let i = 0; i < keys; i++)
      now[i] =
        random.uniform() < 1 / (1 + Math.exp(-logits.values[i]!)) ? 1 : 0;
    notes.push(...fromRoll(now));
  }
  return notes;
}
