/** What a loaded cell says to calls that do not fit, and cells that no spec of the library shows. */
import { describe, expect, it } from "vitest";
import { instantiate } from "../../src/backends/ts/index.js";
import { compile } from "../../src/compile.js";
import { bindCell } from "../../src/runtime/index.js";
import type {
  CellInfo,
  CellNames,
  LoadedCell,
  LoadOptions,
} from "../../src/runtime/index.js";
import { BahdanauDecoder } from "../../generated/bahdanau-decoder.js";
import { CharLSTM } from "../../generated/char-lstm.js";
import { LSTM } from "../../generated/lstm.js";

const [M, N] = [2, 3];
const sizes = { M, N };

/** The generated types do not let such calls through; callers without types make them all the same. */
const untyped = (cell: unknown): LoadedCell => cell as LoadedCell;

describe("loading refuses", () => {
  const load = (options: object | null | undefined) =>
    (
      LSTM.load as unknown as (
        options: object | null | undefined,
      ) => Promise<LoadedCell>
    )(options);

  it.each([
    [undefined, "LSTM: size M is missing (sizes: M, N)"],
    [{}, "LSTM: size M is missing (sizes: M, N)"],
    [null, "LSTM: load takes an object with backend, sizes, precision"],
    [
      { sizes, backnd: "wasm" },
      "LSTM: load has no option backnd; did you mean backend?",
    ],
    [{ size: { M, N } }, "LSTM: load has no option size; did you mean sizes?"],
    [
      { sizes, device: {} },
      "LSTM: load has no option device; it has: backend, sizes, precision, threads, seed, buffers",
    ],
    [{ sizes: { M } }, "LSTM: size N is missing"],
    [{ sizes: { M, N, K: 1 } }, "LSTM: size K is unknown; the cell has: M, N"],
    [
      { sizes: { M, N: 0 } },
      "size N is 0; it must be a whole number from 1 on",
    ],
    [{ sizes: { M, N: 1.5 } }, "size N is 1.5"],
    [{ sizes: { M, N: "3" } }, "size N is 3"],
    [{ sizes: { M, N: 1e6 } }, "would have 1000000000000 elements"],
    [
      { sizes, backend: "metal" },
      "LSTM has no kernels for the backend metal; it was compiled for: wasm, ts",
    ],
    [{ sizes, precision: "f16" }, "precision is f16; it must be f32 or f64"],
    [
      { sizes, buffers: { b: [1] } },
      "LSTM: buffer b is unknown; the cell has: none",
    ],
  ])("%j", async (options, message) => {
    await expect(load(options)).rejects.toThrow(message);
  });
});

