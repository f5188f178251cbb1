/** The JSON of `cellc run`, checked against the cell: what comes out of here fits. */
import { sizeProblem } from "../gradcheck/index.js";
import type { CellCotangents, CellData } from "../ir/data.js";
import type { CellProgram } from "../ir/program.js";
import { stateKey } from "../ir/program.js";
import { evaluateSize } from "../ir/size.js";
import type { Shape, Size } from "../ir/size.js";
import { lastStep } from "../runtime/check.js";
import { counted } from "../text/counted.js";
import { CallError } from "./io.js";
import { flatten, numbers, outerShape, show } from "./run-arrays.js";
import type { Axis, Content } from "./run-arrays.js";

export interface RunData {
  readonly data: CellData;
  readonly cotangents: CellCotangents | undefined;
}

/** Rounded to float32, larger numbers are infinite. */
const beyondSingle = 2 ** 128 - 2 ** 103;

/** For kernels in float32. Throws a `CallError` where a number has no place there. */
export function checkSingle({ data, cotangents }: RunData): void {
  const groups = {
    parameter: data.params,
    buffer: data.buffers,
    input: data.inputs,
    context: data.context,
    state: data.states,
    "cotangent of output": cotangents?.outputs ?? {},
    "cotangent of state": cotangents?.states ?? {},
  };
  for (const [kind, arrays] of Object.entries(groups))
    for (const [name, values] of Object.entries(arrays)) {
      const found = values.find((value) => Math.abs(value) >= beyondSingle);
      if (found !== undefined)
        throw new CallError(
          `${kind} ${name} has ${found}, which is too large for float32`,
        );
    }
}

/** That the backend can count all steps. Throws a `CallError` where it cannot. */
export function checkSteps({ data }: RunData, backend: string): void {
  const last =
    backend === "wasm" || backend === "wgsl" ? lastStep.wasm : lastStep.ts;
  if (data.t0 > last - data.steps + 1)
    throw new CallError(
      `t0 is ${data.t0}; with ${counted(data.steps, "step")} it must be at most ${last - data.steps + 1} on the backend ${backend}`,
    );
}

/** Numbers that one run may put out; more would not fit the text of the answer. */
const mostNumbers = 2 ** 26;

type Members = ReadonlyMap<string, unknown>;

interface Wanted {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly content: Content;
}

/** Throws a `CallError` for anything that does not fit. */
export function readRunData(cell: CellProgram, json: unknown): RunData {
  const file = members("the data", json);
  onlyKnown("the data has", file, [
    "sizes",
    "steps",
    "t0",
    "lengths",
    "params",
    "buffers",
    "inputs",
    "context",
    "states",
    "cotangents",
  ]);
  const sizes = readSizes(cell, members("sizes", file.get("sizes") ?? {}));
  const axesOf = (shape: Shape): Axis[] =>
    shape.map((size) => {
      const extent = evaluateSize(size, sizes);
      return /^\d+$/.test(size.key) ? { extent } : { name: size.key, extent };
    });
  const contentOf = (vocabulary: Size | undefined): Content =>
    vocabulary
      ? { kind: "tokens", vocabulary: evaluateSize(vocabulary, sizes) }
      : numbers;

  const given = {
    params: members("params", file.get("params") ?? {}),
    buffers: members("buffers", file.get("buffers") ?? {}),
    inputs: members("inputs", file.get("inputs") ?? {}),
    context: members("context", file.get("context") ?? {}),
    states: members("states", file.get("states") ?? {}),
  };
  const cotangents = file.has("cotangents")
    ? members("cotangents", file.get("cotangents"))
    : undefined;
  if (cotangents)
    onlyKnown("cotangents has", cotangents, ["outputs", "states"]);
  const seeds = {
    outputs: members("cotangents.outputs", cotangents?.get("outputs") ?? {}),
    states: members("cotangents.states", cotangents?.get("states") ?? {}),
  };

  const steps = countSteps(cell, file.get("steps"), given.inputs);
  const batch = countBatch(
    file.get("lengths"),
    [given.inputs, seeds.outputs],
    [given.context, given.states, seeds.states],
  );
  const time: Axis = { name: "T", extent: steps };
  const entries: Axis = { name: "B", extent: batch };
  const states = cell.states.flatMap(({ name, lag, shape, vocabulary }) =>
    Array.from({ length: lag }, (_, i): Wanted => ({
      name: stateKey(name, i + 1),
      axes: [entries, ...axesOf(shape)],
      content: contentOf(vocabulary),
    })),
  );
  const perStep = cell.outputs.map(({ name, shape }): Wanted => ({
    name,
    axes: [time, entries, ...axesOf(shape)],
    content: numbers,
  }));
  limitOutput(perStep);

  const data: CellData = {
    sizes,
    steps,
    batch,
    t0: readWhole("t0", file.get("t0") ?? 0, 0),
    params: readArrays(
      "parameter",
      given.params,
      cell.params.map(({ name, shape }) => ({
        name,
        axes: axesOf(shape),
        content: numbers,
      })),
    ),
    buffers: readArrays(
      "buffer",
      given.buffers,
      cell.buffers
        .filter(({ value }) => value === undefined)
        .map(({ name, shape }) => ({
          name,
          axes: axesOf(shape),
          content: numbers,
        })),
    ),
    inputs: readArrays(
      "input",
      given.inputs,
      cell.inputs.map(({ name, shape, vocabulary }) => ({
        name,
        axes: [time, entries, ...axesOf(shape)],
        content: contentOf(vocabulary),
      })),
    ),
    context: readArrays(
      "context",
      given.context,
      cell.contexts.map(({ name, shape }) => ({
        name,
        axes: [entries, ...axesOf(shape)],
        content: numbers,
      })),
    ),
    states: readArrays("state", given.states, states, true),
    ...readLengths(file.get("lengths"), steps, batch),
  };
  return {
    data,
    cotangents: cotangents && {
      outputs: readArrays("cotangent of output", seeds.outputs, perStep, true),
      states: readArrays(
        "cotangent of state",
        seeds.states,
        states.filter(({ content }) => content.kind === "numbers"),
        true,
      ),
    },
  };
}

