/** A composition twice: on a device, and on the host in float64, with the same parameters. */
import { expect, vi } from "vitest";
import * as host from "cellc/nn";
import * as gpu from "cellc/nn/webgpu";
import { defineCell, GpuTensor, webgpuKernels } from "cellc/runtime";
import type { CellModule, CellNames } from "cellc/runtime";
import { describeGpu } from "../../src/backends/wgsl/index.js";
import { library } from "../specs/library.js";
import { relativeDifference } from "../specs/settings.js";
import { loading, randomArray } from "./check.js";

export type Host = typeof host;

/**
 * Relative, of every tensor against float64. Float32 rounds to 6e-8, and the kernels' functions to a few units of
 * that; products over some ten numbers and some ten steps add up to less than a hundred of them.
 */
export const tolerance = 1e-5;

// Pipelines are compiled when they are first used; in software, on a busy machine, that takes seconds.
vi.setConfig({ testTimeout: 60_000 });

/** Compiled once for all tests of a file, when it is loaded: the clock of its tests does not run yet. */
const specs = library();

/** The cell with WGSL kernels beside those of `generated/`. */
export const withWebgpu = <N extends CellNames>(
  module: CellModule<N>,
): CellModule<N> => {
  const { schedule } = specs.get(module.name)!;
  return defineCell<N>({
    ...module,
    backends: {
      ...module.backends,
      webgpu: () => Promise.resolve(webgpuKernels(describeGpu(schedule))),
    },
  });
};

/**
 * Builds one model for both places: the names are the same, so that the types of the host stand for both.
 * `load` has to be spread into the options of every cell.
 */
export type Build<M> = (
  nn: Host,
  load: typeof loading,
  cell: <N extends CellNames>(module: CellModule<N>) => CellModule<N>,
) => Promise<M>;

// The device's library has the host's names; what they give is told apart by hand.
const asHost = gpu as unknown as Host;

export async function buildOnDevice<M>(
  build: Build<unknown>,
  device: GPUDevice,
): Promise<M> {
  const load = { backend: "webgpu", device } as unknown as typeof loading;
  return (await build(asHost, load, withWebgpu)) as M;
}

export const buildOnHost = <M>(build: Build<M>): Promise<M> =>
  build(host, loading, (module) => module);

type Tensors = Readonly<Record<string, GpuTensor | undefined>>;
type Arrays = Readonly<Record<string, ArrayLike<number>>>;

export async function readAll(tensors: Tensors): Promise<Arrays> {
  const read = Object.entries(tensors).map(
    async ([name, tensor]) => [name, await tensor!.read()] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

export function expectClose(
  actual: Arrays,
  expected: Arrays,
  what: string,
  most = tolerance,
): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected))
    expect(
      relativeDifference(actual[name]!, values),
      `${what} ${name}`,
    ).toBeLessThanOrEqual(most);
}

export interface Comparison {
  readonly states?: Readonly<Record<string, Float64Array>>;
  readonly random?: () => host.Random;
  /** Passes, one after the other; the second one uses the buffers of the first. Default 2. */
  readonly passes?: number;
}

type Single = host.Model | host.Model<host.Pair, host.PairGradient>;

/** Outputs, final states, and all gradients of a model that reads sequences. */
export async function expectSame(
  device: GPUDevice,
  build: Build<Single>,
  input: host.Sequence | host.Pair,
  { states = {}, random, passes = 2 }: Comparison = {},
): Promise<void> {
  const there = await buildOnDevice<gpu.Model>(build, device);
  const here = (await buildOnHost(build)) as host.Model;
  here.restore(await there.save());
  try {
    for (let pass = 0; pass < passes; pass++)
      await comparePasses(
        there,
        here,
        input as host.Sequence,
        states,
        random,
        pass,
      );
  } finally {
    there.dispose();
  }
}

async function comparePasses(
  there: gpu.Model,
  here: host.Model,
  input: host.Sequence,
  states: NonNullable<Comparison["states"]>,
  random: Comparison["random"],
  pass: number,
): Promise<void> {
  const output = await there.forward(input, { states, random: random?.() });
  const expected = here.forward(input, { states, random: random?.() });
  const { steps, batch, width, lengths } = expected;
  expect(output).toMatchObject({ steps, batch, width });
  expect(output.lengths).toEqual(lengths);
  expectClose(
    { values: await output.values.read() },
    { values: expected.values },
    "output",
  );
  const final = here.finalStates() as Readonly<Record<string, Float64Array>>;
  expectClose(await readAll(there.finalStates()), final, "final state");
  const cotangent = randomArray(expected.values.length, 50 + pass);
  const ofStates =
    Object.keys(states).length === 0
      ? {}
      : Object.fromEntries(
          Object.entries(final).map(([name, { length }], i) => [
            name,
            randomArray(length, 60 + i),
          ]),
        );
  const options = { states: ofStates, inputs: true };
  const found = await there.backward(cotangent, options);
  const wanted = here.backward(cotangent, options);
  if (wanted === undefined) expect(found).toBeUndefined();
  else if (ArrayBuffer.isView(wanted))
    expectClose(
      { input: await found!.read() },
      { input: wanted },
      "gradient of the",
    );
  else
    expectClose(
      await readAll(found as unknown as Tensors),
      wanted as Arrays,
      "gradient of the",
    );
  expectClose(await readAll(there.grad), here.grad, "gradient of");
  expectClose(
    await readAll(there.initialGradients()),
    here.initialGradients(),
    "gradient of the state",
  );
}