describe("a call refuses", () => {
  const x = new Float32Array(4 * 2 * M);
  const batch = 2;
  const wrong: readonly (readonly [
    string,
    (cell: LoadedCell) => void,
    string,
  ])[] = [
    [
      "a missing input",
      (c) => c.forward({}),
      "LSTM: input x of shape [T, B=1, 2] is missing",
    ],
    [
      "nothing at all",
      (c) => c.forward(undefined as never),
      "LSTM: input x of shape [T, B=1, 2] is missing",
    ],
    [
      "an array in place of arrays by name",
      (c) => c.forward(x as never),
      "LSTM: inputs: expected an object with arrays by name (x), got an array",
    ],
    [
      "nested arrays",
      (c) => c.forward({ x: [[1, 2], x] as never }),
      "LSTM: input x: expected a flat array of numbers; element 0 is an array",
    ],
    [
      "a text",
      (c) => c.forward({ x: "12" as never }),
      "LSTM: input x: expected a flat array of numbers, got a string",
    ],
    [
      "texts",
      (c) =>
        c.forward({ x }, { states: { h: [0, 1, "2"] as never }, batch: 1 }),
      "LSTM: state h: expected a flat array of numbers; element 2 is a string",
    ],
    [
      "a number",
      (c) => c.forward({ x: 12 as never }),
      "LSTM: input x: expected a flat array of numbers, got 12",
    ],
    [
      "null",
      (c) => c.forward({ x: null as never }),
      "LSTM: input x: expected a flat array of numbers, got null",
    ],
    [
      "an array with holes",
      (c) => c.forward({ x: Array.from({ length: 2 }) as never }),
      "element 0 is undefined",
    ],
    [
      "options that are none",
      (c) => c.forward({ x }, 5 as never),
      "LSTM: forward takes an object with batch, steps, ",
    ],
    [
      "cotangents that are none",
      (c) => {
        c.forward({ x });
        c.backward(undefined as never);
      },
      "LSTM: backward takes an object with outputs, states; got undefined",
    ],
    [
      "an unknown input",
      (c) => c.forward({ x, y: x }),
      "LSTM: input y is unknown; the cell has: x",
    ],
    [
      "half a step",
      (c) => c.forward({ x: new Float32Array(5) }, { batch }),
      "5 numbers are not a whole number of steps of [B=2, 2], which have 4 each",
    ],
    [
      "no step",
      (c) => c.forward({ x: [] }),
      "0 numbers are not a whole number of steps",
    ],
    [
      "other steps than said",
      (c) => c.forward({ x }, { batch, steps: 3 }),
      "LSTM: input x: expected 12 numbers for [T=3, B=2, 2], got 16",
    ],
    [
      "a state of another size",
      (c) => c.forward({ x }, { batch, states: { h: [1, 2, 3] } }),
      "LSTM: state h: expected 6 numbers for [B=2, 3], got 3",
    ],
    [
      "an unknown state",
      (c) => c.forward({ x }, { states: { "h@2": [1] } }),
      "LSTM: state h@2 is unknown; the cell has: h, c",
    ],
    [
      "an unknown context",
      (c) => c.forward({ x }, { context: { m: [1] } }),
      "LSTM: context m is unknown; the cell has: none",
    ],
    ["a batch of 0", (c) => c.forward({ x }, { batch: 0 }), "batch is 0"],
    [
      "lengths of another batch",
      (c) => c.forward({ x }, { batch, lengths: [1] }),
      "lengths: expected 2 numbers for [B=2], got 1",
    ],
    [
      "lengths beyond the end",
      (c) => c.forward({ x }, { lengths: [4, 5] }),
      "lengths[1] is 5; lengths are whole numbers from 0 to the 4 steps",
    ],
    [
      "negative lengths",
      (c) => c.forward({ x }, { lengths: [4, -1] }),
      "lengths[1] is -1",
    ],
    [
      "a mistyped option",
      (c) => c.forward({ x }, { lenghts: [4, 4] } as object),
      "LSTM: forward has no option lenghts; did you mean lengths?",
    ],
    [
      "an option that is nothing like any",
      (c) => c.forward({ x }, { training: true } as object),
      "LSTM: forward has no option training; it has: batch, steps, context, states, lengths, buffers, t0, keep, sameParams",
    ],
    [
      "a mistyped option of backward",
      (c) => {
        c.forward({ x });
        c.backward({}, { Accumulate: true } as object);
      },
      "LSTM: backward has no option Accumulate; did you mean accumulate?",
    ],
    [
      "cotangents that are not told of what",
      (c) => {
        c.forward({ x });
        c.backward({ h: [1] } as object);
      },
      "LSTM: backward has no option h; it has: outputs, states",
    ],
    [
      "a mistyped option of a stepper",
      (c) => c.stepper({ state: {} } as object),
      "LSTM: stepper has no option state; did you mean states?",
    ],
    ["a negative t0", (c) => c.forward({ x }, { t0: -1 }), "t0 is -1"],
    [
      "backward before forward",
      (c) => c.backward({}),
      "LSTM: backward needs a forward pass",
    ],
    [
      "backward after a step",
      (c) => {
        c.forward({ x });
        c.stepper().step({ x: [1, 2] });
        c.backward({});
      },
      "backward needs a forward pass",
    ],
    [
      "cotangents of another size",
      (c) => {
        c.forward({ x }, { batch });
        c.backward({ outputs: { h: [1] } });
      },
      "LSTM: cotangent of output h: expected 24 numbers for [T=4, B=2, 3], got 1",
    ],
    [
      "cotangents of nothing",
      (c) => {
        c.forward({ x });
        c.backward({ states: { q: [1] } });
      },
      "LSTM: cotangent of state q is unknown; the cell has: h, c",
    ],
    [
      "steps of more than one row",
      (c) => c.stepper().step({ x: [1, 2, 3, 4] }),
      "expected 2 numbers for [T=1, B=1, 2], got 4",
    ],
    [
      "a stepper's unknown state",
      (c) => c.stepper({ states: { q: [1] } }),
      "LSTM: state q is unknown",
    ],
    [
      "anything after dispose",
      (c) => {
        c.dispose();
        c.dispose();
        c.forward({ x });
      },
      "LSTM: the cell is disposed",
    ],
  ];

  it.each(wrong)("%s", async (_, call, message) => {
    const cell = await LSTM.load({ sizes });
    expect(() => call(untyped(cell))).toThrow(message);
  });

  it("tokens that are none, and leaves the cell usable", async () => {
    const cell = await CharLSTM.load({ sizes: { V: 5, N } });
    for (const token of [5, -1, 0.5, NaN])
      expect(() => cell.forward({ k: [0, token] })).toThrow(
        `CharLSTM: input k[1] is ${token}; tokens are whole numbers from 0 to 4`,
      );
    expect(cell.forward({ k: [0, 4] }).outputs.logits).toHaveLength(10);
  });

  it("a missing context", async () => {
    const cell = await BahdanauDecoder.load({
      sizes: { M, N, S: 4, D: 2, A: 1 },
    });
    expect(() => cell.forward({ x: [1, 2] })).toThrow(
      "BahdanauDecoder: context m of shape [B=1, 4, 2] is missing",
    );
  });
});

