/** Trains a character model with generated kernels, and shows what it writes before and after. */
import { parseArgs } from "node:util";
import { Random } from "cellc/nn";
import { readFileSync, writeFileSync } from "node:fs";
import {
  command,
  readBackend,
  readCount,
  readNumber,
  UserError,
  userPath,
} from "../common/command.js";
import { makeNet } from "../common/make-net.js";
import { writePlot } from "../common/plot.js";
import { loadCorpus } from "./corpus.js";
import { curves } from "./curves.js";
import { importCharCells, planCharModel } from "./model.js";
import { sample } from "./sample.js";
import { train } from "./train.js";

const help = `Trains a character model with generated kernels.

  npm run char-lm -- [options]      (npm start -- [options] compiles and proves all cells before)

  --text <file>         learn this text instead of Node's declaration files; a tenth of it is held out
  --cell <name>         a cell of specs/ with one input and one output (default LSTM)
  --layers <n>          recurrent layers, one on the other (default 1)
  --units <n>           units of each layer (default 128)
  --embedding <n>       numbers that stand for a character (default 32)
  --dropout <rate>      between the layers (default 0)
  --epochs <n>          how often to read the text
  --seconds <n>         how long to train (default 30, without a limit where --epochs is given)
  --steps <n>           characters per update and stream (default 64)
  --batch <n>           streams side by side (default 32)
  --rate <n>            of Adam (default 0.005)
  --backend <name>      ts, wasm, webgpu or auto (default auto: the faster one of the first two)
  --threads <n>         over which wasm kernels share out the streams (default 1)
  --seed <n>            of everything random (default 1)
  --samples <n>         characters to write before and after (default 300)
  --temperature <n>     below 1 bolder, above 1 wilder (default 0.7)
  --checkpoint <file>   written once a minute, at the end and on Ctrl-C
  --resume              go on from the checkpoint
  --log <file>          a line of JSON per epoch
  --plot <file>         the curves as SVG
  --save <file>         the trained parameters, in the safetensors format
  --load <file>         parameters to begin with; with --epochs 0 only to write text
  --help                this text`;

await command(async () => {
  const { values } = parseArgs({
    options: {
      text: { type: "string" },
      cell: { type: "string", default: "LSTM" },
      layers: { type: "string", default: "1" },
      units: { type: "string", default: "128" },
      embedding: { type: "string", default: "32" },
      dropout: { type: "string", default: "0" },
      epochs: { type: "string" },
      seconds: { type: "string" },
      steps: { type: "string", default: "64" },
      batch: { type: "string", default: "32" },
      rate: { type: "string", default: "5e-3" },
      backend: { type: "string", default: "auto" },
      threads: { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      samples: { type: "string", default: "300" },
      temperature: { type: "string", default: "0.7" },
      checkpoint: { type: "string" },
      resume: { type: "boolean", default: false },
      log: { type: "string" },
      plot: { type: "string" },
      save: { type: "string" },
      load: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(help);
  if (values.resume && values.checkpoint === undefined)
    throw new UserError("--resume goes with --checkpoint");
  const seed = readCount("seed", values.seed, 0);
  const [steps, batch] = [
    readCount("steps", values.steps),
    readCount("batch", values.batch),
  ];
  const samples = readCount("samples", values.samples, 0);
  const temperature = readNumber("temperature", values.temperature, {
    least: 1e-3,
  });
  const path = (file: string | undefined) =>
    file === undefined ? undefined : userPath(file);

  const { source, vocabulary, ...parts } = loadCorpus(path(values.text));
  const least = 10 * (batch + 1);
  if (parts.train.length < least)
    throw new UserError(
      `${source}: ${parts.train.length} characters to learn are too few for ${batch} streams; at least ${least} are needed`,
    );
  const cells = await importCharCells(values.cell);
  const options = {
    layers: readCount("layers", values.layers),
    units: readCount("units", values.units),
    embedding: readCount("embedding", values.embedding),
    dropout: readNumber("dropout", values.dropout, { least: 0, most: 0.99 }),
    seed,
  };
  const model = await makeNet(planCharModel(cells, vocabulary.size, options), {
    backend: readBackend(values.backend),
    threads: readCount("threads", values.threads),
  });
  if (values.load !== undefined)
    model.decode(readFileSync(userPath(values.load)), values.load);
  console.log(
    `A character model of ${count(model.size)} parameters learns ${source}:\n` +
      `${count(parts.train.length)} characters of ${vocabulary.size} kinds, ${count(parts.valid.length)} more are held out.\n`,
  );
  const show = async (title: string): Promise<void> => {
    if (samples === 0) return;
    const text = await sample(
      model,
      vocabulary,
      samples,
      temperature,
      new Random(seed),
    );
    console.log(`${title}\n${indent(text)}\n`);
  };
  await show("What it writes before:");
  const learned = await train(model, parts, {
    steps,
    batch,
    rate: readNumber("rate", values.rate, { least: 0 }),
    epochs:
      values.epochs === undefined
        ? Infinity
        : readCount("epochs", values.epochs, 0),
    seconds:
      values.seconds === undefined
        ? values.epochs === undefined
          ? 30
          : Infinity
        : readNumber("seconds", values.seconds, { least: 0 }),
    seed,
    checkpoint: path(values.checkpoint),
    resume: values.resume,
    log: path(values.log),
    progress: true,
  });
  await show("What it writes after:");
  const { valid, charactersPerSecond } = learned;
  console.log(
    `Held-out text: ${valid.toFixed(3)} nats, ${(valid / Math.LN2).toFixed(3)} bits per character, after ${learned.seconds.toFixed(0)} s at ${count(Math.round(charactersPerSecond))} characters per second.`,
  );
  if (learned.stopped)
    console.log(
      values.checkpoint === undefined
        ? "Stopped."
        : `Stopped; --resume goes on from ${values.checkpoint}.`,
    );
  if (values.save !== undefined)
    writeFileSync(userPath(values.save), await model.encode());
  if (values.plot !== undefined)
    await writePlot(userPath(values.plot), curves(learned.curve));
  model.dispose();
});

function count(number: number): string {
  return number.toLocaleString("en");
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`.trimEnd())
    .join("\n");
}
