/**
 * A cell whose values have the names that every object answers to, or that targets reserve, does what the same
 * cell with plain names does: on all backends, in the interpreter, in the gradient check and on the command line.
 */
import { describe, expect, it } from "vitest";
import { instantiate } from "../../src/backends/ts/index.js";
import {
  instantiateWasm,
  loadAssembler,
} from "../../src/backends/wasm/index.js";
import { compile, makeExecutor, makeWasmExecutor } from "../../src/compile.js";
import { gradcheckCell } from "../../src/gradcheck-cell.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { Executor } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { bindCell, defineCell } from "../../src/runtime/index.js";
import type { CellInfo, LoadedCell } from "../../src/runtime/index.js";
import { cellc, folderWith } from "../cli/harness.js";

const assembler = await loadAssembler();

/** Sizes, parameters, states … in the order of `plain`. */
const plain = ["N", "M", "x", "m", "w", "k", "h", "c", "y", "z", "r", "C"];

const source = ([N, M, x, m, w, k, h, c, y, z, r, C]: readonly string[]) => `
cell ${C} {
  const ${r} = 0.5
  input ${x}: [${M}]
  context ${m}: [${N}]
  buffer ${k}: [${N}]
  param ${w}: [${N}, ${M}]
  state ${h}: [${N}]
  state ${c}: [${N}] = 0.25
  gate ${z} = sigmoid(${w} @ ${x} + ${h}[t-1])
  ${h} = ${r} * ${h}[t-1] + ${z} * ${h}[t-2] + ${m} * ${k}
  ${c} = tanh(${c}[t-1] + ${h})
  ${y} = ${c} * ${z}
  output ${y}
}`;

const ofObjects = [
  "toString",
  "constructor",
  "__proto__",
  "hasOwnProperty",
  "valueOf",
  "isPrototypeOf",
  "__defineGetter__",
  "toLocaleString",
  "propertyIsEnumerable",
  "__lookupSetter__",
  "prototype",
  "length",
];

const rotated = (names: readonly string[], by: number): string[] => [
  ...names.slice(by),
  ...names.slice(0, by),
];

const ofTargets = [
  "function",
  "let",
  "loop",
  "struct",
  "var",
  "await",
  "f32",
  "switch",
  "default",
  "class",
  "enum",
  "module",
];
const ofScripts = [
  "größe",
  "名前",
  "σ",
  "x²",
  "_",
  "__",
  "a_b",
  "é",
  "ñ",
  "ж",
  "ℵ",
  "Ω",
];

const cellOf = (names: readonly string[]) => {
  const { cells, diagnostics } = compile(source(names));
  expect(diagnostics).toEqual([]);
  return cells[0]!;
};

const [steps, batch] = [3, 2];
const numbers = [3, 2];

/** Everything that an executor gives, in the order of declaration. */
function results(
  names: readonly string[],
  make: (cell: ReturnType<typeof cellOf>) => Executor,
) {
  const cell = cellOf(names);
  const sizes = Object.fromEntries(numbers.map((n, i) => [names[i]!, n]));
  const data = randomData(cell.program, sizes, { steps, batch, seed: 1 });
  const cotangents = randomCotangents(cell.program, data, 2);
  const executor = make(cell);
  const { outputs, states } = executor.forward(data);
  const grads = executor.backward(cotangents);
  return [
    outputs,
    states,
    grads.params,
    grads.inputs,
    grads.context,
    grads.states,
  ].map((arrays) =>
    Object.entries(arrays).map(([name, values]) => [
      plain[names.indexOf(name.replace(/@\d+$/, ""))],
      [...values],
    ]),
  );
}

const makers = {
  interpreter: (cell) =>
    new Interpreter(cell.program, { adjoint: cell.adjoint }),
  ts: (cell) => makeExecutor(cell),
  wasm: (cell) => makeWasmExecutor(cell, assembler),
} satisfies Record<string, (cell: ReturnType<typeof cellOf>) => Executor>;

const allNames = [
  ...ofObjects.map((_, i) => rotated(ofObjects, i)),
  ofTargets,
  rotated(ofTargets, 5),
  ofScripts,
  rotated(ofScripts, 4),
];

describe.each(Object.keys(makers) as (keyof typeof makers)[])("%s", (name) => {
  const expected = results(plain, makers[name]);
  it.each(allNames)("computes the same with %s …", (...names) => {
    expect(results(names, makers[name])).toEqual(expected);
  });
});

