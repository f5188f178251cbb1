/** What callers without types give: numbers of steps beyond what kernels count, and arrays that are none. */
import { describe, expect, it } from "vitest";
import {
  loadAssembler,
  instantiateWasm,
} from "../../src/backends/wasm/index.js";
import { instantiate } from "../../src/backends/ts/index.js";
import { compile } from "../../src/compile.js";
import { bindCell } from "../../src/runtime/index.js";
import type { CellInfo, LoadedCell } from "../../src/runtime/index.js";

const assembler = await loadAssembler();
const { schedule } = compile(
  "cell Count { input x: [N] state h: [N] h = 0.5 * h[t-1] + x n = t y = h + n output y }",
).cells[0]!;
const shape = ({ N }: Readonly<Record<string, number>>): number[] => [N!];
const value = (name: string) => ({ name, type: "[N]", shape });
const info = {
  name: "Count",
  doc: [],
  sizes: ["N"],
  requirements: [],
  inputs: [value("x")],
  context: [],
  params: [],
  buffers: [],
  states: [{ ...value("h"), lag: 1 }],
  outputs: [value("y")],
  backends: {},
} satisfies CellInfo;

const modules = {
  ts: instantiate(schedule),
  wasm: instantiateWasm(schedule, assembler),
};

describe.each(["ts", "wasm"] as const)("on %s", (backend) => {
  const load = (): LoadedCell =>
    bindCell(info, modules[backend], backend, {
      sizes: { N: 2 },
    }) as LoadedCell;
  const cell = load();
  const x = [1, 2];
  const largest = backend === "ts" ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1;

  it("counts steps up to the last that it knows, exactly", () => {
    for (const t0 of [0, 1, 2 ** 24, 2 ** 31 - 2]) {
      const { outputs } = cell.forward({ x: [0, 0, 0, 0] }, { t0 });
      expect(Array.from(outputs.y!)).toEqual(
        [t0, t0, t0 + 1, t0 + 1].map(Math.fround),
      );
    }
  });

  it.each([
    -1,
    1.5,
    NaN,
    Infinity,
    largest + 1,
    2 ** 60,
    5n,
    "3",
    null,
    [1],
    {},
  ])("refuses t0: %s", (t0) => {
    expect(() => cell.forward({ x }, { t0: t0 as number })).toThrow(
      /^Count: t0 is /,
    );
  });

  it("says how far it counts", () => {
    expect(() => cell.forward({ x: [1, 2, 3, 4] }, { t0: largest })).toThrow(
      `Count: t0 is ${largest}; with 2 steps it must be at most ${largest - 1} here`,
    );
    const stepper = cell.stepper({ t0: largest });
    stepper.step({ x });
    expect(() => stepper.step({ x })).toThrow("Count: t0 is ");
  });

  const detached = (): Float32Array => {
    const array = new Float32Array(2);
    structuredClone(array, { transfer: [array.buffer] });
    return array;
  };

  it.each([
    ["BigInts", new BigInt64Array(2), /input x: .* BigInts; .*Number/],
    ["a list with a BigInt", [1n, 2n], "element 0 is 1n"],
    ["a list with null", [1, null], "element 1 is null"],
    ["a list with a hole", [1, undefined], "element 1 is undefined"],
    ["nested lists", [[1], [2]], "element 0 is an array"],
    ["null", null, "input x: expected a flat array of numbers, got null"],
    ["a number", 5, "got 5"],
    ["a BigInt", 5n, "got 5n"],
    ["a text", "12", "got a string"],
    ["a function", () => 1, "got a function"],
    ["a DataView", new DataView(new ArrayBuffer(8)), "got a DataView"],
    ["an ArrayBuffer", new ArrayBuffer(8), "got an object"],
    ["a detached array", detached(), "the memory of this array is gone"],
  ])("says what is wrong with %s", (_, array, message) => {
    const given = array as unknown as Float32Array;
    for (const call of [
      () => cell.forward({ x: given }, { steps: 1 }),
      () => cell.forward({ x }, { states: { h: given } }),
      () => {
        cell.forward({ x });
        cell.backward({ outputs: { y: given } });
      },
    ])
      // Missing values may be left out of what is optional.
      expect(call).toThrow(
        typeof message === "string" && message.startsWith("input x")
          ? /got null/
          : message instanceof RegExp
            ? /BigInts/
            : message,
      );
  });

  it.each([null, 5, "x", [1, 2], new Float32Array(2), 1n])(
    "wants arrays by name, not %s",
    (record) => {
      const given = record as never;
      expect(() => cell.forward(given)).toThrow(
        /^Count: inputs: expected an object with arrays by name \(x\), got /,
      );
    },
  );

  it("takes numbers of any kind, and shared memory", () => {
    const expected = cell.forward({ x }).outputs.y!.slice();
    for (const array of [
      Float64Array.from(x),
      Int32Array.from(x),
      Uint8Array.from(x),
      new Float32Array(new SharedArrayBuffer(8)),
    ]) {
      array.set(x);
      expect(cell.forward({ x: array }).outputs.y!).toEqual(expected);
    }
  });

  it("wants whole sizes", () => {
    for (const N of [1n, null, "2", 0, 1.5, NaN])
      expect(() =>
        bindCell(info, modules[backend], backend, {
          sizes: { N: N as number },
        }),
      ).toThrow(/^Count: size N is /);
  });

  it("wants whole lengths", () => {
    for (const lengths of [[1n], BigInt64Array.of(1n), 5, "1", [null], [1.5]])
      expect(() =>
        cell.forward({ x }, { lengths: lengths as unknown as number[] }),
      ).toThrow(/lengths/);
  });
});