const vector = (
  name: string,
): { name: string; type: string; shape: CellInfo["inputs"][0]["shape"] } => ({
  name,
  type: "[N]",
  shape: (size) => [size["N"]!],
});

/** A cell from text, with the description that its entry module would have. */
function bind(
  text: string,
  info: Partial<CellInfo>,
  options: LoadOptions<CellNames, "f64">,
): LoadedCell {
  const { cells, diagnostics } = compile(text);
  expect(diagnostics).toEqual([]);
  const module = instantiate(cells[0]!.schedule);
  const nothing = {
    inputs: [],
    context: [],
    params: [],
    buffers: [],
    states: [],
    outputs: [],
  };
  return untyped(
    bindCell(
      {
        name: cells[0]!.name,
        doc: [],
        sizes: [],
        requirements: [],
        ...nothing,
        backends: {},
        ...info,
      },
      module,
      "ts",
      { precision: "f64", ...options },
    ),
  );
}

describe("buffers that the caller gives", () => {
  const masked = (options: object = {}) =>
    bind(
      "cell Masked { input x: [N] buffer mask: [N] y = mask * x output y }",
      {
        sizes: ["N"],
        inputs: [vector("x")],
        buffers: [vector("mask")],
        outputs: [vector("y")],
      },
      { sizes: { N: 2 }, ...options },
    );

  it("are asked for, kept, and replaced", () => {
    const cell = masked();
    expect(() => cell.forward({ x: [3, 4] })).toThrow(
      "Masked: buffer mask of shape [2] is missing",
    );
    const buffers = { mask: [1, 0] };
    expect([...cell.forward({ x: [3, 4] }, { buffers }).outputs["y"]!]).toEqual(
      [3, 0],
    );
    expect([...cell.forward({ x: [5, 6, 7, 8] }).outputs["y"]!]).toEqual([
      5, 0, 7, 0,
    ]);
    expect([
      ...masked({ buffers }).forward({ x: [3, 4] }).outputs["y"]!,
    ]).toEqual([3, 0]);
    expect(() => masked({ buffers: { mask: [1] } })).toThrow(
      "Masked: buffer mask: expected 2 numbers for [2], got 1",
    );
  });

  it("are each stepper's own", () => {
    const cell = masked();
    const [first, second] = [
      [1, 0],
      [0, 1],
    ].map((mask) => cell.stepper({ buffers: { mask } }));
    const step = (stepper: typeof first) => [
      ...stepper!.step({ x: [3, 4] })["y"]!,
    ];
    expect([step(first), step(second), step(first)]).toEqual([
      [3, 0],
      [0, 4],
      [3, 0],
    ]);
  });
});

