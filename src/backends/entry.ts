/**
 * Prints the entry module of a cell, the file that applications import, and its declarations: the
 * description that the runtime needs (names, shapes as functions of the sizes, starting values) and the
 * backends' kernels behind `import()`.
 */
import { reachable } from "../ir/graph.js";
import type { CellProgram, Initializer } from "../ir/program.js";
import { stateKey } from "../ir/program.js";
import { showShape, showSize, sizeNames } from "../ir/size.js";
import type { Shape, Size } from "../ir/size.js";
import { docComment, shortComment } from "../text/comments.js";
import { declaredName, propertyOf, stringLiteral } from "../text/literals.js";

export interface EntryOptions {
  readonly banner: string;
  /** The file name of the kernels' folder, such as `gru`. */
  readonly stem: string;
  readonly backends: readonly string[];
  /** Parameter names in the order of the flat vector. */
  readonly parameterOrder: readonly string[];
  /** Sizes that must come out as whole numbers of at least `least`; `where` says of what. */
  readonly requirements: readonly {
    readonly size: Size;
    readonly least: number;
    readonly where: string;
  }[];
}

/** A property of the description: one line, or a nested list of properties. */
type Property = readonly [key: string, value: string];
type Described = readonly Property[];

/** The entry module: ESM that imports `cellc/runtime` alone. Laid out as prettier would. */
export function emitEntry(cell: CellProgram, options: EntryOptions): string {
  const params = options.parameterOrder.map((name) =>
    cell.params.find((param) => param.name === name)!,
  );
  return `${options.banner}
import { defineCell } from "cellc/runtime";

const cell = defineCell({
  name: ${stringLiteral(cell.name)},
${listed("doc", cell.doc.map(stringLiteral))}
${listed("sizes", cell.sizes.map(stringLiteral))}
${described(
  "requirements",
  options.requirements
    .filter(({ size, least }) => !holdsAlways(size, least))
    .map(({ size, least, where }) => [
      ["where", stringLiteral(where)],
      ["least", String(least)],
      ["size", ofSizes([size], sizeExpression(size))],
    ]),
)}
${described(
  "inputs",
  cell.inputs.map(({ name, shape, vocabulary }) => [
    ...valueInfo(name, shape),
    ...vocabularyInfo(vocabulary),
  ]),
)}
${described(
  "context",
  cell.contexts.map(({ name, shape }) => valueInfo(name, shape)),
)}
${described(
  "params",
  params.map(({ name, shape, initializer }) => [
    ...valueInfo(name, shape),
    initializerInfo(initializer),
  ]),
)}
${described(
  "buffers",
  cell.buffers
    .filter(({ value }) => value === undefined)
    .map(({ name, shape }) => valueInfo(name, shape)),
)}
${described(
  "states",
  cell.states.map(({ name, shape, lag, vocabulary }) => [
    ...valueInfo(name, shape),
    ["lag", String(lag)],
    ...vocabularyInfo(vocabulary),
  ]),
)}
${described(
  "outputs",
  cell.outputs.map(({ name, shape }) => valueInfo(name, shape)),
)}${readsStep(cell) ? "\n  timed: true," : ""}
  backends: {
${options.backends.map((backend) => `    ${loadedAs(backend)}: () => import("./${options.stem}/${loadedAs(backend)}.js"),`).join("\n")}
  },
});

export { cell as ${declaredName(cell.name)} };
`;
}

const readsStep = (cell: CellProgram): boolean =>
  reachable([
    ...cell.outputs.map(({ node }) => node),
    ...cell.states.map(({ definition }) => definition),
  ]).some(({ op }) => op === "step");

/** The name by which applications load a backend, and of its module. */
const loadedAs = (backend: string): string =>
  backend === "wgsl" ? "webgpu" : backend;

/** The declarations beside the entry module: the cell's own names as types. */
export function emitEntryTypes(
  cell: CellProgram,
  options: EntryOptions,
): string {
  const keys = (states: CellProgram["states"]): string[] =>
    states.flatMap(({ name, lag }) =>
      Array.from({ length: lag }, (_, i) => stateKey(name, i + 1)),
    );
  const names = (declared: readonly { readonly name: string }[]): string[] =>
    declared.map(({ name }) => name);
  const members: readonly (readonly [string, readonly string[]])[] = [
    ["sizes", cell.sizes],
    ["inputs", names(cell.inputs)],
    ["context", names(cell.contexts)],
    ["params", options.parameterOrder],
    ["buffers", names(cell.buffers.filter(({ value }) => value === undefined))],
    ["states", keys(cell.states.filter((state) => !state.vocabulary))],
    ["tokenStates", keys(cell.states.filter((state) => state.vocabulary))],
    ["outputs", names(cell.outputs)],
  ];
  return `${options.banner}
import type { CellModule } from "cellc/runtime";

${shortComment(`The names of the cell ${cell.name}.`)}
export interface ${namesType(cell)} {
${members.map(([member, union]) => unionMember(member, union)).join("\n")}
}

${docComment([...cell.doc, "", ...shapeLines(cell)]).join("\n")}
declare const cell: CellModule<${namesType(cell)}>;

export { cell as ${declaredName(cell.name)} };
`;
}

