/** Finding an adapter, in processes of their own: what is found depends on how a process was started. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findSoftware } from "../../src/adapter/software.js";
import { packageFolder } from "../../src/adapter/package-folder.js";
import { describeWebgpu } from "../webgpu/support.js";
import { bareEnvironment } from "./bare.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellc-adapter-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the built finder with these packages of the checkout beside it, asked in a new process. */
async function ask(
  packages: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<{
  found: {
    vendor?: string;
    from?: string;
    variables?: Readonly<Record<string, string>>;
    reason?: string;
    mend?: string;
  };
  stderr: string;
}> {
  cpSync(join(root, "dist", "adapter"), join(folder, "adapter"), {
    recursive: true,
  });
  const modules = join(folder, "node_modules");
  // Not `.cache` beside them, where what was unpacked lies.
  for (const name of ["nanotar", "webgpu", "@sparticuz"])
    rmSync(join(modules, name), { recursive: true, force: true });
  for (const name of ["nanotar", ...packages]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(
      join(root, "node_modules", name),
      join(modules, name),
      "junction",
    );
  }
  const program = join(folder, "adapter", "find.js");
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `const { findAdapter } = await import(${JSON.stringify(program)});
       const { gpu, adapter, ...rest } = await findAdapter();
       const vendor = adapter?.info.vendor;
       console.log(JSON.stringify({ vendor, ...rest }));
       void gpu?.wgslLanguageFeatures;`,
    ],
    { cwd: folder, env: { ...bareEnvironment(), ...variables } },
  );
  return { found: JSON.parse(stdout), stderr };
}

it("says what to install where the package webgpu is missing", async () => {
  const { found } = await ask([]);
  expect(found).toEqual({
    reason: "the npm package webgpu is not installed",
    mend: "npm install webgpu",
  });
});

describeWebgpu("with the package webgpu", () => {
  it("finds an adapter, of the system or in software, and is quiet", async () => {
    const { found, stderr } = await ask(["webgpu", "@sparticuz/chromium"]);
    expect(found.vendor).toMatch(/./);
    expect(stderr).toBe("");
    expect(found.variables !== undefined).toBe(found.from !== undefined);
  });

  it("finds the one in software again in a process with its variables", async () => {
    const { found } = await ask(["webgpu", "@sparticuz/chromium"]);
    const again = await ask(["webgpu"], found.variables);
    expect(again.found).toEqual({ vendor: found.vendor });
  });

  it("without software finds the system's, or says what to install", async () => {
    const { found, stderr } = await ask(["webgpu"]);
    if (found.vendor === undefined)
      expect(found.mend).toMatch(/npm install|driver/);
    expect(found.from).toBeUndefined();
    expect(stderr).toBe("");
  });
});

describe("packages", () => {
  it("are looked for here and in the folder of the user", () => {
    expect(packageFolder("vitest")).toBe(join(root, "node_modules", "vitest"));
    const mine = join(folder, "node_modules", "@mine", "only");
    cpSync(join(root, "package.json"), join(mine, "package.json"));
    expect(packageFolder("@mine/only")).toBeUndefined();
    expect(packageFolder("@mine/only", folder)).toBe(mine);
  });

  it("of software are for the systems they were made for", () => {
    const there = process.platform === "linux" && process.arch === "x64";
    expect(findSoftware() !== undefined).toBe(there);
  });
});
