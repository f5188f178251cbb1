/**
 * Graphs and cells as text, for people and for tests of passes. `parse.ts` reads exactly this.
 *
 * One node per line, operands first, numbered from 0 in that order: `%7: [N] = mul(%3, %5)`. What a node
 * has besides operands and shape stands in braces. Only nodes that something declared needs are printed.
 */
import { operations } from "./ops/index.js";
import { domainNames, reachable, showAttribute } from "./graph.js";
import type { Attributes, Node } from "./graph.js";
import type { AdjointProgram, CellProgram, Initializer } from "./program.js";
import { showShape, showSize } from "./size.js";
import type { Shape, Size } from "./size.js";

const plainName = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** Names that would not read back as one word are quoted. */
const showName = (name: string): string =>
  plainName.test(name) ? name : JSON.stringify(name);

type Numbering = ReadonlyMap<Node, number>;

const numberNodes = (roots: Iterable<Node>): Numbering =>
  new Map(reachable(roots).map((node, i) => [node, i]));

/** Every node that a cell declares or needs, for whom reachability matters. */
export const programRoots = (program: CellProgram): Node[] => [
  ...program.outputs.map(({ node }) => node),
  ...program.definitions.map(({ node }) => node),
  ...program.states.flatMap(({ definition, initial }) =>
    initial ? [definition, initial] : [definition],
  ),
  ...program.buffers.flatMap(({ value }) => (value ? [value] : [])),
];

/** Likewise for an adjoint step, without those of its cell. */
const gradientRoots = (adjoint: AdjointProgram): Node[] => [
  ...adjoint.cotangents.map(({ node }) => node),
  ...adjoint.carried.map(({ node }) => node),
  ...adjoint.inputs.map(({ node }) => node),
  ...adjoint.contexts.map(({ node }) => node),
  ...adjoint.params.map(({ node }) => node),
];

/** A cell as text: its declarations, then its graph. Source spans are left out. */
export function printCell(program: CellProgram): string {
  const numbers = numberNodes(programRoots(program));
  return lines([...cellHeader(program, numbers), ...graphLines(numbers)]);
}

/** An adjoint step as text: the cell's declarations, the gradients, one graph for both. */
export function printAdjoint(adjoint: AdjointProgram): string {
  const numbers = numberNodes([
    ...programRoots(adjoint.cell),
    ...gradientRoots(adjoint),
  ]);
  const reference = (node: Node): string => `%${numbers.get(node)!}`;
  const gradients = (
    kind: string,
    entries: readonly { readonly name: string; readonly node: Node }[],
  ): string[] =>
    entries.map(
      ({ name, node }) =>
        `  gradient ${kind} ${showName(name)} = ${reference(node)}`,
    );
  return lines([
    ...cellHeader(adjoint.cell, numbers),
    "adjoint",
    ...adjoint.carried.map(
      ({ name, lag, node }) =>
        `  carried ${showName(name)} lag ${lag} = ${reference(node)}`,
    ),
    ...gradients("definition", adjoint.cotangents),
    ...gradients("input", adjoint.inputs),
    ...gradients("context", adjoint.contexts),
    ...gradients("param", adjoint.params),
    ...graphLines(numbers),
  ]);
}

/** The nodes that `roots` need, one per line: for messages and tests of single passes. */
export const printNodes = (roots: Iterable<Node>): string =>
  lines(graphLines(numberNodes(roots)).slice(1));

const lines = (all: readonly string[]): string => `${all.join("\n")}\n`;

function cellHeader(program: CellProgram, numbers: Numbering): string[] {
  const reference = (node: Node): string => `%${numbers.get(node)!}`;
  const typed = (name: string, shape: Shape, vocabulary?: Size): string =>
    `${showName(name)}: ${vocabulary ? `token[${showSize(vocabulary)}]` : showShape(shape)}`;
  return [
    `cell ${showName(program.name)}`,
    `  file ${JSON.stringify(program.file)}`,
    ...program.doc.map((line) => `  doc ${JSON.stringify(line)}`),
    ...program.sizes.map((name) => `  size ${name}`),
    ...program.inputs.map(
      ({ name, shape, vocabulary }) =>
        `  input ${typed(name, shape, vocabulary)}`,
    ),
    ...program.contexts.map(
      ({ name, shape }) => `  context ${typed(name, shape)}`,
    ),
    ...program.params.map(
      ({ name, shape, initializer }) =>
        `  param ${typed(name, shape)} ~ ${showInitializer(initializer)}`,
    ),
    ...program.buffers.map(
      ({ name, shape, value }) =>
        `  buffer ${typed(name, shape)}${value ? ` = ${reference(value)}` : ""}`,
    ),
    ...program.states.map(
      ({ name, shape, lag, vocabulary, definition, initial }) =>
        `  state ${typed(name, shape, vocabulary)} lag ${lag} = ${reference(definition)}${initial ? ` initial ${reference(initial)}` : ""}`,
    ),
    ...program.definitions.map(
      ({ name, node, gate }) =>
        `  ${gate ? "gate" : "let"} ${showName(name)} = ${reference(node)}`,
    ),
    ...program.outputs.map(
      ({ name, shape, node }) =>
        `  output ${typed(name, shape)} = ${reference(node)}`,
    ),
  ];
}

function showInitializer(initializer: Initializer): string {
  switch (initializer.kind) {
    case "constant":
      return `constant(${showAttribute("value", initializer.value)})`;
    case "normal":
      return `normal(${initializer.mean}, ${initializer.sd})`;
    case "uniform":
      return `uniform(${initializer.from}, ${initializer.to})`;
    case "glorot":
    case "he":
    case "orthogonal":
      return initializer.kind;
  }
}

function graphLines(numbers: Numbering): string[] {
  return [
    "graph",
    ...[...numbers].map(([node, number]) => {
      const args = node.args.map((arg) => `%${numbers.get(arg)!}`).join(", ");
      return `  %${number}: ${showShape(node.shape)} = ${node.op}(${args})${showAttributes(node)}`;
    }),
  ];
}

/** Attributes in braces; the shape only where the node's own shape does not say it already. */
function showAttributes(node: Node): string {
  const shown = Object.entries(node.attrs).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    if (name === "shape" && needsShape(node.op, node.args, node.attrs))
      return [];
    if (name === "domain") return [`domain=${domainNames[value as 0 | 1 | 2]}`];
    if (name === "name") return [`name=${showName(String(value))}`];
    return [`${name}=${showAttribute(name, value)}`];
  });
  return shown.length === 0 ? "" : ` {${shown.sort().join(", ")}}`;
}

/** Whether an operation cannot do without the attribute `shape`. */
export function needsShape(
  op: Node["op"],
  args: readonly Node[],
  attrs: Attributes,
): boolean {
  const { shape: _, ...rest } = attrs;
  return (
    typeof operations[op].shape(
      args.map((arg) => arg.shape),
      rest,
    ) === "string"
  );
}