const lineWidth = 80;

/** A list of plain values: on one line where it fits. */
function listed(key: string, items: readonly string[]): string {
  const line = `  ${key}: [${items.join(", ")}],`;
  return line.length <= lineWidth
    ? line
    : `  ${key}: [\n${items.map((item) => `    ${item},`).join("\n")}\n  ],`;
}

/** A list of objects, one property per line. */
const described = (key: string, items: readonly Described[]): string =>
  items.length === 0
    ? `  ${key}: [],`
    : [
        `  ${key}: [`,
        ...items.flatMap((properties) => [
          "    {",
          ...properties.map(([name, value]) => `      ${name}: ${value},`),
          "    },",
        ]),
        "  ],",
      ].join("\n");

/** A union: on one line, on one line of its own, or a line per name, whatever fits first. */
function unionMember(member: string, union: readonly string[]): string {
  const names = union.map(stringLiteral);
  const whole = names.join(" | ") || "never";
  const head = `  readonly ${member}:`;
  if (head.length + whole.length + 2 <= lineWidth) return `${head} ${whole};`;
  return whole.length + 5 <= lineWidth
    ? `${head}\n    ${whole};`
    : `${head}\n${names.map((name) => `    | ${name}`).join("\n")};`;
}

/** True where whole numbers from 1 on can give nothing else than a whole number of at least `least`. */
const holdsAlways = ({ terms }: Size, least: number): boolean =>
  terms.every(
    ({ numerator, denominator, powers }) =>
      numerator > 0 &&
      denominator === 1 &&
      powers.every(([, exponent]) => exponent > 0),
  ) && terms.reduce((sum, { numerator }) => sum + numerator, 0) >= least;

const valueInfo = (name: string, shape: Shape): Property[] => [
  ["name", stringLiteral(name)],
  ["type", stringLiteral(showShape(shape))],
  ["shape", ofSizes(shape, `[${shape.map(sizeExpression).join(", ")}]`)],
];

const vocabularyInfo = (vocabulary: Size | undefined): Property[] =>
  vocabulary
    ? [["vocabulary", ofSizes([vocabulary], sizeExpression(vocabulary))]]
    : [];

const initializerInfo = (initializer: Initializer): Property => [
  "initializer",
  `{ ${Object.entries(initializer)
    .map(
      ([key, value]) =>
        `${key}: ${typeof value === "string" ? stringLiteral(value) : String(value)}`,
    )
    .join(", ")} }`,
];

/** A function of the sizes, which `sizeExpression` reads from \`size\`. */
const ofSizes = (sizes: readonly Size[], expression: string): string =>
  `(${sizes.some((size) => sizeNames(size).length > 0) ? "size" : ""}) => ${expression}`;

const namesType = (cell: CellProgram): string =>
  `${cell.name.replaceAll(/[^A-Za-z0-9_]/g, "_")}Names`;

/** JavaScript for a size: sums of products, whose division comes last so that whole numbers stay exact. */
export function sizeExpression(size: Size): string {
  if (size.terms.length === 0) return "0";
  return size.terms
    .map(({ numerator, denominator, powers }, i) => {
      const factors: string[] = [];
      const divisors: string[] = [];
      for (const [name, exponent] of powers)
        for (let k = 0; k < Math.abs(exponent); k++)
          (exponent > 0 ? factors : divisors).push(propertyOf("size", name));
      const magnitude = Math.abs(numerator);
      if (magnitude !== 1 || factors.length === 0)
        factors.unshift(String(magnitude));
      if (denominator !== 1) divisors.unshift(String(denominator));
      const term = [factors.join(" * "), ...divisors].join(" / ");
      if (i === 0) return numerator < 0 ? `-${term}` : term;
      return numerator < 0 ? `- ${term}` : `+ ${term}`;
    })
    .join(" ");
}

const shapeLines = (cell: CellProgram): string[] => {
  const line = (kind: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`${kind} ${items.join(", ")}`];
  const typed = ({ name, shape }: { name: string; shape: Shape }): string =>
    `${name}: ${showShape(shape)}`;
  return [
    ...line(
      "Inputs:",
      cell.inputs.map((input) =>
        input.vocabulary
          ? `${input.name}: token[${showSize(input.vocabulary)}]`
          : typed(input),
      ),
    ),
    ...line("Context:", cell.contexts.map(typed)),
    ...line("States:", cell.states.map(typed)),
    ...line("Outputs:", cell.outputs.map(typed)),
    ...line("Parameters:", cell.params.map(typed)),
  ];
};
