/** What functions make of NaN, of infinities, and of numbers whose squares are outside of the range of float32. */
import { expect, it } from "vitest";
import { cellOf, everywhere, expectNumbers } from "./everywhere.js";
import type { Backend } from "./everywhere.js";

/** A few roundings in float32; the interpreter's own precision is not the question here. */
const tolerance = 2e-6;

const cellWith = (
  declarations: string,
  values: Readonly<Record<string, string>>,
) =>
  cellOf(
    `cell Edges { ${declarations} ${Object.entries(values)
      .map(([name, text]) => `${name} = ${text}`)
      .join(" ")} output ${Object.keys(values).join(", ")} }`,
  );

/** A name for each text. */
const numbered = (texts: readonly string[]): Record<string, string> =>
  Object.fromEntries(texts.map((text, i) => [`y${i}`, text]));

const ofOne =
  "tanh sigmoid log_sigmoid relu leaky_relu elu selu gelu silu softplus softsign hard_sigmoid hard_tanh exp log log1p expm1 sqrt rsqrt abs sign sin cos erf square reciprocal floor coupled stop_gradient".split(
    " ",
  );
const ofTwo = "min max mod".split(" ");
const elementwise = [
  ...ofOne.map((name) => `${name}(x)`),
  ...ofTwo.flatMap((name) => [`${name}(x, 0.5)`, `${name}(0.5, x)`]),
  "pow(x, 2.5)",
  "pow(2.5, x)",
  "x ^ 2",
  "clamp(x, -1, 1)",
  "clamp(0.5, x, 1)",
  "clamp(0.5, -1, x)",
  "leaky_relu(x, 0)",
  "elu(x, 2)",
  "max(0.5, x, 2)",
  "where(x > 0, x, x)",
  "-x",
  "x - x",
];
const alongAnAxis = [
  ..."sum mean var max_of min_of norm logsumexp"
    .split(" ")
    .map((name) => `${name}(v)`),
  ..."softmax log_softmax normalize".split(" ").map((name) => `${name}(v)`),
  "layer_norm(v, g, g)",
  "rms_norm(v, g)",
];

everywhere("NaN goes in, NaN comes out", (_, run) => {
  it("number by number", async () => {
    const values = numbered(elementwise);
    const cell = cellWith("input x: []", values);
    const { outputs } = await run(cell, { inputs: { x: [NaN] } });
    expect(
      Object.entries(values).flatMap(([name, text]) =>
        Number.isNaN(outputs[name]![0]!)
          ? []
          : `${text} = ${outputs[name]![0]!}`,
      ),
    ).toEqual([]);
  });

  it.each([0, 1, 2])("along an axis, at place %i", async (place) => {
    const values = numbered(alongAnAxis);
    const cell = cellWith("input v: [N] input g: [N]", values);
    const v = [0.5, -1, 2];
    v[place] = NaN;
    const { outputs } = await run(cell, {
      sizes: { N: 3 },
      inputs: { v, g: [1, 2, 3] },
    });
    for (const [name, text] of Object.entries(values))
      expect([...outputs[name]!].every(Number.isNaN), text).toBe(true);
  });

  it("and comparisons with it are false, all but `!=`", async () => {
    const tests = ["<", "<=", ">", ">=", "==", "!="];
    const values = numbered(
      tests.flatMap((test) => [
        `where(x ${test} 1, 1, 0)`,
        `where(1 ${test} x, 1, 0)`,
        `where(x ${test} x, 1, 0)`,
      ]),
    );
    const { outputs } = await run(cellWith("input x: []", values), {
      inputs: { x: [NaN] },
    });
    expect(Object.values(outputs).map((y) => y[0])).toEqual([
      ...Array<number>(15).fill(0),
      1,
      1,
      1,
    ]);
  });
});

const inf = Infinity;

