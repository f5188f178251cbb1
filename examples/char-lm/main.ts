/** Trains a character model with a generated kernel, and shows what it writes before and after. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Adam } from "./adam.js";
import { loadModel } from "./model.js";
import { indent, Progress } from "./progress.js";
import { loadCorpus, Streams } from "./text.js";

const help = `Trains a character model with the generated LSTM.

  npm start -- [options]

  --text <file>     learn this text instead of Node's declaration files
  --seconds <n>     how long to train (default 40)
  --units <n>       units of the LSTM (default 128)
  --samples <n>     characters to write before and after (default 300)
  --help            this text`;

const steps = 24;
const batch = 8;
const rate = 8e-3;

const { values } = parseArgs({
  options: {
    text: { type: "string" },
    seconds: { type: "string", default: "40" },
    units: { type: "string", default: "128" },
    samples: { type: "string", default: "300" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(help);
else
  await train(
    // npm runs scripts in the project's folder; the user's own is in INIT_CWD.
    values.text && resolve(process.env["INIT_CWD"] ?? ".", values.text),
    Number(values.seconds),
    Number(values.units),
    Number(values.samples),
  );

async function train(
  file: string | undefined,
  seconds: number,
  units: number,
  length: number,
): Promise<void> {
  const { source, tokens, characters } = loadCorpus(file);
  if (tokens.length < steps * batch) {
    console.error(`${source}: at least ${steps * batch} characters are needed`);
    process.exitCode = 2;
    return;
  }
  const streams = new Streams(tokens, steps, batch);
  const { lstm, step, sample } = await loadModel(
    characters.length,
    units,
    streams,
  );
  console.log(
    `A character model of ${lstm.params.length.toLocaleString("en")} parameters learns ${source}:\n` +
      `${tokens.length.toLocaleString("en")} characters of ${characters.length} kinds.\n`,
  );
  const show = (title: string): void => {
    const first = Math.max(0, characters.indexOf("\n"));
    const text = sample(first, length, 0.7).map((token) => characters[token]);
    console.log(`${title}\n${indent(text.join(""))}\n`);
  };
  show("What it writes before:");

  const adam = new Adam(lstm.params, lstm.grads);
  const progress = new Progress();
  const started = performance.now();
  for (let seen = 0; ;) {
    const elapsed = (performance.now() - started) / 1000;
    if (elapsed >= seconds) break;
    const nats = step();
    // Down to a tenth along a half cosine: large steps first, fine ones at the end.
    const slope = 0.55 + 0.45 * Math.cos((Math.PI * elapsed) / seconds);
    adam.update(rate * slope);
    seen += steps * batch;
    progress.report(nats, seen, elapsed, seconds);
  }
  progress.end();
  show("What it writes after:");
  lstm.dispose();
}
