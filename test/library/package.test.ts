/** What is published: all that the entry points and the documentation lead to. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(root + path, "utf8");

// Without the scripts: `prepare` would build anew while other tests run.
const { stdout } = spawnSync(
  "npm",
  ["pack", "--dry-run", "--json", "--ignore-scripts"],
  { cwd: root, encoding: "utf8", shell: process.platform === "win32" },
);
const [{ files }] = JSON.parse(stdout) as [
  { files: readonly { readonly path: string }[] },
];
const published = new Set(files.map(({ path }) => path));
const isPublished = (path: string): boolean =>
  published.has(path) ||
  [...published].some((file) => file.startsWith(`${path}/`));

it("has every file that package.json names", () => {
  const { bin, exports } = JSON.parse(read("package.json")) as {
    bin: Readonly<Record<string, string>>;
    exports: Readonly<
      Record<string, string | Readonly<Record<string, string>>>
    >;
  };
  const named = [bin, ...Object.values(exports)].flatMap((entry) =>
    typeof entry === "string" ? entry : Object.values(entry),
  );
  for (const path of named)
    expect(published, path).toContain(posix.normalize(path));
});

it("has what its documentation links to", () => {
  const texts = [...published].filter((path) => path.endsWith(".md"));
  expect(texts).toContain("docs/language.md");
  for (const text of texts)
    for (const [, link] of read(text).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const path = posix.join(posix.dirname(text), link!);
      expect(isPublished(path), `${text}: ${link}`).toBe(true);
    }
});

it("has no tests, tools or leftovers", () => {
  const tops = [...published].map((path) => path.split("/")[0]);
  expect([...new Set(tops)].sort()).toEqual([
    "LICENSE",
    "README.md",
    "bin",
    "dist",
    "docs",
    "examples",
    "package.json",
    // One script: where the package is linked to, npm runs it, and it finds that there is nothing to build.
    "scripts",
    "specs",
  ]);
  expect(
    [...published].filter((path) => /\.test\.|\.built/.test(path)),
  ).toEqual([]);
});
