/** In which order kernels are dispatched, and how often: plain data, no GPU needed. */
import { describe, expect, it } from "vitest";
import { isElementwise } from "../../src/backends/wgsl/elementwise.js";
import { describeGpu, dispatchesOf } from "../../src/backends/wgsl/index.js";
import type { Schedule } from "../../src/passes/kernels.js";
import { GpuLayout } from "../../src/runtime/webgpu/layout.js";
import { planBackward, planForward } from "../../src/runtime/webgpu/plan.js";
import type { Command, PassOptions } from "../../src/runtime/webgpu/plan.js";
import type { Regime } from "../../src/runtime/webgpu/regime.js";
import { library } from "../specs/library.js";

const cells = library();

function plan(
  name: string,
  steps: number,
  batch: number,
  regime: Regime,
  options: Partial<PassOptions> = {},
  lengths = false,
  least = 5,
) {
  const { schedule } = cells.get(name)!;
  const sizes = Object.fromEntries(
    schedule.cell.sizes.map((size, i) => [size, least + 2 * i]),
  );
  const layout = new GpuLayout(describeGpu(schedule), sizes);
  layout.place({ steps, batch, adjoint: true });
  const chosen: PassOptions = {
    regime,
    slice: 1,
    software: false,
    memory: 16384,
    wanted: true,
    most: 65535,
    longest: Infinity,
    ...options,
  };
  const names = (commands: readonly Command[]): string[] =>
    commands.map(({ kernel }) => layout.description.kernels[kernel]!.name);
  const forward = planForward(layout, new Set(), chosen);
  const backward = planBackward(layout, lengths, chosen);
  return { forward, backward, names };
}

const hasLoop = (name: string): boolean =>
  [...cells.get(name)!.schedule.forward, ...cells.get(name)!.schedule.backward]
    .map(({ kind }) => kind)
    .includes("loop");

describe.each([...cells.keys()])("%s", (name) => {
  it.each([1, 2, 50, 1000])(
    "takes at most 4 and 8 dispatches for %i steps",
    (steps) => {
      for (const software of [false, true])
        for (const batch of [1, 3, 16]) {
          const options = { software };
          const passes = plan(name, steps, batch, "loop", options, true);
          expect(passes.forward.length).toBeLessThanOrEqual(4);
          expect(passes.backward.length).toBeLessThanOrEqual(8);
        }
    },
  );

  it("takes at most 2 and 3 dispatches for each further step, step by step", () => {
    const { forward, backward } = eachStep(name);
    expect(forward).toBeLessThanOrEqual(2);
    expect(backward).toBeLessThanOrEqual(3);
  });

  it("takes as many dispatches as explain counts", () => {
    const counts = dispatchesOf(cells.get(name)!.schedule);
    const { forward, backward } = plan(name, 7, 3, "loop", {}, true);
    expect(forward).toHaveLength(counts.forward.loop ?? counts.forward.once);
    expect(backward).toHaveLength(counts.backward.loop ?? counts.backward.once);
  });
});

it.each([...cells.keys()].filter((name) => !hasLoop(name)))(
  "%s, which has no loop, takes at most 4 and 8 dispatches for few rows",
  (name) => {
    for (const software of [false, true]) {
      const options = { software };
      const { forward, backward } = plan(name, 4, 3, "steps", options, true);
      expect(forward.length).toBeLessThanOrEqual(4);
      expect(backward.length).toBeLessThanOrEqual(8);
    }
  },
);

// GRU has a dispatch of its own for the first step, the others have none.
it.each(["LSTM", "GRU", "VanillaLSTM"])(
  "what explain counts for the steps of %s is what is planned",
  (name) => {
    const counts = dispatchesOf(cells.get(name)!.schedule);
    const single = plan(name, 7, 3, "steps", {}, true);
    for (const direction of ["forward", "backward"] as const) {
      const { once, eachStep } = counts[direction];
      expect(single[direction]).toHaveLength(once + 7 * eachStep);
    }
  },
);

it.each(["SoftmaxRNN", "JordanTeacherForced", "BahdanauDecoder"])(
  "%s takes more dispatches, over more workgroups, where few rows have much to do",
  (name) => {
    const [little, much] = [5, 1000].map((least) =>
      plan(name, 1, 1, "steps", {}, false, least),
    ) as [ReturnType<typeof plan>, ReturnType<typeof plan>];
    expect(much.forward.length).toBeGreaterThan(little.forward.length);
    expect(much.backward.length).toBeGreaterThan(little.backward.length);
  },
);

/** Dispatches that each further step takes. */
function eachStep(name: string): { forward: number; backward: number } {
  const [few, more] = [10, 30].map((steps) => plan(name, steps, 3, "steps"));
  const further = (direction: "forward" | "backward"): number =>
    (more![direction].length - few![direction].length) / 20;
  return { forward: further("forward"), backward: further("backward") };
}

it.each([
  // Products that need each other, in the papers' equations and in their derivatives.
  ["ElmanTanh", 1],
  ["LSTM", 1],
  ["CharLSTM", 1],
  ["CIFG", 1],
  ["FGR", 1],
  ["GravesLSTMDiagonal", 1],
  ["HigherOrderRNN", 1],
  ["NFG", 1],
  ["NIAF", 1],
  ["NIG", 1],
  ["NOAF", 1],
  ["NOG", 1],
  ["NP", 1],
  ["VanillaLSTM", 1],
  ["VariationalLSTM", 1],
  ["GRUResetAfter", 1],
  ["MinGRU", 1],
  ["GRU", 2],
  ["GRUCho", 2],
  ["GravesLSTM", 2],
  ["LSTMProjection", 2],
  ["MinimalGatedUnit", 2],
  ["VariationalGRU", 2],
])("a step of %s takes %i dispatches in each direction", (name, count) => {
  expect(eachStep(name)).toEqual({ forward: count, backward: count });
});

/** Kernels of a step that need numbers of a whole row: products, and sums along it. */
function links(stages: Schedule["forward"]): number {
  return stages
    .filter(({ kind }) => kind === "loop")
    .map(({ kernels }) => {
      const needy = kernels.filter(
        (kernel) => kernel.kind === "product" || !isElementwise(kernel),
      );
      return Math.max(1, needy.length);
    })
    .reduce((sum, count) => sum + count, 0);
}

it.each([...cells.values()])(
  "$name takes no more dispatches a step than it has products and sums along rows",
  ({ name, schedule }) => {
    const { forward, backward } = eachStep(name);
    expect(forward).toBeLessThanOrEqual(links(schedule.forward));
    expect(backward).toBeLessThanOrEqual(links(schedule.backward));
  },
);

it("steps run in their order, backward from the last one", () => {
  const { forward, backward, names } = plan("ElmanTanh", 3, 1, "steps");
  const starts = (commands: readonly Command[], kernel: string): number[] =>
    commands
      .filter((_, i) => names(commands)[i] === kernel)
      .map(({ start }) => start);
  expect(starts(forward, "forward2_step")).toEqual([0, 1, 2]);
  // The work before the product: of the last step by itself, of the others with the step after them.
  expect(starts(backward, "backward1")).toEqual([2]);
  expect(starts(backward, "backward2_step")).toEqual([2, 1, 0]);
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
    "LSTM: forward2_loop would need 9 workgroups along one axis; the device's maxComputeWorkgroupsPerDimension is 8",
  );
});
