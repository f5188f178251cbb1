/** What a new project asks npm for, from what the package managers leave beside an installed package. */
import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dependencyOn } from "../../src/cli/own-origin.js";
import { folderWith } from "./harness.js";

const inModules = "app/node_modules/cellc";

/** The answer for a new project `apps/mine`, with the package in a folder that is there. */
function ask(
  files: Readonly<Record<string, string>>,
  at = inModules,
  project = "apps/mine",
): string {
  const root = realpathSync(folderWith(files));
  mkdirSync(join(root, at), { recursive: true });
  const own = { folder: join(root, at), name: "cellc", version: "1.2.3" };
  return dependencyOn(own, join(root, project)).replaceAll(root, "ROOT");
}

const manifest = (spec: string, kind = "dependencies"): string =>
  JSON.stringify({ [kind]: { cellc: spec } });
const lock = (entry: object): string =>
  JSON.stringify({ packages: { "node_modules/cellc": entry } });

it("of a checkout is the checkout", () => {
  expect(ask({ "cellc/src/cli/x": "" }, "cellc")).toBe("file:../../cellc");
});

describe("of what a project asked for", () => {
  it.each(["^1.0.0", "~1.2.0", "1.2.3", "*", "latest", "npm:cellc@^1"])(
    "as %s is the version that runs, of the registry",
    (spec) => {
      const files = { "app/package.json": manifest(spec) };
      expect(ask(files)).toBe("^1.2.3");
    },
  );

  it.each(["file:../cellc.tgz", "../cellc.tgz", "file:./../cellc.tgz"])(
    "as %s is the same tarball",
    (spec) => {
      const files = { "app/package.json": manifest(spec), "cellc.tgz": "" };
      expect(ask(files)).toBe("file:../../cellc.tgz");
      expect(ask(files, inModules, "app/mine")).toBe("file:../../cellc.tgz");
    },
  );

  it.each([
    "https://example.org/cellc-1.2.3.tgz",
    "git+ssh://git@example.org/cellc.git#abc",
    "github:someone/cellc",
    "someone/cellc#v1",
  ])("as %s is the same address", (spec) => {
    expect(ask({ "app/package.json": manifest(spec) })).toBe(spec);
  });

  it("for development is no other", () => {
    const files = {
      "app/package.json": manifest("file:../cellc.tgz", "devDependencies"),
      "cellc.tgz": "",
    };
    expect(ask(files)).toBe("file:../../cellc.tgz");
  });

  it("in a store of links is found too", () => {
    const at = "app/node_modules/.pnpm/cellc@1.2.3/node_modules/cellc";
    expect(ask({ "app/package.json": manifest("^1.0.0") }, at)).toBe("^1.2.3");
  });

  it("is the installed folder where the tarball is gone", () => {
    const files = { "app/package.json": manifest("file:../cellc.tgz") };
    expect(ask(files)).toBe("file:../../app/node_modules/cellc");
  });

  it("in words that say nothing, or nonsense, counts for nothing", () => {
    const unknown = "file:../../app/node_modules/cellc";
    for (const text of [manifest("workspace:*"), "{", "null", "[]", '{"a":1}'])
      expect(ask({ "app/package.json": text })).toBe(unknown);
    const files = { "app/package.json": '{"dependencies":{"cellc":1}}' };
    expect(ask(files)).toBe(unknown);
  });
});

describe("of what npm noted, where nobody asked", () => {
  const noted = (entry: object): Record<string, string> => ({
    "app/node_modules/.package-lock.json": lock(entry),
    "cellc.tgz": "",
  });

  it.each([
    {},
    { resolved: "https://registry.npmjs.org/cellc/-/cellc-1.2.3.tgz" },
    { resolved: "http://localhost:4873/cellc/-/cellc-1.2.3.tgz" },
  ])("as %j is the version", (entry) => {
    expect(ask(noted(entry))).toBe("^1.2.3");
  });

  it("as a tarball is the tarball", () => {
    const entry = { resolved: "file:../cellc.tgz" };
    expect(ask(noted(entry))).toBe("file:../../cellc.tgz");
  });
});

it("without any record, as of global installations, is the installed folder", () => {
  expect(ask({}, "lib/node_modules/cellc")).toBe(
    "file:../../lib/node_modules/cellc",
  );
});

it("leads there from a project behind a symbolic link", () => {
  const root = realpathSync(folderWith({ "cellc/src/cli/x": "" }));
  mkdirSync(join(root, "deep/er"), { recursive: true });
  symlinkSync(join(root, "deep/er"), join(root, "link"), "dir");
  const own = { folder: join(root, "cellc"), name: "cellc", version: "1.2.3" };
  expect(dependencyOn(own, join(root, "link/new/mine"))).toBe(
    "file:../../../../cellc",
  );
});
