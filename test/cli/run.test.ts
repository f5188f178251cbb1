import { describe, expect, it } from "vitest";
import { cellc, folderWith, leaky } from "./harness.js";

const data = {
  sizes: { N: 2 },
  params: { w: [2, 3] },
  buffers: { mask: [1, 0.5] },
  inputs: { x: [[[1, 2]], [[3, 4]], [[5, 6]]] },
  context: { m: [[0.25, 0]] },
  states: { h: [[8, -8]] },
  cotangents: {
    outputs: { h: [[[1, 0]], [[0, 0]], [[0, 1]]] },
    states: { h: [[1, 1]] },
  },
};

/** What `leaky` does, by hand. */
function byHand() {
  const h = [...data.states.h[0]!];
  const outputs: number[][][] = [];
  for (const [row] of data.inputs.x) {
    h.forEach((value, i) => {
      h[i] =
        0.5 * value +
        data.params.w[i]! * row![i]! * data.buffers.mask[i]! +
        data.context.m[0]![i]!;
    });
    outputs.push([[...h]]);
  }
  const dw = [0, 0];
  const dm = [0, 0];
  const dx: number[][][] = [];
  const carried = [...data.cotangents.states.h[0]!];
  for (let t = 2; t >= 0; t--) {
    const row = carried.map(
      (value, i) => value + data.cotangents.outputs.h[t]![0]![i]!,
    );
    row.forEach((value, i) => {
      dw[i]! += value * data.inputs.x[t]![0]![i]! * data.buffers.mask[i]!;
      dm[i]! += value;
      carried[i] = 0.5 * value;
    });
    dx.unshift([
      row.map((value, i) => value * data.params.w[i]! * data.buffers.mask[i]!),
    ]);
  }
  return {
    outputs: { h: outputs },
    states: { h: outputs[2] },
    grads: {
      params: { w: dw },
      inputs: { x: dx },
      context: { m: [dm] },
      states: { h: [carried] },
    },
  };
}

const run = async (json: unknown, ...more: string[]) => {
  const folder = folderWith({ "leaky.cell": leaky });
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return cellc(folder, ["run", "leaky.cell", "--data", "-", ...more], text);
};

