/** Unpacking into a cache that other processes use at the same time. */
import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { createTar } from "nanotar";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cacheFolders, unpack } from "../../src/adapter/unpack.js";

let folder: string;
let archives: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellc-unpack-"));
  const tar = createTar([
    { name: "lib/one.so", data: "one" },
    { name: "lib/two.so", data: "two" },
  ]);
  archives = [join(folder, "all.tar.br"), join(folder, "tool.br")];
  writeFileSync(archives[0]!, brotliCompressSync(tar));
  writeFileSync(archives[1]!, brotliCompressSync("program"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = (at: string): string[] =>
  readdirSync(at, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(at, path)).isFile())
    .sort();

it("unpacks archives and programs, and nothing twice", () => {
  const cache = join(folder, "deep", "cache");
  const at = unpack({ name: "tools-1", archives }, [cache]);
  expect(files(at)).toEqual([
    join("lib", "one.so"),
    join("lib", "two.so"),
    "tool",
  ]);
  expect(readFileSync(join(at, "lib", "two.so"), "utf8")).toBe("two");
  if (process.platform !== "win32")
    expect(statSync(join(at, "tool")).mode & 0o700).toBe(0o700);
  // What is there stays as it is, whatever the archives say now.
  expect(unpack({ name: "tools-1", archives: ["gone.br"] }, [cache])).toBe(at);
  expect(readdirSync(cache)).toEqual(["tools-1"]);
});

it("takes what is wanted", () => {
  const wanted = (path: string) => path === "lib/one.so";
  const at = unpack({ name: "one", archives: [archives[0]!], wanted }, [
    folder,
  ]);
  expect(files(at)).toEqual([join("lib", "one.so")]);
});

it("takes the next folder where the first cannot be written", () => {
  writeFileSync(join(folder, "file"), "");
  const at = unpack({ name: "tools", archives }, [
    join(folder, "file", "below"),
    join(folder, "other"),
  ]);
  expect(at).toBe(join(folder, "other", "tools"));
});

it("says why where none can be, and leaves nothing behind", () => {
  writeFileSync(archives[0]!, "no archive");
  const cache = join(folder, "cache");
  expect(() => unpack({ name: "tools", archives }, [cache])).toThrow(
    /decompress|brotli|ERR/i,
  );
  expect(readdirSync(cache)).toEqual([]);
});

it("gives processes that start together one and the same folder", async () => {
  const cache = join(folder, "cache");
  const address = new URL("../../dist/adapter/unpack.js", import.meta.url);
  const program = `
    const { unpack } = await import(${JSON.stringify(address.href)});
    console.log(unpack({ name: "tools", archives: ${JSON.stringify(archives)} }, [${JSON.stringify(cache)}]));
  `;
  const run = () =>
    promisify(execFile)(process.execPath, [
      "--input-type=module",
      "--eval",
      program,
    ]);
  const answers = await Promise.all([run(), run(), run(), run()]);
  for (const { stdout, stderr } of answers)
    expect({ stdout, stderr }).toEqual({
      stdout: `${join(cache, "tools")}\n`,
      stderr: "",
    });
  expect(readdirSync(cache)).toEqual(["tools"]);
  expect(files(cache)).toHaveLength(3);
});

it("caches beside the packages, then in the user's folder", () => {
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  const [own, user] = cacheFolders(join(modules, "@scope", "package"));
  expect(own).toBe(join(modules, ".cache", "cellc"));
  expect(user).toMatch(/cellc$/);
  expect(cacheFolders(join(folder, "linked"))).toEqual([user]);
});
