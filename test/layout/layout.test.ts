/** The layout of `src/`: who may import whom, and no circles. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { components } from "../../src/passes/components.js";

const root = fileURLToPath(new URL("../../src", import.meta.url));

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => path.replaceAll("\\", "/"));

interface Import {
  readonly from: string;
  /** A path below `src`, or a package. */
  readonly to: string;
  readonly local: boolean;
}

const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(root, from), "utf8");
  const found = [
    ...text.matchAll(
      /^(?:import\b|export\b.* from\b|\} from\b)[^"\n]*"([^"]+)";$/gm,
    ),
    ...text.matchAll(/\bimport\("([^"]+)"\)/g),
  ].map((match) => match[1]!);
  return found
    .filter((to) => !to.includes("${"))
    .map((to) => {
      const local = to.startsWith(".");
      const path = local
        ? normalize(join(dirname(from), to)).replace(/\.js$/, ".ts")
        : to;
      return { from, to: path, local };
    })
    .filter(({ to, local }) => !local || files.includes(to));
});

const room = (path: string): string =>
  path.includes("/") ? path.split("/")[0]! : path;

/** What each room may import, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  diagnostics: [],
  text: [],
  dsl: ["diagnostics", "ir"],
  ir: ["diagnostics", "text"],
  passes: ["diagnostics", "ir"],
  gradcheck: ["ir", "text"],
  backends: ["ir", "passes", "runtime", "text", "version.ts"],
  runtime: [],
  adapter: [],
  nn: ["runtime"],
};

describe("imports", () => {
  it("go one way between rooms", () => {
    const wrong = imports.filter(({ from, to, local }) => {
      const rooms = allowed[room(from)];
      return (
        local &&
        rooms !== undefined &&
        room(to) !== room(from) &&
        !rooms.includes(room(to))
      );
    });
    expect(wrong).toEqual([]);
  });

  it("make no circles", () => {
    const circles = components(files, (file) =>
      imports
        .filter((each) => each.local && each.from === file)
        .map((each) => each.to),
    ).filter((group) => group.length > 1);
    expect(circles).toEqual([]);
  });

  it("of packages stand where they belong", () => {
    const packages = imports.filter(
      ({ local, to }) => !local && !to.startsWith("node:"),
    );
    const users = (name: string): string[] => [
      ...new Set(
        packages.filter(({ to }) => to === name).map(({ from }) => room(from)),
      ),
    ];
    expect(users("chevrotain")).toEqual(["dsl"]);
    expect(
      packages.filter(({ to }) => to === "binaryen").map(({ from }) => from),
    ).toEqual(["backends/wasm/assemble.ts"]);
    for (const { from } of packages)
      expect(["runtime", "ir", "passes"]).not.toContain(room(from));
  });

  it("of the language into the IR are few", () => {
    const lowering = imports.filter(
      ({ from, to, local }) =>
        local && room(from) === "dsl" && room(to) === "ir",
    );
    const early = lowering.filter(
      ({ from }) => !/^dsl\/(elaborate|infer|lower|front-end)/.test(from),
    );
    expect(
      early
        .filter(({ from }) => from !== "dsl/index.ts")
        .map(({ from, to }) => `${relative("dsl", from)} → ${to}`),
    ).toEqual([]);
  });
});
