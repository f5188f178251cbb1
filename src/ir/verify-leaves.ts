/** Rules for leaves: each stands for something that the cell declares. */
import { Domain, domainNames } from "./graph.js";
import type { Node } from "./graph.js";
import type { LeafName } from "./ops/index.js";
import { operations } from "./ops/index.js";
import type { CellProgram } from "./program.js";
import { sameShape, showShape, sizeNames } from "./size.js";
import type { Shape, Size } from "./size.js";

const domains: Record<LeafName, Domain> = {
  const: Domain.static,
  size: Domain.static,
  step: Domain.row,
  input: Domain.row,
  context: Domain.context,
  param: Domain.static,
  buffer: Domain.static,
  state: Domain.row,
  seed: Domain.row,
  carried: Domain.row,
  initial: Domain.context,
};

const onlyInAdjoint: ReadonlySet<Node["op"]> = new Set([
  "seed",
  "carried",
  "initial",
  "reduce",
]);

interface Declared {
  readonly name: string;
  readonly shape: Shape;
  readonly vocabulary?: Size | undefined;
  readonly lag?: number;
}

/** What is wrong with a leaf, as the end of a sentence that begins with it. */
export function leafProblem(
  cell: CellProgram,
  node: Node,
  inAdjoint: boolean,
): string | undefined {
  if (!inAdjoint && onlyInAdjoint.has(node.op))
    return "has a place in adjoint steps only";
  if (operations[node.op].kind !== "leaf") return undefined;
  const op = node.op as LeafName;
  if (node.domain !== domains[op])
    return `is ${domainNames[node.domain]}, not ${domainNames[domains[op]]}`;
  switch (op) {
    case "const":
      return node.attrs.value === undefined ? "has no value" : undefined;
    case "size":
      return node.attrs.size === undefined
        ? "names no size"
        : unknownSize(cell, node.attrs.size);
    case "step":
      return undefined;
    default:
      return declarationProblem(node, declarations(cell, op));
  }
}

function unknownSize(cell: CellProgram, size: Size): string | undefined {
  const name = sizeNames(size).find((each) => !cell.sizes.includes(each));
  return name === undefined ? undefined : `uses the unknown size ${name}`;
}

function declarations(
  cell: CellProgram,
  op: Exclude<LeafName, "const" | "size" | "step">,
): readonly Declared[] {
  switch (op) {
    case "input":
      return cell.inputs;
    case "context":
      return cell.contexts;
    case "param":
      return cell.params;
    case "buffer":
      return cell.buffers;
    case "state":
    case "carried":
    case "initial":
      return cell.states;
    case "seed":
      return cell.outputs;
  }
}

function declarationProblem(
  { op, attrs, shape }: Node,
  all: readonly Declared[],
): string | undefined {
  const declared = all.find(({ name }) => name === attrs.name);
  if (!declared) return "is not declared";
  if (!sameShape(declared.shape, shape))
    return `is declared as ${showShape(declared.shape)}`;
  const isToken = declared.vocabulary !== undefined;
  if ((op === "input" || op === "state") && isToken !== (attrs.token === true))
    return isToken ? "is a token but not marked as one" : "is no token";
  if ((op === "carried" || op === "initial") && isToken)
    return "belongs to a token, which has no gradient";
  if (op !== "state" && op !== "carried") return undefined;
  const { lag } = attrs;
  return lag !== undefined && lag >= 1 && lag <= declared.lag!
    ? undefined
    : `reaches ${lag} steps back, ${declared.lag} are kept`;
}