describe("cellc run", () => {
  // Every number is a sum of few products of short binary fractions: all backends are exact.
  it.each([
    ["the default, ts at f64", []],
    ["ts at f32", ["--precision", "f32"]],
    ["wasm", ["--backend", "wasm"]],
    ["the interpreter", ["--backend", "interpreter"]],
  ])("gives outputs, states and gradients: %s", async (_, more) => {
    const { code, out, err } = await run(data, ...more);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(byHand());
  });

  it("reads a file and picks the cell", async () => {
    const folder = folderWith({
      "a/two.cell": `${leaky}cell Other { input u: [] output u }`,
      "a/in.json": JSON.stringify(data),
    });
    const argv = ["run", "a/two.cell", "--data", "a/in.json"];
    expect((await cellc(folder, argv)).err).toContain(
      "several cells; say which with --cell: Leaky, Other",
    );
    const { code, out } = await cellc(folder, [...argv, "--cell", "Leaky"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(byHand());
    const wrong = await cellc(folder, [...argv, "--cell", "Leeky"]);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("did you mean Leaky?");
  });

  it("prints no gradients without cotangents", async () => {
    const { cotangents: _, ...forward } = data;
    const { grads: __, ...expected } = byHand();
    expect(JSON.parse((await run(forward)).out)).toEqual(expected);
  });

  it("starts missing states at zero and missing cotangents too", async () => {
    const { states: _, ...rest } = data;
    const zero = await run({ ...rest, cotangents: {} });
    const given = await run({
      ...rest,
      states: { h: [[0, 0]] },
      cotangents: { outputs: {}, states: { h: [[0, 0]] } },
    });
    expect(zero.code).toBe(0);
    expect(zero.out).toBe(given.out);
    expect(JSON.parse(zero.out).grads.params.w).toEqual([0, 0]);
  });

  it("takes -D", async () => {
    const half = await run(data);
    const same = await run(data, "-D", "rate=0.5");
    const other = await run(data, "-D", "rate=0.25");
    expect(same.out).toBe(half.out);
    expect(other.out).not.toBe(half.out);
  });

  it("knows sequences of different lengths", async () => {
    const two = {
      ...data,
      inputs: { x: data.inputs.x.map(([row]) => [row, row]) },
      context: { m: [data.context.m[0], data.context.m[0]] },
      states: { h: [data.states.h[0], data.states.h[0]] },
      lengths: [3, 1],
    };
    const { cotangents: _, ...forward } = two;
    const { out, code } = await run(forward);
    expect(code).toBe(0);
    const { outputs, states } = JSON.parse(out);
    const expected = byHand().outputs.h;
    expect(states.h).toEqual([expected[2]![0], expected[0]![0]]);
    expect(outputs.h[2]).toEqual([expected[2]![0], [0, 0]]);
  });

  it("runs cells without inputs for `steps` steps, from t0", async () => {
    const folder = folderWith({
      "clock.cell": "cell Clock { state n: [] n = n[t-1] + t output n }",
    });
    const go = (json: object) =>
      cellc(folder, ["run", "clock.cell", "--data", "-"], JSON.stringify(json));
    const { out } = await go({ steps: 3, t0: 10, states: { n: [1] } });
    expect(JSON.parse(out)).toEqual({
      outputs: { n: [[11], [22], [34]] },
      states: { n: [34] },
    });
    expect((await go({})).err).toContain('"steps"');
  });

  it("gives and takes all lags of a state", async () => {
    const folder = folderWith({
      "lags.cell":
        "cell Lags { input x: [] input k: token[3] param e: [3] y = x + x[t-2] + pick(e, k[t-1]) output y }",
    });
    const { out, code, err } = await cellc(
      folder,
      ["run", "lags.cell", "--data", "-"],
      JSON.stringify({
        params: { e: [100, 200, 300] },
        inputs: { x: [[1], [2], [3]], k: [[2], [1], [0]] },
        states: { "x@2": [20], x: [10], k: [1] },
      }),
    );
    expect(err).toBe("");
    expect(code).toBe(0);
    const { outputs, states } = JSON.parse(out);
    // x[t-2] is x@2 at the first step and x at the second.
    expect(outputs.y).toEqual([[1 + 20 + 200], [2 + 10 + 300], [3 + 1 + 200]]);
    expect(states).toEqual({ x: [3], "x@2": [2], k: [0] });
  });
});

describe("cellc run refuses", () => {
  const wrong: readonly (readonly [string, object | string, string])[] = [
    [
      "another shape",
      { ...data, params: { w: [1, 2, 3] } },
      "parameter w: expected shape [N=2], got [3]",
    ],
    [
      "a missing axis",
      { ...data, inputs: { x: [[1, 2]] } },
      "input x: expected shape [T=1, B=2, N=2], got [1, 2]",
    ],
    [
      "batches that differ",
      {
        ...data,
        states: {
          h: [
            [1, 2],
            [3, 4],
          ],
        },
      },
      "state h: expected shape [B=1, N=2], got [2, 2]",
    ],
    [
      "steps that differ",
      { ...data, steps: 4 },
      "input x: expected shape [T=4, B=1, N=2], got [3, 1, 2]",
    ],
    [
      "ragged arrays",
      { ...data, inputs: { x: [[[1, 2]], [[3]], [[5, 6]]] } },
      "input x: ragged array; x[1][0] has 1 element",
    ],
    [
      "a missing parameter",
      { ...data, params: {} },
      "parameter w of shape [N=2] is missing",
    ],
    ["a missing input", { ...data, inputs: {} }, "input x of shape"],
    [
      "a missing buffer",
      { ...data, buffers: {} },
      "buffer mask of shape [N=2] is missing",
    ],
    ["a missing context", { ...data, context: {} }, "context m of shape"],
    [
      "an unknown parameter",
      { ...data, params: { w: [1, 2], v: [1] } },
      "parameter v is unknown; there are: w",
    ],
    [
      "an unknown input",
      { ...data, inputs: { ...data.inputs, z: [] } },
      "input z is unknown; there are: x",
    ],
    [
      "an unknown state",
      { ...data, states: { "h@2": [[1, 2]] } },
      "state h@2 is unknown; there are: h",
    ],
    [
      "an unknown cotangent",
      { ...data, cotangents: { outputs: { q: 1 } } },
      "cotangent of output q is unknown; there are: h",
    ],
    [
      "an unknown member",
      { ...data, parameters: {} },
      'an unknown member "parameters"',
    ],
    ["a missing size", { ...data, sizes: {} }, "size N is missing"],
    [
      "an unknown size",
      { ...data, sizes: { N: 2, M: 1 } },
      "size M is unknown",
    ],
    ["a size of 0", { ...data, sizes: { N: 0 } }, "size N is 0"],
    [
      "a size that is no number",
      { ...data, sizes: { N: "2" } },
      'size N is "2"',
    ],
    ["null", { ...data, params: { w: [null, 1] } }, "w[0] is null"],
    ["text", { ...data, params: { w: ["1", 1] } }, 'w[0] is "1"'],
    [
      "numbers out of range",
      JSON.stringify(data).replace('"w":[2,3]', '"w":[1e999,3]'),
      "w[0] is Infinity",
    ],
    ["NaN", '{"sizes": {"N": NaN}}', "is not JSON"],
    [
      "other things than objects",
      "[1]",
      "the data: expected an object, got [1]",
    ],
    [
      "lists of parameters",
      { ...data, params: [1] },
      "params: expected an object",
    ],
    ["no steps", { ...data, inputs: { x: [] } }, "there are no steps"],
    ["steps of 0", { ...data, steps: 0 }, "steps is 0"],
    ["a fractional t0", { ...data, t0: 0.5 }, "t0 is 0.5"],
    ["lengths beyond the steps", { ...data, lengths: [4] }, "lengths[0] is 4"],
    [
      "names like __proto__",
      '{"sizes":{"N":2},"params":{"__proto__":[1]}}',
      "parameter __proto__ is unknown",
    ],
  ];
  it.each(wrong)("%s", async (_, json, message) => {
    const { code, out, err } = await run(json);
    expect(err).toContain(message);
    expect(err).toMatch(/^error: [^\n]*\n$/);
    expect(out).toBe("");
    expect(code).toBe(2);
  });

  it("tokens that are none", async () => {
    const folder = folderWith({
      "k.cell":
        "cell K { input k: token[V] param e: [V] y = pick(e, k) output y }",
    });
    for (const [token, what] of [
      [3, "3"],
      [-1, "-1"],
      [1.5, "1.5"],
    ] as const) {
      const { code, err } = await cellc(
        folder,
        ["run", "k.cell", "--data", "-"],
        JSON.stringify({
          sizes: { V: 3 },
          params: { e: [1, 2, 3] },
          inputs: { k: [[0], [token]] },
        }),
      );
      expect(err).toContain(
        `input k: k[1][0] is ${what}; tokens are whole numbers from 0 to 2`,
      );
      expect(code).toBe(2);
    }
  });

  it("sizes for which a shape is no whole number", async () => {
    const folder = folderWith({
      "h.cell": "cell H { input x: [N/4] y = x * 2 output y }",
    });
    const { code, err } = await cellc(
      folder,
      ["run", "h.cell", "--data", "-"],
      JSON.stringify({ sizes: { N: 6 }, inputs: { x: [[[1]]] } }),
    );
    expect(err).toContain("N/4 is 1.5 for N = 6");
    expect(code).toBe(2);
  });

  it("more numbers than can be printed", async () => {
    const folder = folderWith({
      "big.cell": "cell Big { y: [N] = ones(N) * t output y }",
    });
    const { code, err } = await cellc(
      folder,
      ["run", "big.cell", "--data", "-"],
      JSON.stringify({ sizes: { N: 1e6 }, steps: 1e6 }),
    );
    expect(err).toContain("output y would have 1000000000000 numbers");
    expect(code).toBe(2);
  });

  it.each([
    [["--backend", "wgsl", "--precision", "f64"], "f32 alone"],
    [["--backend", "wasm", "--precision", "f64"], "f32 alone"],
    [
      ["--backend", "cuda"],
      "unknown backend cuda; there are: ts, wasm, wgsl, interpreter",
    ],
    [["--precision", "f16"], "--precision"],
    [["--backend", "interpreter", "--precision", "f32"], "f64 alone"],
    [["-D", "rate"], "not of the form name=value"],
    [["-D", "rate=fast"], "not a number"],
    [["--frobnicate"], "unknown option"],
  ])("the call %j", async (more, message) => {
    const { code, err } = await run(data, ...more);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  it("numbers beyond float32, where that is what is calculated in", async () => {
    const large = { ...data, inputs: { x: [[[1, 1e39]], [[3, 4]], [[5, 6]]] } };
    for (const more of [
      ["--precision", "f32"],
      ["--backend", "wasm"],
    ]) {
      const { code, err } = await run(large, ...more);
      expect(err).toContain(
        "input x has 1e+39, which is too large for float32",
      );
      expect(code).toBe(2);
    }
    expect((await run(large)).code).toBe(0);
  });

  it("nothing where numbers overflow, but says that they did", async () => {
    const large = { ...data, params: { w: [1e308, 1e308] } };
    const { code, out, err } = await run({
      ...large,
      states: { h: [[1e308, 1]] },
    });
    expect(code).toBe(0);
    expect(out).toContain("null");
    expect(err).toMatch(/^note: \d+ numbers are not finite; JSON has no such/);
  });

  it("files that are not there", async () => {
    const folder = folderWith({ "leaky.cell": leaky });
    const missing = await cellc(folder, [
      "run",
      "leaky.cell",
      "--data",
      "none.json",
    ]);
    expect(missing.err).toContain("cannot read none.json");
    expect(missing.code).toBe(2);
    const spec = await cellc(folder, ["run", "none.cell", "--data", "-"]);
    expect(spec.err).toContain("cannot read none.cell");
    expect(spec.code).toBe(2);
  });

  it("wrong specs, with exit code 1", async () => {
    const folder = folderWith({ "bad.cell": "cell Bad { output y }" });
    const { code, out } = await cellc(folder, [
      "run",
      "bad.cell",
      "--data",
      "-",
      "--json",
    ]);
    expect(code).toBe(1);
    const answer = JSON.parse(out);
    expect(answer.ok).toBe(false);
    expect(answer.diagnostics.length).toBeGreaterThan(0);
  });
});