/** The description that the generated entry module gives. */
function cellInfo(names: readonly string[]): CellInfo {
  const cell = cellOf(names);
  const entry = Object.entries(cell.files).find(([path]) =>
    /^[^/]+\.js$/.test(path),
  )!;
  const text = entry[1]
    .replace(/^import .*$/m, "")
    .replace(/^export \{.*$/m, "return cell;");
  return new Function("defineCell", text)(defineCell) as CellInfo;
}

/** A cell as an application loads it. */
function load(names: readonly string[], backend: "ts" | "wasm"): LoadedCell {
  const cell = cellOf(names);
  const info = cellInfo(names);
  const module =
    backend === "ts"
      ? instantiate(cell.schedule)
      : instantiateWasm(cell.schedule, assembler);
  const sizes = Object.fromEntries(numbers.map((n, i) => [names[i]!, n]));
  return bindCell(info, module, backend, { sizes, seed: 3 }) as LoadedCell;
}

function calls(names: readonly string[], backend: "ts" | "wasm") {
  const cell = load(names, backend);
  const of = (index: number, value: unknown): readonly [string, never] => [
    names[index]!,
    value as never,
  ];
  const record = (...entries: readonly (readonly [string, never])[]) =>
    Object.fromEntries(entries);
  const read = (
    arrays: Readonly<Partial<Record<string, ArrayLike<number>>>>,
    ...keys: readonly string[]
  ) =>
    keys.map((key) => {
      expect(Object.hasOwn(arrays, key), key).toBe(true);
      return Array.from(arrays[key]!);
    });
  const wave = (length: number): number[] =>
    Array.from({ length }, (_, i) => Math.sin(i + 1));
  const [, , x, m, w, k, h, c, y] = names as [string, ...string[]];
  // Parameters start from a seed and their name.
  cell.param[w!]!.set(wave(6));
  const options = {
    batch,
    context: record(of(3, wave(6))),
    buffers: record(of(5, wave(3))),
  };
  const inputs = record(of(2, wave(12)));
  const found = [];
  for (const states of [
    {},
    record(of(6, wave(6))),
    record(of(7, wave(6)), [`${h}@2`, wave(6) as never]),
  ]) {
    const result = cell.forward(inputs, { ...options, states });
    found.push(read(result.outputs, y!), read(result.states, h!, `${h}@2`, c!));
    const cotangents = {
      outputs: record(of(8, wave(18))),
      states: record(of(7, wave(6))),
    };
    for (const each of [{}, cotangents]) {
      const grads = cell.backward(each);
      found.push(
        read(grads.inputs, x!),
        read(grads.context, m!),
        read(grads.states, h!, c!),
        read(cell.grad, w!),
      );
    }
  }
  const stepper = cell.stepper({ ...options, states: record(of(6, wave(6))) });
  for (let i = 0; i < 2; i++) {
    found.push(
      read(stepper.step(record(of(2, wave(4)))), y!),
      read(stepper.states, h!, c!),
    );
    if (i === 1) stepper.reset();
  }
  expect(() => cell.forward({}, options)).toThrow(
    `${cell.name}: input ${x} of shape`,
  );
  expect(() => cell.forward(inputs, { ...options, context: {} })).toThrow(
    `${cell.name}: context ${m} of shape`,
  );
  expect(() =>
    cell.forward(inputs, { ...options, states: record(of(4, [])) }),
  ).toThrow(`state ${w} is unknown`);
  expect(k).not.toBe("");
  cell.dispose();
  return found;
}

describe.each(["ts", "wasm"] as const)("loaded on %s", (backend) => {
  const expected = calls(plain, backend);
  it.each(allNames)("is called the same with %s …", (...names) => {
    expect(calls(names, backend)).toEqual(expected);
  });

  it("asks for buffers and sizes by their own names", () => {
    const names = rotated(ofObjects, 1);
    const cell = load(names, backend);
    expect(() =>
      cell.forward(Object.fromEntries([[names[2]!, [1, 2]]]), {
        context: Object.fromEntries([[names[3]!, [1, 2, 3]]]),
      }),
    ).toThrow(`buffer ${names[5]} of shape [3] is missing`);
    const { sizes, ...info } = { ...cellInfo(names), load: undefined };
    expect([...sizes].sort()).toEqual(names.slice(0, 2).sort());
    expect(() =>
      bindCell(
        { ...info, sizes } as CellInfo,
        instantiate(cellOf(names).schedule),
        "ts",
        { sizes: {} },
      ),
    ).toThrow(`size ${sizes[0]} is missing`);
  });
});

describe("the command line", () => {
  const names = ofObjects;
  const [N, M, x, m, w, k, h] = names;
  const data = `{
    "sizes": { "${N}": 1, "${M}": 1 },
    "inputs": { "${x}": [[[1]]] },
    "context": { "${m}": [[1]] },
    "buffers": { "${k}": [1] },
    "params": { "${w}": [[1]] },
    "cotangents": { "outputs": { "${names[8]}": [[[1]]] } }
  }`;

  it.each(["ts", "wasm", "interpreter"])("runs them on %s", async (backend) => {
    const folder = folderWith({ "a.cell": source(names), "data.json": data });
    const { code, out, err } = await cellc(folder, [
      "run",
      "a.cell",
      "--data",
      "data.json",
      "--backend",
      backend,
    ]);
    expect([code, err]).toEqual([0, ""]);
    const { outputs, states, grads } = JSON.parse(out) as Record<
      string,
      Record<string, unknown>
    >;
    expect(Object.keys(outputs!)).toEqual([names[8]]);
    expect(Object.keys(states!)).toEqual([h, `${h}@2`, names[7]]);
    expect(Object.keys(grads!)).toEqual([
      "params",
      "inputs",
      "context",
      "states",
    ]);
  });

  it("takes sizes and constants by these names", async () => {
    const folder = folderWith({ "a.cell": source(names) });
    const checked = await cellc(folder, [
      "gradcheck",
      "a.cell",
      "--size",
      `${N}=2`,
      "-D",
      `${names[10]}=0.25`,
      "--json",
    ]);
    expect(checked.err).toBe("");
    expect(checked.code).toBe(0);
    const wrong = await cellc(folder, [
      "gradcheck",
      "a.cell",
      "-D",
      "valueOf=1",
    ]);
    expect(wrong.code).toBe(2);
    const proto = await cellc(
      folderWith({ "a.cell": source(rotated(names, 2)) }),
      ["gradcheck", "a.cell", "--size", "__proto__=3", "--json"],
    );
    expect(JSON.parse(proto.out)).toMatchObject({ ok: true });
    expect(proto.out).toContain('"__proto__":3');
  });
});

it("gradients of such cells agree with differences", () => {
  for (const names of [ofObjects, ofTargets, ofScripts])
    expect(gradcheckCell(cellOf(names)).summary).toContain("gradients agree");
});
