/** An application: one generated cell, which a page, or Node, runs when it is told to. */
import { LSTM } from "./generated/lstm.js";

const sizes = { M: 32, N: 64 };
const steps = 40;
/** With these sizes a call is worth a second thread. */
const batch = 8;

/** Forward and backward of one call; also what is said on the console meanwhile. */
globalThis.runJob = async (options) => {
  const said = [];
  const silent = {};
  for (const level of ["info", "warn", "error"]) {
    silent[level] = console[level];
    console[level] = (...words) => void said.push(words.join(" "));
  }
  try {
    return { ...(await compute(options)), said };
  } finally {
    Object.assign(console, silent);
  }
};

async function compute(options) {
  const cell = await LSTM.load({ sizes, seed: 3, ...options });
  try {
    const wave = (width, step) =>
      Float32Array.from({ length: steps * batch * width }, (_, i) =>
        Math.sin(i * step),
      );
    const inputs = { x: wave(sizes.M, 1) };
    const { outputs } = cell.forward(inputs, { batch });
    const [[name, values]] = Object.entries(outputs);
    const arrays = { output: Array.from(values) };
    const gradients = cell.backward({
      outputs: { [name]: wave(sizes.N, 2) },
    });
    arrays["gradient of x"] = Array.from(gradients.inputs.x);
    for (const [param, grad] of Object.entries(cell.grad))
      arrays[`gradient of ${param}`] = Array.from(grad);
    return { backend: cell.backend, threads: cell.threads, arrays };
  } finally {
    cell.dispose();
  }
}
