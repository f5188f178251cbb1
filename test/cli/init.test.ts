/** `cellc init`: the project it writes checks, compiles and trains. */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { formatSource } from "../../src/dsl/format.js";
import { cellc, folderWith, plainEnvironment } from "./harness.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = [
  "package.json",
  "cells/my-cell.cell",
  "train.js",
  "README.md",
  ".gitignore",
];
const read = (folder: string, path: string): string =>
  readFileSync(join(folder, path), "utf8");

describe("cellc init", () => {
  it("writes a project that checks, compiles and learns", async () => {
    const folder = folderWith({});
    const { code, out } = await cellc(folder, ["init", "My first cell"]);
    expect(code).toBe(0);
    expect(out).toBe(
      `${files.map((file) => `  ${file}\n`).join("")}\nNow: cd "My first cell" && npm install && npm start\n`,
    );
    const project = join(folder, "My first cell");
    const { name, type, scripts } = JSON.parse(read(project, "package.json"));
    expect([name, type]).toEqual(["my-first-cell", "module"]);

    mkdirSync(join(project, "node_modules"));
    symlinkSync(root, join(project, "node_modules", "cellc"), "dir");
    const run = (command: string) => {
      const [program, ...words] = command.split(" ");
      const argv =
        program === "cellc" ? [join(root, "bin/cellc.js"), ...words] : words;
      return spawnSync(process.execPath, argv, {
        cwd: project,
        env: plainEnvironment(),
        encoding: "utf8",
      });
    };
    for (const script of ["check", "compile", "train"]) {
      const { status, stderr, stdout } = run(scripts[script]);
      expect([script, status, stderr]).toEqual([script, 0, ""]);
      if (script === "check")
        expect(stdout).toContain("3 cells: all gradients agree");
      // The variance of the sum of two uniform numbers, which is what a guess is wrong by, is 1/6.
      if (script === "train")
        expect(
          Number(/wrong by (\S+) on average\n$/.exec(stdout)![1]),
        ).toBeLessThan(0.01);
    }
  });

  it("writes files that are laid out", async () => {
    const folder = folderWith({});
    await cellc(folder, ["init"]);
    for (const file of files.slice(2, 4)) {
      const text = read(folder, file);
      expect(await format(text, { filepath: file })).toBe(text);
    }
    const spec = read(folder, "cells/my-cell.cell");
    expect(formatSource(spec)).toBe(spec);
  });

  it("touches nothing that is there", async () => {
    const folder = folderWith({ "train.js": "mine", "README.md": "mine" });
    const { code, err } = await cellc(folder, ["init"]);
    expect([code, err]).toEqual([
      2,
      "error: . has train.js, README.md already; choose another folder\n",
    ]);
    expect(readdirSync(folder).sort()).toEqual(["README.md", "train.js"]);
  });

  it("says where it cannot write", async () => {
    const folder = folderWith({});
    writeFileSync(join(folder, "file"), "");
    const { code, err } = await cellc(folder, ["init", "file/below"]);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: cannot write to file\/below: /);
  });

  it("names the files in JSON", async () => {
    const folder = folderWith({});
    const { out } = await cellc(folder, ["init", "a", "--json"]);
    expect(JSON.parse(out)).toEqual({
      ok: true,
      folder: join(folder, "a"),
      files,
    });
  });
});
