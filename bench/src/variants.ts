/**
 * No cliff: what a multiplication costs in cells that nobody has written kernels for by hand, as a multiple of what it costs
 * in the plain LSTM. The multiplications of a step are the elements of its matrices.
 */
import type { LoadedCell } from "../../dist/runtime/index.js";
import { compileCells } from "./cells.js";
import type { Modules } from "./cells.js";
import { compared } from "./compare.js";
import type { Pass } from "./compare.js";
import type { Plan } from "./kernels.js";
import { timed } from "./peers/peer.js";
import { numbers, relativeError } from "./problem.js";
import { timeRounds } from "../../dist/cli/rounds.js";
import type { Contestant } from "../../dist/cli/rounds.js";

export interface Variant {
  readonly cell: string;
  readonly batch: number;
  readonly pass: Pass;
  readonly ms: number;
  readonly picosecondsEach: number;
  /** Time per multiplication, as a multiple of the plain LSTM's. */
  readonly ratio: number;
  readonly target: number;
}

const plain = "LSTM";
const variants = "NIG NFG NOG NIAF NOAF CIFG NP FGR".split(" ");
const names = [plain, "VanillaLSTM", ...variants, "LayerNormLSTM"];
const targetOf = (cell: string): number =>
  cell === "LayerNormLSTM" ? 1.4 : 1.15;

const sizes = { M: 128, N: 256 };
const settings = [
  { batch: 1, steps: 100 },
  { batch: 32, steps: 50 },
] as const;

interface Loaded {
  readonly multiplications: number;
  forward(): Float32Array;
  forwardBackward(): Float32Array;
  dispose(): void;
}

async function load(
  modules: Modules,
  name: string,
  backend: "ts" | "wasm",
  { batch, steps }: (typeof settings)[number],
): Promise<Loaded> {
  const make = (): Promise<LoadedCell> =>
    modules[name]!.load({ backend, sizes, seed: 7 });
  const [inference, training] = [await make(), await make()];
  const next = numbers(99);
  const filled = (length: number): Float32Array =>
    Float32Array.from({ length }, () => 2 * next() - 1);
  const inputs = { x: filled(steps * batch * sizes.M) };
  const [output] = Object.keys(
    inference.forward(inputs, { batch, keep: false }).outputs,
  );
  const cotangents = {
    outputs: { [output!]: filled(steps * batch * sizes.N) },
  };
  const perStep = inference.layout
    .filter(({ shape }) => shape.length === 2)
    .reduce((sum, { shape }) => sum + shape[0]! * shape[1]!, 0);
  return {
    multiplications: perStep * steps * batch,
    forward: () =>
      inference.forward(inputs, { batch, keep: false }).outputs[
        output!
      ] as Float32Array,
    forwardBackward: () => {
      training.forward(inputs, { batch });
      training.backward(cotangents);
      return training.grads as Float32Array;
    },
    dispose: () => {
      inference.dispose();
      training.dispose();
    },
  };
}

/** Every cell once on both backends, so that nothing wrong is timed. */
async function check(
  modules: Modules,
  name: string,
  setting: (typeof settings)[number],
): Promise<Loaded> {
  const own = await load(modules, name, "wasm", setting);
  const ts = await load(modules, name, "ts", setting);
  for (const pass of ["forward", "forwardBackward"] as const)
    compared(`${name} ${pass}`, relativeError(own[pass](), ts[pass]()));
  ts.dispose();
  return own;
}

export async function compareVariants(plan: Plan): Promise<Variant[]> {
  const results: Variant[] = [];
  let modules: Modules | undefined;
  for (const setting of settings) {
    const { batch } = setting;
    const wanted = (["forward", "forward+backward"] as const).filter((pass) =>
      plan.wanted(`wasm variants ${pass} B=${batch}`),
    );
    if (wanted.length === 0) continue;
    modules ??= await compileCells(names);
    const loaded: Loaded[] = [];
    for (const name of names) loaded.push(await check(modules, name, setting));
    for (const pass of wanted) {
      plan.progress(`wasm variants ${pass} B=${batch}`);
      const factor = pass === "forward" ? 1 : 3;
      const contestants = loaded.map(
        ({ forward, forwardBackward }, i): Contestant => ({
          name: names[i]!,
          measure: timed(pass === "forward" ? forward : forwardBackward)
            .measure,
        }),
      );
      const timings = await timeRounds(contestants, plan.rounds);
      const each = timings.map(
        ({ medianMs }, i) => medianMs / (factor * loaded[i]!.multiplications),
      );
      timings.forEach(({ name, medianMs }, i) =>
        results.push({
          cell: name,
          batch,
          pass,
          ms: medianMs,
          picosecondsEach: each[i]! * 1e9,
          ratio: each[i]! / each[0]!,
          target: targetOf(name),
        }),
      );
    }
    for (const { dispose } of loaded) dispose();
  }
  return results;
}
