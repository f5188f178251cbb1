import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeFault } from "../../src/cli/fault.js";
import { version } from "../../src/version.js";
import { cellc, folderWith, leaky } from "./harness.js";

const wrong = `cell Wrong {
  input x: [N]
  state h: [P]
  h = x + h[t-1]
  output h
}
`;
const warned = leaky.replace("output h", "param unused: [N]\n  output h");

describe("cellc check", () => {
  it("says that all is well", async () => {
    const folder = folderWith({ "a.cell": leaky });
    expect(await cellc(folder, ["check", "a.cell"])).toEqual({
      code: 0,
      out: "1 cell, no errors\n",
      err: "",
    });
  });

  it("draws every problem of every file", async () => {
    const folder = folderWith({ "a.cell": wrong, "b.cell": wrong });
    const { code, out } = await cellc(folder, ["check", "a.cell", "b.cell"]);
    expect(code).toBe(1);
    expect(out).toContain("a.cell:4:9");
    expect(out).toContain("b.cell:4:9");
    expect(out).toContain("2 errors\n");
    expect(out).not.toContain("\x1b[");
    const colored = await cellc(folder, ["check", "a.cell", "--color"]);
    expect(colored.out).toContain("\x1b[");
  });

  it("gives problems with places as JSON", async () => {
    const folder = folderWith({ "a.cell": wrong });
    const { code, out } = await cellc(folder, ["check", "a.cell", "--json"]);
    expect(code).toBe(1);
    const { ok, diagnostics } = JSON.parse(out);
    expect(ok).toBe(false);
    expect(diagnostics[0]).toMatchObject({
      code: expect.stringMatching(/^C\d{3}$/),
      severity: "error",
      span: { file: "a.cell", from: { line: 4, column: 9 } },
    });
  });

  it("passes with warnings", async () => {
    const folder = folderWith({ "a.cell": warned });
    const { code, out } = await cellc(folder, ["check", "a.cell"]);
    expect(out).toContain("warning[");
    expect(out).toContain("`unused`");
    expect(code).toBe(0);
  });
});

describe("-D of a constant that there is not", () => {
  const message = "there is no constant `rat` to define; did you mean `rate`?";

  it.each([
    ["check", "a.cell"],
    ["compile", "a.cell", "--out", "out"],
    ["explain", "a.cell"],
    ["gradcheck", "a.cell"],
    ["run", "a.cell", "--data", "-"],
  ])("is a wrong call of %s", async (...argv) => {
    const folder = folderWith({ "a.cell": leaky });
    expect(await cellc(folder, [...argv, "-D", "rat=1"])).toEqual({
      code: 2,
      out: "",
      err: `error: ${message}\n`,
    });
  });

  it("is told of each, and to machines", async () => {
    const folder = folderWith({ "a.cell": leaky });
    const call = ["check", "a.cell", "-D", "rat=1", "-D", "far=2", "--json"];
    const { code, out } = await cellc(folder, call);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      ok: false,
      error: `${message}\nthere is no constant \`far\` to define`,
    });
  });

  it("stands behind errors of the spec, which may hide the constant", async () => {
    const folder = folderWith({ "a.cell": wrong });
    const { code, out } = await cellc(folder, ["check", "a.cell", "-D", "r=1"]);
    expect(code).toBe(1);
    expect(out).toContain("there is no constant `r` to define");
    expect(out).toContain("a.cell:4:9");
  });
});

describe("--cell", () => {
  it("may stand before the specs", async () => {
    const folder = folderWith({ "a.cell": leaky });
    for (const command of ["gradcheck", "explain"]) {
      const { code, out } = await cellc(folder, [
        command,
        "--cell",
        "Leaky",
        "a.cell",
      ]);
      expect(code).toBe(0);
      expect(out).toContain("Leaky");
    }
  });
});

