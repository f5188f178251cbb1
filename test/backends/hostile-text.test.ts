/**
 * Texts of a spec (documentation, its path, names) go into generated files as comments and literals, and never
 * become code: without comments the files are the same whatever the texts are, and running them does nothing
 * but define what they define.
 */
import { transformSync } from "esbuild";
import fc from "fast-check";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { banner, readBanner } from "../../src/backends/names.js";
import { emitWat, loadAssembler } from "../../src/backends/wasm/index.js";
import { reserved } from "../../src/backends/wgsl/reserved.js";
import { compile, printFiles } from "../../src/compile.js";
import type { PrintedFiles } from "../../src/compile.js";
import type { Schedule } from "../../src/passes/kernels.js";

const assembler = await loadAssembler();
const backends = ["ts", "wasm", "wgsl"] as const;

const [cell] = compile(`
cell Unit {
  input x: [M]  input i: token[K]
  state h: [N] = 0.5
  gate z = sigmoid(affine(onehot(i), x, h[t-1]))
  h = (1 - z) * h[t-1] + z * tanh(affine(x, h[t-1]))
  output h
}`).cells;

const schedule = cell!.schedule;

const print = (doc: readonly string[], path: string): PrintedFiles => {
  const told: Schedule = { ...schedule, cell: { ...schedule.cell, doc } };
  return printFiles(told, path, { backends, assembler });
};

const plain = print(["Documentation."], "spec.cell");

const attack = "globalThis.ran = true;";

/** What ends a line, a comment, a literal or a script somewhere, and what hides the ends. */
const pieces = [
  "\n",
  "\r",
  "\r\n",
  "\u2028",
  "\u2029",
  "\u0085",
  "\v",
  "\f",
  "\0",
  "\t",
  "\u001b[31m",
  "\u009b31m",
  "\ufeff",
  "\u202e",
  "\u2066",
  "\u200b",
  "\ud800",
  "\udc00",
  "*/",
  "**/",
  "*\u200b/",
  "*\\/",
  "/*",
  "//",
  "//# sourceMappingURL=data:,",
  "//#if subgroups",
  "//#end",
  '"',
  "'",
  "`",
  "\\",
  "${",
  "}",
  ")",
  ";",
  ";;",
  "(;",
  "<!--",
  "-->",
  "</script>",
  "<script>",
  "__proto__",
  ", cell Unit. Do not edit",
  "]]>",
  "é̂名🜚",
  " ",
  attack,
  `*/ ${attack} /*`,
  `\u2028${attack}//`,
  `"; ${attack} "`,
  `\${(() => { ${attack} })()}`,
  "@compute @workgroup_size(1) fn main() {}",
  "x".repeat(3000),
];

