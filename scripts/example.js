// `npm run char-lm -- --help`: one of the examples, built before it runs.
import { ensureBuilt } from "../bin/build.js";
import { compileExamples, findWebgpu, run } from "./steps.js";

const [name, ...given] = process.argv.slice(2);

if (!ensureBuilt())
  process.exitCode = 70; // The reason is on the screen already.
else if (compileExamples() && (await findWebgpu(given)))
  run(`build/${name}/main.js`, ...given);