/** The members of a JSON object, in order; names such as `__proto__` are names like any other. */
function members(what: string, value: unknown): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new CallError(`${what}: expected an object, got ${show(value)}`);
  return new Map(Object.entries(value));
}

function onlyKnown(
  what: string,
  given: Members,
  known: readonly string[],
): void {
  for (const name of given.keys())
    if (!known.includes(name))
      throw new CallError(
        `${what} an unknown member ${JSON.stringify(name)}; known are: ${known.join(", ")}`,
      );
}

function readSizes(cell: CellProgram, given: Members): Record<string, number> {
  for (const name of given.keys())
    if (!cell.sizes.includes(name))
      throw new CallError(
        `size ${name} is unknown; ${cell.name} has: ${cell.sizes.join(", ") || "none"}`,
      );
  const sizes = Object.fromEntries(
    cell.sizes.map((name) => {
      if (!given.has(name))
        throw new CallError(
          `size ${name} is missing; ${cell.name} has: ${cell.sizes.join(", ")}`,
        );
      return [name, readWhole(`size ${name}`, given.get(name), 1)];
    }),
  );
  const problem = sizeProblem(cell, sizes);
  if (problem !== undefined) throw new CallError(problem);
  return sizes;
}

function readWhole(what: string, value: unknown, least: number): number {
  if (
    typeof value !== "number" ||
    !Number.isSafeInteger(value) ||
    value < least
  )
    throw new CallError(
      `${what} is ${show(value)}; it must be a whole number from ${least} on`,
    );
  return value;
}

/** T: as `steps` says, else the length of the first input. */
function countSteps(
  cell: CellProgram,
  steps: unknown,
  inputs: Members,
): number {
  if (steps !== undefined) return readWhole("steps", steps, 1);
  const first = cell.inputs[0];
  if (first === undefined)
    throw new CallError(
      `${cell.name} has no inputs; "steps" must say how many steps to make`,
    );
  const [count] = outerShape(inputs.get(first.name));
  if (count === 0)
    throw new CallError(`input ${first.name}: there are no steps`);
  return count ?? 1;
}

/** B: the axis of the first array that has one; every other array is checked against it. */
function countBatch(
  lengths: unknown,
  timed: readonly Members[],
  still: readonly Members[],
): number {
  const found = [
    ...timed
      .flatMap((arrays) => [...arrays.values()])
      .map((value) => outerShape(value)[1]),
    ...still
      .flatMap((arrays) => [...arrays.values()])
      .map((value) => outerShape(value)[0]),
    outerShape(lengths)[0],
  ].find((extent) => extent !== undefined);
  if (found === 0) throw new CallError("there are no batch entries");
  return found ?? 1;
}

function readLengths(
  value: unknown,
  steps: number,
  batch: number,
): { lengths?: Int32Array } {
  if (value === undefined) return {};
  const lengths = flatten(
    "lengths",
    value,
    [{ name: "B", extent: batch }],
    numbers,
  );
  lengths.forEach((length, i) => {
    if (!Number.isInteger(length) || length < 0 || length > steps)
      throw new CallError(
        `lengths[${i}] is ${length}; lengths are whole numbers from 0 to the ${counted(steps, "step")}`,
      );
  });
  return { lengths: Int32Array.from(lengths) };
}

function readArrays(
  kind: string,
  given: Members,
  wanted: readonly Wanted[],
  optional = false,
): Record<string, Float64Array> {
  const names = wanted.map(({ name }) => name);
  for (const name of given.keys())
    if (!names.includes(name))
      throw new CallError(
        `${kind} ${name} is unknown; there are: ${names.join(", ") || "none"}`,
      );
  return Object.fromEntries(
    wanted.flatMap(({ name, axes, content }) => {
      const what = `${kind} ${name}`;
      if (given.has(name))
        return [[name, flatten(what, given.get(name), axes, content)]];
      if (optional) return [];
      const shape = axes
        .map(({ name: axis, extent }) =>
          axis === undefined ? extent : `${axis}=${extent}`,
        )
        .join(", ");
      throw new CallError(`${what} of shape [${shape}] is missing`);
    }),
  );
}

function limitOutput(outputs: readonly Wanted[]): void {
  for (const { name, axes } of outputs) {
    const count = axes.reduce((product, { extent }) => product * extent, 1);
    if (count > mostNumbers)
      throw new CallError(
        `output ${name} would have ${count} numbers; at most ${mostNumbers} can be printed`,
      );
  }
}
