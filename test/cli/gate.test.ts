/** What commands print of file names, options and specs: nothing that a terminal obeys. JSON also where the call is wrong. */
import { describe, expect, it } from "vitest";
import { shellWord } from "../../src/cli/shell-word.js";
import { cellc, folderWith, leaky } from "./harness.js";

const hostile = "a\u001b[31m\u009b2J\u202e\u0007\u2028b";
const obeyed =
  // oxlint-disable-next-line no-control-regex -- what must not be there
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
// oxlint-disable-next-line no-control-regex -- the colours of the command
const colors = /\u001b\[\d+m/g;

const calls: readonly (readonly string[])[] = [
  ["check", `${hostile}.cell`],
  ["compile", `${hostile}.cell`, "--out", "out"],
  ["compile", "a.cell", "--out", "out", "--backend", hostile],
  ["compile", "a.cell", "--out", hostile, "--check"],
  ["gradcheck", "a.cell", "--cell", hostile],
  ["gradcheck", "a.cell", "--size", hostile],
  ["gradcheck", "a.cell", "-D", hostile],
  ["explain", "a.cell", "--emit", hostile],
  ["run", "a.cell", "--data", hostile],
  ["run", "a.cell"],
  ["fmt", hostile],
  ["bench", "a.cell", "--rounds", hostile],
  ["init", `./a.cell/${hostile}`],
  ["doctor", hostile],
  ["compile", "a.cell", `--${hostile}`],
  [hostile],
];

describe("a wrong call", () => {
  it.each(calls)(
    "prints nothing that terminals obey: %s %s %s",
    async (...argv) => {
      const folder = folderWith({ "a.cell": leaky });
      for (const color of [[], ["--color"]]) {
        const { code, out, err } = await cellc(folder, [...argv, ...color]);
        expect(code).toBeGreaterThan(0);
        expect(`${out}${err}`.replaceAll(colors, "")).not.toMatch(obeyed);
        // Colours of their own they have none.
        expect(`${out}${err}`).not.toContain("a\u001b[31m");
      }
    },
  );

  it.each(calls)("prints an object for machines: %s %s %s", async (...argv) => {
    const folder = folderWith({ "a.cell": leaky });
    const { out } = await cellc(folder, [...argv, "--json"]);
    const printed = JSON.parse(out) as { ok: boolean; error?: string };
    expect(printed.ok).toBe(false);
    if (!argv.includes("--check")) expect(printed.error).toMatch(/\w/);
  });

  it("without a command too", async () => {
    const folder = folderWith({});
    const { code, out } = await cellc(folder, ["--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ ok: false });
  });
});

it("texts of specs are shown, not obeyed", async () => {
  const folder = folderWith({
    "a.cell": `/// doc ${hostile}\n${leaky.replace(/^\/\/\/.*\n/, "")}`,
  });
  for (const argv of [
    ["explain", "a.cell"],
    ["explain", "a.cell", "--emit", "ts"],
    ["explain", "a.cell", "--json"],
  ]) {
    const { code, out, err } = await cellc(folder, argv);
    expect(code).toBe(0);
    expect(`${out}${err}`).not.toMatch(obeyed);
  }
});

it.each([
  ["a/b-c.cell", "a/b-c.cell"],
  ["", "''"],
  ["a b", '"a b"'],
  ["$(touch x)`y`", "'$(touch x)`y`'"],
  ["it's", String.raw`'it'\''s'`],
])("%j is a word of the shell: %s", (text, word) => {
  expect(shellWord(text)).toBe(word);
});

it("counts one as one", async () => {
  const folder = folderWith({
    "a.cell": "cell A { input x: [N] y = exp(x) output y }",
  });
  const argv = ["gradcheck", "a.cell", "--steps", "1", "--batch", "1"];
  expect((await cellc(folder, [...argv, "--summary"])).out).toContain(
    "\n1 cell: all gradients agree\n",
  );
  expect((await cellc(folder, argv)).out).toContain("A: 1 gradient agrees");
  expect((await cellc(folder, ["check", "a.cell"])).out).toBe(
    "1 cell, no errors\n",
  );
});