describe("cells without inputs", () => {
  const clock = () =>
    bind(
      "cell Clock { state n: [] n = n[t-1] + t output n }",
      {
        states: [{ name: "n", type: "[]", shape: () => [], lag: 1 }],
        outputs: [{ name: "n", type: "[]", shape: () => [] }],
      },
      { sizes: {} },
    );

  it("are told how many steps to make", () => {
    expect(() => clock().forward({})).toThrow(
      "say how many steps it makes with `steps`",
    );
    expect([...clock().forward({}, { steps: 4 }).outputs["n"]!]).toEqual([
      0, 1, 3, 6,
    ]);
    const stepper = clock().stepper({ t0: 2 });
    expect([stepper.step({})["n"]![0], stepper.step({})["n"]![0]]).toEqual([
      2, 5,
    ]);
  });
});

describe("states that are tokens", () => {
  it("stay tokens from call to call", () => {
    const cell = bind(
      "cell Last { input k: token[V] param e: [V] y = pick(e, k[t-1]) output y }",
      {
        sizes: ["V"],
        inputs: [
          {
            name: "k",
            type: "[]",
            shape: () => [],
            vocabulary: (size) => size["V"]!,
          },
        ],
        params: [
          {
            ...vector("e"),
            shape: (size) => [size["V"]!],
            initializer: { kind: "constant", value: 0 },
          },
        ],
        states: [
          {
            name: "k",
            type: "[]",
            shape: () => [],
            lag: 1,
            vocabulary: (size) => size["V"]!,
          },
        ],
        outputs: [{ name: "y", type: "[]", shape: () => [] }],
      },
      { sizes: { V: 3 } },
    );
    cell.params.set([10, 20, 30]);
    const first = cell.forward({ k: [2, 1] }, { states: { k: [1] } });
    expect([...first.outputs["y"]!]).toEqual([20, 30]);
    expect(first.states["k"]).toEqual(Int32Array.of(1));
    expect([
      ...cell.forward({ k: [0, 0, 2] }, { states: first.states }).outputs["y"]!,
    ]).toEqual([20, 10, 10]);
    expect(() => cell.forward({ k: [0] }, { states: { k: [3] } })).toThrow(
      "Last: state k[0] is 3",
    );
    expect(() => cell.backward({ states: { k: [1] } })).toThrow();
    const stepper = cell.stepper();
    expect([2, 1, 0].map((k) => stepper.step({ k: [k] })["y"]![0])).toEqual([
      10, 30, 20,
    ]);
  });
});

describe("sizes for which a part is no whole number", () => {
  it("are refused by the generated module", async () => {
    const text =
      "cell Halves { input x: [N] half = slice(x, 0, N/2) y = sum(half) output y }";
    const entry = compile(text).cells[0]!.files["halves.js"]!;
    expect(entry).toContain("size: (size) => size.N / 2,");
    const cell = (size: number) =>
      bind(
        text,
        {
          sizes: ["N"],
          requirements: [
            { where: "half", least: 1, size: ({ N: n }) => n! / 2 },
          ],
          inputs: [vector("x")],
          outputs: [{ name: "y", type: "[]", shape: () => [] }],
        },
        { sizes: { N: size } },
      );
    expect(() => cell(5)).toThrow(
      "Halves: half gives 2.5 with N = 5; it must be a whole number from 1 on",
    );
    expect([...cell(4).forward({ x: [1, 2, 3, 4] }).outputs["y"]!]).toEqual([
      3,
    ]);
  });
});