const hostile = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...pieces) },
      { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

const code = (file: string, text: string): string =>
  transformSync(text, {
    loader: file.endsWith(".ts") ? "ts" : "js",
    minifyWhitespace: true,
    legalComments: "none",
  }).code;

const wgslPart = /\/\/[^\n\v\f\r\u0085\u2028\u2029]*|\/\*|\*\/|[^/*]+|[^]/g;

/** WGSL without comments: its lines end at more characters than those of JavaScript, and its block comments nest. */
function wgslCode(text: string): string {
  let depth = 0;
  let kept = "";
  wgslPart.lastIndex = 0;
  for (let match = wgslPart.exec(text); match; match = wgslPart.exec(text)) {
    const [part] = match;
    if (part === "/*" || (part === "*/" && depth > 0))
      depth += part === "/*" ? 1 : -1;
    else if (depth > 0 && part.startsWith("//"))
      // Within a block comment these begin no other one.
      wgslPart.lastIndex = match.index + 1;
    else if (depth === 0 && !part.startsWith("//")) kept += part;
  }
  return kept.replaceAll(/\s+/g, " ");
}

/** Runs a module with a runtime that gives back what it is told. */
function run(text: string): {
  readonly told: unknown[];
  readonly ran: boolean;
} {
  const told: unknown[] = [];
  const tell = (description: object): object => {
    told.push(description);
    return { ...description };
  };
  const context = createContext({
    exports: {},
    module: {},
    require: () => ({
      defineCell: tell,
      wasmKernels: tell,
      webgpuKernels: tell,
    }),
  });
  runInContext(transformSync(text, { format: "cjs" }).code, context);
  return {
    told: JSON.parse(JSON.stringify(told)) as unknown[],
    ran: "ran" in context || "ran" in globalThis,
  };
}

const of = (files: PrintedFiles, file: string): string => files.texts[file]!;
const names = Object.keys(plain.texts);
const scripts = names.filter((name) => name.endsWith(".js"));

/** What the files hold besides comments. */
const codeOf = (name: string, text: string): string =>
  name.endsWith(".wgsl") ? wgslCode(text) : code(name, text);
const plainCode = new Map(
  names.map((name) => [name, codeOf(name, of(plain, name))]),
);

const plainTold = new Map(
  scripts.map((name) => [name, run(of(plain, name)).told]),
);

function expectNoCode(doc: readonly string[], path: string): void {
  const files = print(doc, path);
  expect(Object.keys(files.texts)).toEqual(names);
  for (const name of names) {
    const text = of(files, name);
    expect(text).not.toMatch(/<\/script|<!--/i);
    // The entry module has the documentation as data.
    if (name !== "unit.js")
      expect(codeOf(name, text), name).toBe(plainCode.get(name));
  }
  for (const name of scripts) {
    const { told, ran } = run(of(files, name));
    const expected = plainTold.get(name)!;
    expect(told, name).toEqual(
      name === "unit.js"
        ? expected.map((each) => ({ ...(each as object), doc }))
        : expected,
    );
    expect(ran).toBe(false);
  }
}

describe("texts of a spec", () => {
  it("never become code", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 3 }), hostile, expectNoCode),
      { numRuns: 15 },
    );
  });

  const groups = Array.from({ length: Math.ceil(pieces.length / 6) }, (_, i) =>
    pieces.slice(6 * i, 6 * i + 6),
  );
  it.each(groups)("never become code: %j", { timeout: 60_000 }, (...group) => {
    expectNoCode(
      group.flatMap((piece) => [piece, `a${piece}${attack}//`]),
      `${group.map((piece) => `a${piece}${attack}`).join("")}/b.cell`,
    );
  });

  it("do not change the WebAssembly", () => {
    const doc = [`*/ ;; (; ${attack} ;) \u2028`];
    expect(emitWat({ ...schedule, cell: { ...schedule.cell, doc } })).toBe(
      emitWat(schedule),
    );
  });

  it("come from the language as they are, and stay there", () => {
    const doc = `line\u2028${attack} */ ${attack} \`\${1}\``;
    const { cells } = compile(
      `/// ${doc}\ncell Unit { input x: [M] y = 2 * x output y }`,
      { file: `a\n${attack}.cell`, backends, assembler },
    );
    const { files } = cells[0]!;
    for (const name of Object.keys(files).filter((each) => each.endsWith("s")))
      expect(
        code(name, files[name]!).replace(/doc:\[.*?"\]/, ""),
      ).not.toContain("globalThis");
    expect(run(files["unit.js"]!).told).toMatchObject([{ doc: [doc] }]);
  });

  it("are known again in the first line of a file", () => {
    const readable = fc.oneof(hostile, fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(
        readable.filter((path) => path !== ""),
        (path) => {
          const line = banner(path, "Unit");
          expect(line.split(/[\n\v\f\r\u0085\u2028\u2029]/)).toHaveLength(1);
          expect(readBanner(`${line}\nimport x`)).toEqual({
            spec: path,
            cell: "Unit",
          });
        },
      ),
    );
  });

  it("are names that WGSL allows", () => {
    const sizes = ["loop", "struct", "x²", "_", "__a", "größe", "名前", "ℵ"];
    const { cells } = compile(
      `cell Unit { ${sizes.map((size, i) => `input x${i}: [${size}] y${i} = 2 * x${i}`).join("\n")} output ${sizes.map((_, i) => `y${i}`).join(", ")} }`,
      { backends: ["wgsl"] },
    );
    const members = Object.values(cells[0]!.files).flatMap((text) =>
      [...text.matchAll(/^ {2}(\S+): i32,$/gm)].map(([, name]) => name!),
    );
    expect(members).toContain("of_loop");
    for (const name of members) {
      expect(name).toMatch(/^\p{XID_Start}\p{XID_Continue}*$/u);
      expect(reserved.has(name), name).toBe(false);
    }
  });
});
