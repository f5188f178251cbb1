/** In which order kernels are dispatched, and how often: plain data, no GPU needed. */
import { describe, expect, it } from "vitest";
import { describeGpu } from "../../src/backends/wgsl/index.js";
import { GpuLayout } from "../../src/runtime/webgpu/layout.js";
import { planBackward, planForward } from "../../src/runtime/webgpu/plan.js";
import type {
  Command,
  PassOptions,
  Regime,
} from "../../src/runtime/webgpu/plan.js";
import { library } from "../specs/library.js";

const cells = library();

function plan(
  name: string,
  steps: number,
  batch: number,
  regime: Regime,
  options: Partial<PassOptions> = {},
) {
  const { schedule } = cells.get(name)!;
  const sizes = { M: 5, N: 7 };
  const layout = new GpuLayout(describeGpu(schedule), sizes);
  layout.place({ steps, batch, adjoint: true });
  const chosen: PassOptions = {
    regime,
    slice: 1,
    wanted: true,
    most: 65535,
    longest: Infinity,
    ...options,
  };
  const names = (commands: readonly Command[]): string[] =>
    commands.map(({ kernel }) => layout.description.kernels[kernel]!.name);
  const forward = planForward(layout, new Set(), chosen);
  const backward = planBackward(layout, false, chosen);
  return { forward, backward, names };
}

describe.each(["LSTM", "GRU"])("%s", (name) => {
  it.each([1, 2, 50])("takes 4 and 8 dispatches for %i steps", (steps) => {
    const { forward, backward } = plan(name, steps, 3, "loop");
    expect(forward.length).toBeLessThanOrEqual(4);
    expect(backward.length).toBeLessThanOrEqual(8);
  });
});

it("a step of an LSTM takes 2 dispatches forward and 2 backward", () => {
  const count = (steps: number) => {
    const { forward, backward } = plan("LSTM", steps, 3, "steps");
    return [forward.length, backward.length];
  };
  const [forward, backward] = count(10);
  const [more, moreBack] = count(30);
  expect([more! - forward!, moreBack! - backward!]).toEqual([40, 40]);
  expect(forward).toBeLessThanOrEqual(24);
  expect(backward).toBeLessThanOrEqual(28);
});

it("steps run in their order, backward from the last one", () => {
  const { forward, backward, names } = plan("ElmanTanh", 3, 1, "steps");
  const starts = (commands: readonly Command[], kernel: string): number[] =>
    commands
      .filter((_, i) => names(commands)[i] === kernel)
      .map(({ start }) => start);
  expect(starts(forward, "forward3")).toEqual([0, 1, 2]);
  expect(starts(backward, "backward1")).toEqual([2, 1, 0]);
});

it("work that takes long is cut, without a gap and in order", () => {
  const covered = (commands: readonly Command[]): number[] =>
    commands.flatMap(({ start, steps }) =>
      Array.from({ length: steps }, (_, i) => start + i),
    );
  const upward = Array.from({ length: 37 }, (_, i) => i);
  const short = { longest: 3000 };
  const loop = plan("LSTM", 37, 3, "loop", short);
  const of = (
    { names }: typeof loop,
    commands: readonly Command[],
    kernel: string,
  ): Command[] => commands.filter((_, i) => names(commands)[i] === kernel);
  const forward = of(loop, loop.forward, "forward2_loop");
  expect(forward.length).toBeGreaterThan(1);
  expect(covered(forward)).toEqual(upward);
  const backward = of(loop, loop.backward, "backward1_loop");
  expect(backward.length).toBeGreaterThan(1);
  expect(covered([...backward].reverse())).toEqual(upward);
  const rows = of(loop, loop.forward, "forward1");
  expect(rows.length).toBeGreaterThan(1);
  expect(covered(rows)).toEqual(upward);
  for (const { steps, work } of [...loop.forward, ...loop.backward])
    if (steps > 1) expect(work).toBeLessThanOrEqual(short.longest);
});

it("as many workgroups as the device takes along an axis, and an error beyond", () => {
  const { forward } = plan("LSTM", 100, 2, "loop", { most: 8 });
  for (const { groups } of forward)
    for (const count of groups) expect(count).toBeLessThanOrEqual(8);
  expect(() => plan("LSTM", 4, 9, "loop", { most: 8 })).toThrow(
    "LSTM: forward_end would need 9 workgroups along one axis; the device's maxComputeWorkgroupsPerDimension is 8",
  );
});
