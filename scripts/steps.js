// What the scripts that run something of the checkout have in common.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { typescript } from "../bin/build.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a script of the checkout; true when it went well. */
export function run(script, ...args) {
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

/** Compiles `examples/` to `build/`; true when it went well. */
export function compileExamples() {
  const problem = typescript("-p", join(root, "tsconfig.examples.json"));
  if (problem === undefined) return true;
  console.error(`The examples do not build:\n${problem}`);
  process.exitCode = 70;
  return false;
}

/**
 * Finds an adapter where these arguments ask for WebGPU; what is started from here then finds it too. False where
 * there is none.
 */
export async function findWebgpu(args) {
  if (!args.some((arg) => /^(--backend=)?webgpu$/.test(arg))) return true;
  const { findAdapter } = await import("../dist/adapter/find.js");
  const found = await findAdapter();
  if (!found.adapter) {
    console.error(
      `WebGPU does not run here: ${found.reason}. To mend it: ${found.mend}`,
    );
    process.exitCode = 2;
    return false;
  }
  if (found.from !== undefined)
    console.error(
      `no GPU here: WebGPU runs in software (${found.adapter.info.architecture} from ${found.from})`,
    );
  return true;
}
