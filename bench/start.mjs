// Installs what the benchmark needs, where that has not happened yet, compiles it, and runs one of its programs:
// `node bench/start.mjs main --quick`. The project itself is built by the caller.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const [program, ...args] = process.argv.slice(2);

/** Runs a command and ends with its status when it fails. */
function run(command, commandArgs, options = {}) {
  const { status } = spawnSync(command, commandArgs, {
    stdio: "inherit",
    ...options,
  });
  if (status !== 0) process.exit(status ?? 1);
}

const changed = (path) =>
  statSync(here + path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

// Not there yet, or from before the list of peers changed.
if (changed("node_modules/.package-lock.json") < changed("package-lock.json"))
  // Its progress belongs to stderr, so that `--json` leaves nothing but JSON on stdout. No install scripts: the only
  // one that does anything fetches onnxruntime's kernels for GPUs, which nothing here uses.
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: here,
    stdio: ["ignore", process.stderr, process.stderr],
  });
const tsc = fileURLToPath(
  new URL("../node_modules/typescript/bin/tsc", import.meta.url),
);
run(process.execPath, [tsc, "-p", `${here}tsconfig.json`]);
run(process.execPath, ["--expose-gc", `${here}dist/${program}.js`, ...args]);
