/** What stands in masked rows of a memory has no influence on anything, whatever it is, and no gradient. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AsyncExecutor } from "../../src/backends/gpu-executor.js";
import { makeGpuExecutor } from "../../src/compile.js";
import type { CompiledCell } from "../../src/compile.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type {
  CellData,
  CellGradients,
  CellResult,
  Executor,
} from "../../src/ir/data.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { library } from "../specs/library.js";
import { describeWebgpu } from "../webgpu/support.js";
import { engines } from "./run.js";

const memories = {
  MaskedBahdanauDecoder: "m",
  MaskedLuongDecoder: "m",
  MaskedAttentionPoolingContext: "h",
};

const cells = library();
const sizes = { S: 3, D: 4, N: 5, M: 2, A: 3, P: 4 };
const masks = {
  "one row": [1, 0, 1, 1, 1, 1],
  "rows of both entries": [0, 1, 1, 1, 0, 0],
  "all rows of one entry": [0, 0, 0, 1, 1, 1],
};
const poisons = [NaN, Infinity, -Infinity, 3e38];
const anything = (i: number): number => poisons[i % poisons.length]!;

interface Everything {
  readonly result: CellResult;
  readonly gradients: CellGradients;
}

async function run(
  executor: Executor | AsyncExecutor,
  cell: CompiledCell,
  data: CellData,
): Promise<Everything> {
  const result = structuredClone(await executor.forward(data));
  const cotangents = randomCotangents(cell.program, data, 2);
  return {
    result,
    gradients: structuredClone(await executor.backward(cotangents)),
  };
}

/** Compares a memory with anything in its masked rows with one that has zeros there, bit for bit. */
async function compare(
  cell: CompiledCell,
  executor: Executor | AsyncExecutor,
  memory: string,
): Promise<void> {
  const given = randomData(cell.program, sizes, {
    steps: 3,
    batch: 2,
    seed: 1,
  });
  const width = given.context[memory]!.length / 6;
  for (const mask of Object.values(masks)) {
    const filled = (missing: (i: number) => number): CellData => ({
      ...given,
      context: {
        mask: Float64Array.from(mask),
        [memory]: given.context[memory]!.map((number, i) =>
          mask[Math.floor(i / width)] === 0 ? missing(i) : number,
        ),
      },
    });
    const expected = await run(
      executor,
      cell,
      filled(() => 0),
    );
    for (const values of Object.values(expected.gradients.params))
      expect(values.every(Number.isFinite)).toBe(true);
    const gradient = expected.gradients.context[memory]!;
    expect(
      gradient.filter((_, i) => mask[Math.floor(i / width)] === 0),
    ).toEqual(new Float64Array(width * mask.filter((row) => row === 0).length));
    expect(await run(executor, cell, filled(anything))).toEqual(expected);
  }
}

describe.each(Object.entries(memories))("%s", (name, memory) => {
  const cell = cells.get(name)!;
  it.each(Object.entries(engines))(
    "%s",
    async (_, make) => {
      await compare(cell, await make(cell), memory);
    },
    120_000,
  );
});

describeWebgpu("WebGPU", () => {
  let gpu: TestDevice;
  beforeAll(async () => {
    gpu = await openTestDevice();
  });
  afterAll(() => gpu.device.destroy());

  it.each(Object.entries(memories))(
    "%s",
    async (name, memory) => {
      const cell = cells.get(name)!;
      await compare(cell, makeGpuExecutor(cell, gpu.device), memory);
      expect(gpu.problems).toEqual([]);
    },
    120_000,
  );
});
