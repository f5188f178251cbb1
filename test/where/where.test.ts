/** The branch of `where` that is not taken contributes nothing, to no value and to no derivative. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeGpuExecutor } from "../../src/compile.js";
import { ForwardMode } from "../../src/ir/tangent.js";
import { openTestDevice } from "../backends/gpu.js";
import type { TestDevice } from "../backends/gpu.js";
import { expectClose } from "../ir/close.js";
import { describeWebgpu } from "../webgpu/support.js";
import { cases } from "./cases.js";
import type { Case } from "./cases.js";
import { cellFrom, dataOf, engines, runOn } from "./run.js";
import type { Found } from "./run.js";

const cellOf = ({ items }: Case) => cellFrom(`cell Chooses { ${items} }`);

function expectFound(
  found: Found,
  { expected }: Case,
  tolerance: number,
): void {
  for (const kind of [
    "outputs",
    "params",
    "inputs",
    "context",
    "states",
  ] as const)
    for (const [name, values] of Object.entries(expected[kind] ?? {}))
      expectClose(found[kind][name]!, values, tolerance);
}

describe.each(Object.entries(engines))("%s", (engine, make) => {
  const exact = engine === "interpreter" || engine.endsWith("f64");
  it.each(cases)("$name", async (each) => {
    const found = await runOn(await make(cellOf(each)), each.given);
    expectFound(found, each, exact ? 1e-14 : 1e-6);
  });
});

describeWebgpu("WebGPU", () => {
  let gpu: TestDevice;
  beforeAll(async () => {
    gpu = await openTestDevice();
  });
  afterAll(() => gpu.device.destroy());

  it.each(cases)("$name", async (each) => {
    const executor = makeGpuExecutor(cellOf(each), gpu.device);
    expectFound(await runOn(executor, each.given), each, 1e-5);
    expect(gpu.problems).toEqual([]);
  });
});

describe("forward mode", () => {
  it.each(cases)("$name", (each) => {
    const { program } = cellOf(each);
    const data = dataOf(each.given);
    const mode = new ForwardMode(program);
    const total = (direction: Parameters<ForwardMode["run"]>[1]): number =>
      Object.values(mode.run(data, direction).tangents.outputs)
        .flatMap((values) => [...values])
        .reduce((sum, value) => sum + value, 0);
    for (const kind of ["params", "inputs", "context", "states"] as const)
      for (const [name, values] of Object.entries(each.expected[kind] ?? {})) {
        const slopes = values.map((_, i) => {
          const direction = new Float64Array(values.length);
          direction[i] = 1;
          return total({ [kind]: { [name]: direction } });
        });
        expectClose(slopes, values, 1e-14);
      }
  });
});
