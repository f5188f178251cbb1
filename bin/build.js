// Compiles `src/` when `dist/` is missing or older. An installed package has no `src/`, and nothing to do.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "src");
const configuration = join(root, "tsconfig.build.json");
const dist = join(root, "dist");
/** Its time is that of the start of the build, so that what changes meanwhile counts as newer. */
const stamp = join(dist, ".built");

/** Time of the latest change below a folder. */
function newest(folder) {
  let latest = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const time = entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
    latest = Math.max(latest, time);
  }
  return latest;
}

/** Runs the TypeScript compiler of the checkout; what it says where it fails, else nothing. */
export function typescript(...args) {
  const require = createRequire(import.meta.url);
  const home = dirname(require.resolve("typescript/package.json"));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(home, "bin", "tsc"), ...args],
    { cwd: root, encoding: "utf8" },
  );
  return status === 0 ? undefined : `${stdout}${stderr}`;
}

/** False in an installed package, which comes built. */
export const hasSources = () => existsSync(source);

/** True when it went well. Builds beside `dist/` and then takes its place: other processes see the old one or the new one. */
export function build() {
  const started = new Date();
  const fresh = join(root, `dist.${process.pid}`);
  const old = join(root, `dist.${process.pid}.old`);
  try {
    const problem = typescript("-p", configuration, "--outDir", fresh);
    if (problem !== undefined) {
      process.stderr.write(`The checkout does not build:\n${problem}`);
      return false;
    }
    mkdirSync(fresh, { recursive: true });
    writeFileSync(join(fresh, ".built"), "");
    utimesSync(join(fresh, ".built"), started, started);
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
    return true;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** True when `dist/` can be used. */
export function ensureBuilt() {
  if (!hasSources()) return true;
  const latest = Math.max(newest(source), statSync(configuration).mtimeMs);
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= latest) return true;
  if (process.stderr.isTTY) process.stderr.write("cellc: building dist/ …\n");
  return build();
}