everywhere("infinities", (_, run) => {
  it("number by number", async () => {
    const limits: Record<string, readonly [low: number, high: number]> = {
      tanh: [-1, 1],
      sigmoid: [0, 1],
      log_sigmoid: [-inf, 0],
      relu: [0, inf],
      leaky_relu: [-inf, inf],
      elu: [-1, inf],
      gelu: [0, inf],
      silu: [0, inf],
      softplus: [0, inf],
      softsign: [-1, 1],
      hard_sigmoid: [0, 1],
      hard_tanh: [-1, 1],
      exp: [0, inf],
      expm1: [-1, inf],
      abs: [inf, inf],
      sign: [-1, 1],
      erf: [-1, 1],
      square: [inf, inf],
      reciprocal: [0, 0],
    };
    const names = Object.keys(limits);
    const cell = cellWith("input x: []", numbered(names.map((n) => `${n}(x)`)));
    const { outputs } = await run(cell, {
      steps: 2,
      inputs: { x: [-inf, inf] },
    });
    names.forEach((name, i) =>
      expectNumbers(outputs[`y${i}`]!, limits[name]!, tolerance, name),
    );
  });

  it.each<
    [
      v: readonly number[],
      logsumexp: number,
      softmax: readonly number[],
      log_softmax: readonly number[],
    ]
  >([
    [[-inf, -inf], -inf, [0, 0], [-inf, -inf]],
    [[inf, 1], inf, [1, 0], [0, -inf]],
    [[1, inf], inf, [0, 1], [-inf, 0]],
    [[inf, inf], inf, [0.5, 0.5], [-Math.LN2, -Math.LN2]],
    [[inf, -inf], inf, [1, 0], [0, -inf]],
    [[-inf, 1], 1, [0, 1], [-inf, 0]],
    [[3e38, -3e38], 3e38, [1, 0], [0, -inf]],
    [[-3e38, -3e38], -3e38, [0.5, 0.5], [-Math.LN2, -Math.LN2]],
  ])("softmax and its relatives of %j", async (v, sum, weights, logs) => {
    const given = { sizes: { N: 2 }, inputs: { v } };
    const of = async (text: string, cotangent: readonly number[]) => {
      const { outputs, gradients } = await run(
        cellWith("input v: [N]", { y: text }),
        { ...given, cotangents: { y: cotangent } },
      );
      return [outputs.y!, gradients.inputs.v!] as const;
    };
    const [total, slope] = await of("logsumexp(v)", [1]);
    expectNumbers(total, [sum], tolerance, "logsumexp");
    expectNumbers(slope, weights, tolerance, "its gradient");
    const [shares, ofShares] = await of("softmax(v)", [2, 3]);
    expectNumbers(shares, weights, tolerance, "softmax");
    const mean = 2 * weights[0]! + 3 * weights[1]!;
    expectNumbers(
      ofShares,
      [weights[0]! * (2 - mean), weights[1]! * (3 - mean)],
      tolerance,
      "its gradient",
    );
    const [found, ofLogs] = await of("log_softmax(v)", [2, 3]);
    expectNumbers(
      found,
      // In float64 the difference of such numbers is one.
      logs.map((value, i) =>
        v[i] === -3e38 && value === -inf ? found[i]! : value,
      ),
      tolerance,
      "log_softmax",
    );
    const masked = weights.every((weight) => weight === 0);
    expectNumbers(
      ofLogs,
      masked ? [0, 0] : [2 - 5 * weights[0]!, 3 - 5 * weights[1]!],
      tolerance,
      "its gradient",
    );
  });

  it("rows without anything to look at, among others", async () => {
    const cell = cellWith("input v: [S, N]", {
      a: "softmax(v)",
      b: "logsumexp(v)",
    });
    const { outputs, gradients } = await run(cell, {
      sizes: { S: 2, N: 3 },
      inputs: { v: [-inf, -inf, -inf, 0, -inf, 0] },
      cotangents: { a: [1, 2, 3, 1, 2, 3], b: [0, 0] },
    });
    expectNumbers(outputs.a!, [0, 0, 0, 0.5, 0, 0.5], tolerance);
    expectNumbers(outputs.b!, [-inf, Math.LN2], tolerance);
    expectNumbers(gradients.inputs.v!, [0, 0, 0, -0.5, 0, 0.5], tolerance);
  });
});

/** WebGPU may take numbers below 2^−126 for zero. */
const scales = (backend: Backend): readonly number[] => [
  ...(backend === "webgpu" ? [] : [1e-40]),
  1e-37,
  1e-30,
  1e-20,
  1e-10,
  1,
  1e10,
  1e20,
  1e30,
  5e37,
];

