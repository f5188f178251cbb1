/** `cellc init` of a package that was installed in one of the ways of npm: the new project installs, and runs. */
import {
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";
import { command, npm } from "./npm.js";
import { startRegistry } from "./registry.js";
import type { Registry } from "./registry.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const home = temporaryFolder("init");

/** A folder with nothing but the beginning of a project. */
function empty(name: string): string {
  const folder = join(home, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  return folder;
}

const dependency = (project: string): string => {
  const text = readFileSync(join(project, "package.json"), "utf8");
  return (JSON.parse(text) as { dependencies: { cellc: string } }).dependencies
    .cellc;
};

/** Installs the project and runs as much of it as shows that both the command and the library are there. */
async function works(
  project: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await npm(project, ["install"], env);
  await npm(project, ["run", "compile"]);
  const imports =
    'await import("cellc/nn"); const { MyCell } = await import("./generated/my-cell.js"); const cell = await MyCell.load({ sizes: { M: 2, N: 3 } }); console.log(cell.backend); cell.dispose()';
  const argv = ["--input-type=module", "--eval", imports];
  expect(await command(project, process.execPath, argv)).toBe("wasm\n");
}

const init = (folder: string): Promise<string> =>
  command(folder, "npx", ["--no", "cellc", "init", "mine"]);

describe("cellc init", () => {
  it("of a checkout", async () => {
    const folder = empty("checkout");
    const bin = join(root, "bin/cellc.js");
    await command(folder, process.execPath, [bin, "init", "mine"]);
    expect(dependency(join(folder, "mine"))).toMatch(/^file:(\.\.\/)+/);
    await works(join(folder, "mine"));
  });

  it("of an installed tarball", async () => {
    const folder = empty("an app");
    const tarball = join(home, basename(inject("tarball")));
    cpSync(inject("tarball"), tarball);
    await npm(folder, ["install", tarball]);
    await init(folder);
    const found = dependency(join(folder, "mine"));
    expect(found).toBe(`file:../../${basename(tarball)}`);
    await works(join(folder, "mine"));
  });

  it("of a tarball that is gone", async () => {
    const folder = empty("gone");
    const tarball = join(home, "gone.tgz");
    cpSync(inject("tarball"), tarball);
    await npm(folder, ["install", "--no-save", tarball]);
    rmSync(tarball);
    await init(folder);
    expect(dependency(join(folder, "mine"))).toBe("file:../node_modules/cellc");
    await works(join(folder, "mine"));
  });

  it("of a global installation", async () => {
    const folder = empty("global");
    const prefix = join(folder, "prefix");
    await npm(folder, [
      "install",
      "--global",
      "--prefix",
      prefix,
      inject("tarball"),
    ]);
    const bin = process.platform === "win32" ? prefix : join(prefix, "bin");
    await command(folder, join(bin, "cellc"), ["init", "mine"]);
    expect(dependency(join(folder, "mine"))).toMatch(
      /^file:\.\.\/prefix\/(lib\/)?node_modules\/cellc$/,
    );
    await works(join(folder, "mine"));
  });

  describe("of a registry", () => {
    let registry: Registry;
    beforeAll(async () => {
      const elsewhere = await npm(home, ["config", "get", "registry"]);
      const manifest = JSON.parse(
        readFileSync(join(root, "package.json"), "utf8"),
      ) as { name: string; version: string };
      registry = await startRegistry(
        manifest,
        inject("tarball"),
        elsewhere.trim(),
      );
    });
    afterAll(() => registry.close());

    it("names the version", async () => {
      const folder = empty("registry");
      const env = { npm_config_registry: registry.address };
      await npm(folder, ["install", "cellc"], env);
      await init(folder);
      const { version } = JSON.parse(
        readFileSync(join(root, "package.json"), "utf8"),
      ) as { version: string };
      expect(dependency(join(folder, "mine"))).toBe(`^${version}`);
      await works(join(folder, "mine"), env);
    });
  });
});
