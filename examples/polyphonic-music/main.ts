/** Chung et al., 2014: tanh units, GRU and LSTM of equal size on polyphonic music. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { keys, Random } from "cellc/nn";
import { writeMidi } from "cellc/nn/media";
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
import { makeChorales } from "./chorales.js";
import { importMusicCells, planMusicModel, readNet } from "./model.js";
import { readDataSet } from "./music.js";
import type { DataSet } from "./music.js";
import { curves, table } from "./report.js";
import type { Finished } from "./report.js";
import { sample } from "./sample.js";
import { loadTeacher } from "./teacher.js";
import { schedules, train } from "./train.js";
import type { TrainOptions } from "./train.js";
import { solveUnits } from "./units.js";

const help = `Trains recurrent networks of equal size on polyphonic music (Chung et al., 2014).

  npm run polyphonic-music -- [options]

  --data <files>       JSON files with the parts train, valid and test, pieces as lists of MIDI notes per step;
                       several separated by commas. Without it: chords in four parts, made up here
  --cells <list>       cells of specs/ with their units (default ElmanTanh:100,GRU:46,ChungLSTM:36)
  --seeds <n>          trainings of each net, with the seeds from --seed on (default 1)
  --seed <n>           first seed (default 1)
  --out <folder>       where results go (default polyphonic-music-results): results.jsonl, table.md, a plot for each
                       data set, and of each net its parameters and a sample as a MIDI file. What is there is not
                       done again, and what was stopped goes on
  --rate <n>           of RMSProp (default 0.01)
  --schedule <name>    of the rate: constant, or linear or cosine down to a hundredth of it after --epochs
                       (default constant)
  --momentum <n>       of RMSProp (default 0)
  --epsilon <n>        of RMSProp, under the root (default 1e-4)
  --frequencies        the biases of the read-out begin at how often each note sounds
  --forget <n>         biases of the forget gates at the start, in cells that have them (default: as the cell says)
  --noise <n>          standard deviation of the noise on the weights (default 0.075)
  --average <n>        judge and keep a running mean of the parameters, which keeps so much of itself at each update:
                       below 1, such as 0.999 (default 0: the parameters themselves)
  --teacher <net>      a net that was trained before, such as GRU:150:out/nottingham-GRU-150-1.safetensors: what it
                       holds for likely is mixed into the targets
  --trust <n>          what it counts in them, from 0 to 1 (default 0.7)
  --composed <n>       pieces of --steps steps that the teacher writes, to learn from besides (default 0)
  --batch <n>          pieces side by side (default 8)
  --steps <n>          longest part of a piece that is trained on at once (default 200)
  --epochs <n>         most epochs (default 500)
  --patience <n>       epochs without a better validation before it ends (default 30)
  --backend <name>     ts, wasm, webgpu or auto (default auto: the faster one of the first two)
  --solve <cell>       print the units with which this cell has --budget parameters, and end
  --budget <n>         of the recurrent layer (default 20000)
  --help               this text`;

await command(async () => {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      cells: { type: "string", default: "ElmanTanh:100,GRU:46,ChungLSTM:36" },
      seeds: { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      out: { type: "string", default: "polyphonic-music-results" },
      rate: { type: "string", default: "1e-2" },
      schedule: { type: "string", default: "constant" },
      momentum: { type: "string", default: "0" },
      epsilon: { type: "string", default: "1e-4" },
      noise: { type: "string", default: "0.075" },
      average: { type: "string", default: "0" },
      frequencies: { type: "boolean", default: false },
      forget: { type: "string" },
      teacher: { type: "string" },
      trust: { type: "string", default: "0.7" },
      composed: { type: "string", default: "0" },
      batch: { type: "string", default: "8" },
      steps: { type: "string", default: "200" },
      epochs: { type: "string", default: "500" },
      patience: { type: "string", default: "30" },
      backend: { type: "string", default: "auto" },
      solve: { type: "string" },
      budget: { type: "string", default: "20000" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(help);
  if (values.solve !== undefined)
    return solve(values.solve, readCount("budget", values.budget));

  const seed = readCount("seed", values.seed, 0);
  const seeds = readCount("seeds", values.seeds);
  const backend = readBackend(values.backend);
  const options: Omit<TrainOptions, "seed"> = {
    rate: readNumber("rate", values.rate, { least: 0 }),
    schedule: readSchedule(values.schedule),
    momentum: readNumber("momentum", values.momentum, { least: 0, most: 1 }),
    epsilon: readNumber("epsilon", values.epsilon, { least: 0 }),
    noise: readNumber("noise", values.noise, { least: 0 }),
    average: readNumber("average", values.average, {
      least: 0,
      most: 1 - 1e-6,
    }),
    batch: readCount("batch", values.batch),
    steps: readCount("steps", values.steps),
    epochs: readCount("epochs", values.epochs),
    patience: readCount("patience", values.patience),
  };
  const forget =
    values.forget === undefined
      ? undefined
      : readNumber("forget", values.forget);
  const trust = readNumber("trust", values.trust, { least: 0, most: 1 });
  const composed = readCount("composed", values.composed, 0);
  if (composed > 0 && values.teacher === undefined)
    throw new UserError("--composed goes with --teacher");
  const nets = values.cells.split(",").map((net) => readNet("cells", net));
  const sets: DataSet[] =
    values.data === undefined
      ? [makeChorales(seed)]
      : values.data.split(",").map((file) => readDataSet(userPath(file)));
  const cells = await importMusicCells(nets.map(({ cell }) => cell));
  const teacher =
    values.teacher === undefined
      ? undefined
      : { net: await loadTeacher(values.teacher, backend), trust, composed };
  const out = userPath(values.out);
  mkdirSync(out, { recursive: true });
  const results = join(out, "results.jsonl");
  const finished = existsSync(results) ? readResults(results) : [];

  for (const set of sets)
    for (let s = seed; s < seed + seeds; s++)
      for (const [i, { cell, units }] of nets.entries()) {
        const is = (run: Finished): boolean =>
          run.set === set.name &&
          run.cell === cell &&
          run.units === units &&
          run.seed === s;
        if (finished.some(is)) continue;
        const name = `${set.name}-${cell}-${units}-${s}`;
        const plan = planMusicModel(cells[i]!, units, s, {
          forget,
          frequencies: values.frequencies ? set.train : undefined,
        });
        const net = await makeNet(plan, { backend });
        console.log(
          `${set.name}: ${cell} with ${units} units, ${net.size.toLocaleString("en")} parameters, seed ${s}`,
        );
        const result = await train(
          net,
          set,
          { ...options, seed: s, teacher },
          { checkpoint: join(out, `${name}.checkpoint`), progress: true },
        );
        if (!result) {
          console.log("Stopped; the same command goes on from here.");
          net.dispose();
          teacher?.net.dispose();
          return;
        }
        const run: Finished = {
          set: set.name,
          cell,
          units,
          parameters: net.size,
          seed: s,
          ...result,
        };
        console.log(
          `  ${result.curve.length} epochs; train ${result.train.toFixed(3)}, valid ${result.valid.toFixed(3)}, test ${result.test.toFixed(3)} nats per step`,
        );
        if (result.diverged !== undefined)
          console.log(
            `  The loss ceased to be a number in epoch ${result.diverged}: a smaller --rate may go on; the parameters that did best are kept`,
          );
        const [music] = await sample(net, 1, 200, new Random(s));
        writeFileSync(join(out, `${name}.mid`), writeMidi(music!));
        const parameters = join(out, `${name}.safetensors`);
        writeFileSync(parameters, await net.encode());
        appendFileSync(results, `${JSON.stringify(run)}\n`);
        finished.push(run);
        net.dispose();
      }

  teacher?.net.dispose();
  const text = table(finished);
  writeFileSync(join(out, "table.md"), text);
  for (const name of new Set(finished.map(({ set }) => set)))
    await writePlot(join(out, `${name}.svg`), curves(name, finished));
  console.log(`\n${text}`);
});

async function solve(cell: string, budget: number): Promise<void> {
  const [cells] = await importMusicCells([cell]);
  const { units, parameters } = solveUnits(cells!.recurrent, budget, keys);
  console.log(
    `${cell} with ${units} units has ${parameters.toLocaleString("en")} parameters over ${keys} inputs, the read-out not counted.`,
  );
}

function readSchedule(text: string): TrainOptions["schedule"] {
  const found = schedules.find((name) => name === text);
  if (found === undefined)
    throw new UserError(
      `--schedule ${text}: there are ${schedules.join(", ")}`,
    );
  return found;
}

function readResults(file: string): Finished[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Finished);
  } catch (error) {
    throw new UserError(
      `${file} has a line that is no JSON: ${(error as Error).message}`,
    );
  }
}
