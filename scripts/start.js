// `npm start`: the whole path, from the equations in `specs/` to a model that has learned.
import { ensureBuilt } from "../bin/build.js";
import { compileExamples, findWebgpu, run } from "./steps.js";

const given = process.argv.slice(2);

function title(text) {
  console.log(`\n── ${text} ${"─".repeat(Math.max(0, 76 - text.length))}\n`);
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
  title("3. Train a character model with generated kernels");
  if (proven && compileExamples() && (await findWebgpu(given)))
    run(train, ...given);
}
