/** Colors: what the user says, then the environment, then the terminal. */
import { expect, it } from "vitest";
import { colorsFor } from "../../src/cli/io.js";
import type { Io } from "../../src/cli/io.js";

const io = (terminal: boolean, env: Io["env"]): Io => ({
  out: () => undefined,
  err: () => undefined,
  readStdin: () => Promise.resolve(new Uint8Array()),
  cwd: ".",
  outIsTerminal: terminal,
  errIsTerminal: !terminal,
  env,
});

it.each([
  ["a terminal", true, {}, undefined, true],
  ["a pipe", false, {}, undefined, false],
  ["NO_COLOR", true, { NO_COLOR: "1" }, undefined, false],
  ["an empty NO_COLOR", true, { NO_COLOR: "" }, undefined, true],
  ["TERM=dumb", true, { TERM: "dumb" }, undefined, false],
  ["FORCE_COLOR=1", false, { FORCE_COLOR: "1" }, undefined, true],
  ["FORCE_COLOR=0", true, { FORCE_COLOR: "0" }, undefined, false],
  ["an empty FORCE_COLOR", false, { FORCE_COLOR: "" }, undefined, false],
  ["--color", false, { NO_COLOR: "1", TERM: "dumb" }, true, true],
  ["--no-color", true, { FORCE_COLOR: "1" }, false, false],
] as const)("%s", (_, terminal, env, wanted, colored) => {
  const { red } = colorsFor(io(terminal, env), "out", wanted);
  expect(red("x") !== "x").toBe(colored);
});

it("looks at each stream by itself", () => {
  const { red } = colorsFor(io(false, {}), "err", undefined);
  expect(red("x")).not.toBe("x");
});
