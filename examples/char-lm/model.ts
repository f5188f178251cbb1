/** A character model: the generated LSTM, the generated loss, and how their gradients meet. */
import { CharLSTM } from "../../generated/char-lstm.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import type { Streams } from "./text.js";

export async function loadModel(
  vocabulary: number,
  units: number,
  streams: Streams,
) {
  const { steps, batch } = streams;
  const lstm = await CharLSTM.load({
    sizes: { V: vocabulary, N: units },
    seed: 1,
  });
  const loss = await SoftmaxCrossEntropy.load({ sizes: { K: vocabulary } });
  const mean = new Float32Array(steps * batch).fill(1 / (steps * batch));
  type States = ReturnType<typeof lstm.forward>["states"];
  let states: States | undefined;

  /** Mean loss in nats per character of the streams' next piece; leaves its gradient in `lstm.grads`. */
  const step = (): number => {
    streams.advance();
    // The states are those after the piece before, which came just before in the text: gradients stop
    // there (truncated back-propagation through time), the memory does not.
    const result = lstm.forward({ k: streams.inputs }, { batch, states });
    states = result.states;
    const logits = { logits: result.outputs.logits, y: streams.targets };
    const { outputs } = loss.forward(logits, { batch });
    const nats = outputs.loss.reduce((sum, value) => sum + value, 0);
    const { inputs } = loss.backward({ outputs: { loss: mean } });
    lstm.backward({ outputs: { logits: inputs.logits } }, { inputs: false });
    return nats / (steps * batch);
  };

  /** Characters drawn from the model's own predictions, sharpened by a temperature below 1. */
  const sample = (first: number, length: number, temperature: number) => {
    const stepper = lstm.stepper();
    const drawn: number[] = [];
    const token = Int32Array.of(first);
    for (let i = 0; i < length; i++) {
      const { logits } = stepper.step({ k: token });
      token[0] = draw(logits, temperature);
      drawn.push(token[0]);
    }
    return drawn;
  };

  return { lstm, step, sample };
}

function draw(logits: Float32Array, temperature: number): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = Array.from(logits, (logit) =>
    Math.exp((logit - largest) / temperature),
  );
  let rest = Math.random() * weights.reduce((a, b) => a + b, 0);
  return Math.max(
    0,
    weights.findIndex((weight) => (rest -= weight) < 0),
  );
}