everywhere("squares beyond the range of float32", (backend, run) => {
  it.each(scales(backend))("vectors of the size of %d", async (scale) => {
    const v = [3 * scale, -4 * scale];
    // Denormals have fewer digits.
    const enough = scale < 1e-38 ? 1e-4 : tolerance;
    const norm = cellWith("input v: [N]", { y: "norm(v)" });
    const length = await run(norm, { sizes: { N: 2 }, inputs: { v } });
    expectNumbers(length.outputs.y!, [5 * scale], enough, "norm");
    expectNumbers(
      length.gradients.inputs.v!,
      [0.6, -0.8],
      enough,
      "gradient of norm",
    );
    // Where its slope is not too small for a float32.
    if (scale <= 1e30) {
      const unit = await run(cellWith("input v: [N]", { y: "normalize(v)" }), {
        sizes: { N: 2 },
        inputs: { v },
        cotangents: { y: [1, 0] },
      });
      const size = Math.max(5 * scale, 1e-12);
      expectNumbers(
        unit.outputs.y!,
        [(3 * scale) / size, (-4 * scale) / size],
        enough,
        "normalize",
      );
      const short = 5 * scale < 1e-12;
      const slope = 1 / size;
      expectNumbers(
        unit.gradients.inputs.v!,
        short ? [slope, 0] : [slope * 0.64, slope * 0.48],
        enough,
        "gradient of normalize",
      );
    }
    const others = cellWith("input v, g: [N]", {
      y: "rms_norm(v, g)",
      z: "layer_norm(v, g, 0 * g)",
    });
    const { outputs } = await run(others, {
      sizes: { N: 2 },
      inputs: { v, g: [1, 1] },
    });
    const rms = Math.sqrt(12.5 * scale ** 2 + 1e-5);
    expectNumbers(
      outputs.y!,
      [(3 * scale) / rms, (-4 * scale) / rms],
      enough,
      "rms_norm",
    );
    // Squared as it is.
    if (scale > 1e18) return;
    const deviation = Math.sqrt((3.5 * scale) ** 2 + 1e-5);
    expectNumbers(
      outputs.z!,
      [(3.5 * scale) / deviation, (-3.5 * scale) / deviation],
      enough,
      "layer_norm",
    );
  });

  it("the zero vector", async () => {
    const cell = cellWith("input v: [N]", { y: "norm(v)", z: "normalize(v)" });
    const { outputs, gradients } = await run(cell, {
      sizes: { N: 3 },
      inputs: { v: [0, 0, 0] },
    });
    expectNumbers(outputs.y!, [0], 0);
    expectNumbers(outputs.z!, [0, 0, 0], 0);
    expectNumbers(gradients.inputs.v!, [0, 0, 0], 0);
  });

  it("the zero vector again and again", async () => {
    const cell = cellOf(
      "cell Zero { input x: [N] state d: [N] d = normalize(d[t-1]) * x output d }",
    );
    const { gradients } = await run(cell, {
      sizes: { N: 2 },
      steps: 6,
      inputs: { x: Array<number>(12).fill(1) },
    });
    expectNumbers(gradients.states.d!, [0, 0], 0);
  });
});

everywhere("values that are chosen", (_, run) => {
  it("gives nothing to what is not, where the slope behind is infinite", async () => {
    const cell = cellWith("input x: []", {
      a: "sqrt(max(x, 0))",
      b: "log(max(x, 0) + 1e-30)",
      c: "sqrt(abs(min(x, 0)))",
      d: "sqrt(max_of(concat(x, 0)))",
    });
    const { gradients } = await run(cell, {
      steps: 2,
      inputs: { x: [-1, 4] },
      cotangents: { b: [1, 0], c: [0, 1] },
    });
    expectNumbers(gradients.inputs.x!, [0, 0.5], tolerance);
  });

  it("finds the largest of what was computed, in one way only", async () => {
    const x = [0.1, 0.7, -0.3, 0.9];
    const q = [0.3, -0.7, 0.9, 0.11];
    const product = x.map((each, i) => Math.fround(each) * Math.fround(q[i]!));
    const least = product.indexOf(Math.min(...product));
    const most = product.indexOf(Math.max(...product));
    const cell = cellWith("input x, q: [K]", {
      least: "min_of(x * q)",
      mask: "where(x * q == max_of(x * q), 1, 0)",
      kept: "sum(where(x * q >= max_of(x * q), x * q, 0))",
      paired: "max_of(concat(x * q, q * x))",
    });
    const only = (at: number, values: readonly number[], scale = 1) =>
      values.map((value, i) => (i === at ? scale * value : 0));
    const { outputs, gradients } = await run(cell, {
      sizes: { K: 4 },
      inputs: { x, q },
    });
    expectNumbers(outputs.least!, [product[least]!], tolerance);
    expectNumbers(outputs.mask!, only(most, [1, 1, 1, 1]), 0);
    expectNumbers(outputs.kept!, [product[most]!], tolerance);
    const [first, second] = [only(least, q), only(most, q, 2)];
    expectNumbers(
      gradients.inputs.x!,
      first.map((value, i) => value + second[i]!),
      tolerance,
    );
  });
});
