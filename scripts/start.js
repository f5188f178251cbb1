// `npm start`: the whole path, from the equations in `specs/` to a model that has learned.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBuilt, typescript } from "../bin/build.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const given = process.argv.slice(2);

/** Runs a script of the checkout; true when it went well. */
function run(script, ...args) {
  const { status } = spawnSync(
    process.execPath,
    [join(root, script), ...args],
    {
      cwd: root,
      stdio: "inherit",
    },
  );
  if (status !== 0) process.exitCode = status ?? 70;
  return status === 0;
}

function title(text) {
  console.log(`\n── ${text} ${"─".repeat(Math.max(0, 76 - text.length))}\n`);
}

function compileExamples() {
  const problem = typescript("-p", join(root, "tsconfig.examples.json"));
  if (problem === undefined) return true;
  console.error(`The examples do not build:\n${problem}`);
  process.exitCode = 70;
  return false;
}

const cellc = "bin/cellc.js";
const train = "build/char-lm/main.js";

if (!ensureBuilt()) {
  // The reason is on the screen already.
  process.exitCode = 70;
} else if (given.includes("--help")) {
  if (compileExamples()) run(train, "--help");
} else {
  title("1. Compile every cell of specs/ into generated/");
  const compiled = run(cellc, "compile", "specs", "--out", "generated");
  title("2. Prove the gradients of every cell");
  const proven = compiled && run(cellc, "gradcheck", "specs", "--summary");
  title("3. Train a character model with the generated LSTM");
  if (proven && compileExamples()) run(train, ...given);
}