describe("cellc gradcheck", () => {
  it("prints a table per cell", async () => {
    const folder = folderWith({ "a.cell": leaky });
    const argv = ["gradcheck", "a.cell", "--size", "N=3", "--steps", "2"];
    const { code, out } = await cellc(folder, [...argv, "--batch", "2"]);
    expect(code).toBe(0);
    expect(out).toContain("Leaky (ts) N=3 steps=2 batch=2");
    for (const tensor of ["parameter w", "input x", "context m", "state h"])
      expect(out).toContain(tensor);
    const json = await cellc(folder, [...argv, "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({
      ok: true,
      reports: [{ cell: "Leaky", sizes: { N: 3 }, steps: 2, parameters: 3 }],
    });
    const summary = await cellc(folder, [...argv, "--summary"]);
    expect(summary.out).toContain("1 cell: all gradients agree");
  });

  it("compares WebAssembly kernels with the interpreter, in f32", async () => {
    const folder = folderWith({ "a.cell": leaky });
    const argv = ["gradcheck", "a.cell", "--backend", "wasm"];
    const { code, out } = await cellc(folder, argv);
    expect(out).toContain("Leaky (wasm)");
    expect(code).toBe(0);
    const json = await cellc(folder, [...argv, "--json"]);
    const [report] = JSON.parse(json.out).reports;
    expect(report).toMatchObject({ precision: "f32", ok: true });
    for (const { differences, interpreter } of report.tensors) {
      // The interpreter's gradients, in f64.
      expect(differences).toBeLessThan(1e-6);
      expect(interpreter).toBeLessThan(1e-6);
    }
  });

  it.each([
    [["--size", "Q=3"], "no cell here has that size; there are: N"],
    [["--size", "N=0"], "not a whole number from 1 on"],
    [["--size", "N"], "not of the form name=value"],
    [["--steps", "x"], "not a whole number"],
    [["--backend", "cuda"], "unknown backend cuda"],
    [["--seed", "-1"], "not a whole number from 0"],
  ])("refuses %j", async (more, message) => {
    const folder = folderWith({ "a.cell": leaky });
    const { code, err } = await cellc(folder, ["gradcheck", "a.cell", ...more]);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  it("fails where sizes do not fit", async () => {
    const folder = folderWith({
      "a.cell": "cell A { input x: [N/4] y = x * x output y }",
    });
    const { code, out } = await cellc(folder, [
      "gradcheck",
      "a.cell",
      "--size",
      "N=6",
    ]);
    expect(out).toContain("N/4 is 1.5 for N = 6");
    expect(code).toBe(1);
  });
});

describe("cellc explain", () => {
  it("reports equations, derivatives, what runs when, what is kept, and what it costs", async () => {
    const folder = folderWith({
      "rnn.cell":
        "/// A citation.\ncell RNN { input x: [M] state h: [N] h = tanh(affine(x, h[t-1])) output h }",
    });
    const { code, out } = await cellc(folder, ["explain", "rnn.cell"]);
    expect(code).toBe(0);
    expect(out).toContain("A citation.");
    expect(out).toContain("h: [N] = tanh(W_h @ x + R_h @ h[t-1] + b_h)");
    expect(out).toContain("1 - h * h");
    // One product of [N, M] outside the loop and one of [N, N] inside; tanh' = 1 - h^2 needs nothing kept.
    expect(out).toContain(
      "forward:  M*N for all steps at once, N^2 in the time loop",
    );
    expect(out).toContain("together 0 bytes");
    const json = JSON.parse(
      (await cellc(folder, ["explain", "rnn.cell", "--json"])).out,
    );
    expect(json.cells[0].equations).toEqual([
      "h: [N] = tanh(W_h @ x + R_h @ h[t-1] + b_h)",
    ]);
  });

  it("prints every stage", async () => {
    const folder = folderWith({ "a.cell": leaky });
    const stages = [
      "ast",
      "graph",
      "adjoint",
      "schedule",
      "ts",
      "wat",
      "dot",
      "latex",
    ];
    for (const stage of stages) {
      const { code, out } = await cellc(folder, [
        "explain",
        "a.cell",
        "--emit",
        stage,
      ]);
      expect(code, stage).toBe(0);
      expect(out.length, stage).toBeGreaterThan(60);
    }
    const all = await cellc(folder, [
      "explain",
      "a.cell",
      "--emit",
      stages.join(","),
      "--json",
    ]);
    expect(
      JSON.parse(all.out).stages.map(({ stage }: { stage: string }) => stage),
    ).toEqual(stages);
    const { out } = await cellc(folder, [
      "explain",
      "a.cell",
      "--emit",
      "latex",
    ]);
    expect(out).toContain("h_{t} &= 0.5 \\cdot h_{t-1} + ");
  });

  it.each([["soup", "unknown stage soup"]])(
    "has no stage %s",
    async (stage, message) => {
      const folder = folderWith({ "a.cell": leaky });
      const { code, err } = await cellc(folder, [
        "explain",
        "a.cell",
        "--emit",
        stage,
      ]);
      expect(err).toContain(message);
      expect(code).toBe(2);
    },
  );
});

describe("the command line", () => {
  it("knows its version", async () => {
    const { out, code } = await cellc("/", ["--version"]);
    expect(out).toBe(`${version}\n`);
    expect(code).toBe(0);
    const text = readFileSync(
      new URL("../../package.json", import.meta.url),
      "utf8",
    );
    expect(JSON.parse(text).version).toBe(version);
  });

  it.each(["compile", "check", "gradcheck", "explain", "run"])(
    "%s has --help, --json and colors",
    async (command) => {
      const { out, code } = await cellc("/", [command, "--help"]);
      expect(code).toBe(0);
      for (const option of ["--json", "--color", "--no-color", "-D, --define"])
        expect(out).toContain(option);
    },
  );

  it("tells machines what is wrong with a call", async () => {
    const argv = ["check", "none.cell", "--json"];
    const { code, out, err } = await cellc("/", argv);
    const error = "cannot read none.cell: no such file";
    expect(JSON.parse(out)).toEqual({ ok: false, error });
    expect(err).toBe(`error: ${error}\n`);
    expect(code).toBe(2);
  });

  it("says what to report when it is at fault itself", () => {
    const text = describeFault(new TypeError("boom"), ["check", "a.cell"]);
    expect(text).toContain("not of your spec");
    expect(text).toContain("cellc check a.cell");
    expect(text).toContain(version);
    expect(text).toContain("TypeError: boom");
  });
});
