/**
 * Reads the text form of cells and adjoint steps that `print.ts` writes.
 *
 * The graph stands last in the text but is read first. Every node is made anew through `Graph.make`, so
 * that shapes are derived again; where the derived shape is not the written one, the text is wrong.
 */
import { domainNames, Graph } from "./graph.js";
import type { Attributes, Domain, Node } from "./graph.js";
import { operations } from "./ops/index.js";
import type { OpName } from "./ops/index.js";
import { needsShape } from "./print.js";
import { IrTextError, Scanner } from "./parse-scan.js";
import type { AdjointProgram, CellProgram, Initializer } from "./program.js";
import { sameShape, showShape } from "./size.js";
import type { Shape, Size } from "./size.js";

export { IrTextError } from "./parse-scan.js";

type Writable<T> = {
  -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K];
};

/** Throws an `IrTextError` that names the line. */
export function parseCell(text: string): CellProgram {
  const { cell, rest } = parseText(text);
  if (rest.length > 0) rest[0]!.fail("`graph`");
  return cell;
}

/** Throws an `IrTextError` that names the line. */
export function parseAdjoint(text: string): AdjointProgram {
  const { cell, rest, node } = parseText(text);
  const [head, ...body] = rest;
  if (!head?.take("adjoint"))
    throw new IrTextError("the text has no adjoint step");
  const adjoint: Writable<AdjointProgram> = {
    cell,
    cotangents: [],
    carried: [],
    inputs: [],
    contexts: [],
    params: [],
  };
  for (const scan of body) {
    if (scan.take("carried ")) {
      const name = scan.name();
      scan.expect("lag");
      const lag = scan.whole();
      scan.expect("=");
      adjoint.carried.push({ name, lag, node: node(scan) });
    } else {
      scan.expect("gradient ");
      const kind = scan.word();
      const name = scan.name();
      scan.expect("=");
      const entry = { name, node: node(scan) };
      if (kind === "definition") adjoint.cotangents.push(entry);
      else if (kind === "input") adjoint.inputs.push(entry);
      else if (kind === "context") adjoint.contexts.push(entry);
      else if (kind === "param") adjoint.params.push(entry);
      else scan.fail("`definition`, `input`, `context` or `param`");
    }
    scan.end();
  }
  return adjoint;
}

interface Parsed {
  readonly cell: CellProgram;
  /** Lines between the cell's declarations and the graph. */
  readonly rest: readonly Scanner[];
  /** Reads `%7`. */
  readonly node: (scan: Scanner) => Node;
}

function parseText(text: string): Parsed {
  const all = text
    .split("\n")
    .map((line, i) => new Scanner(line, i + 1))
    .filter((scan) => scan.text.trim() !== "");
  const graphAt = all.findIndex((scan) => scan.text.trim() === "graph");
  if (graphAt < 0) throw new IrTextError("the text has no `graph`");
  const graph = new Graph();
  const nodes = new Map<number, Node>();
  const node = (scan: Scanner): Node =>
    nodes.get(scan.reference()) ?? scan.fail("a node of the graph");
  for (const scan of all.slice(graphAt + 1)) parseNode(scan, graph, nodes);
  const header = all.slice(0, graphAt);
  const adjointAt = header.findIndex((scan) => scan.text.trim() === "adjoint");
  const end = adjointAt < 0 ? header.length : adjointAt;
  return {
    cell: parseHeader(header.slice(0, end), graph, node),
    rest: header.slice(end),
    node,
  };
}

function parseNode(
  scan: Scanner,
  graph: Graph,
  nodes: Map<number, Node>,
): void {
  const number = scan.reference();
  if (nodes.has(number)) scan.fail("a number that is not taken");
  scan.expect(":");
  const shape = scan.shape();
  scan.expect("=");
  const op = scan.word();
  if (!(op in operations)) scan.fail("an operation");
  scan.expect("(");
  const args: Node[] = [];
  while (!scan.take(")")) {
    if (args.length > 0) scan.expect(",");
    args.push(nodes.get(scan.reference()) ?? scan.fail("an earlier node"));
  }
  const attrs = scan.take("{") ? parseAttributes(scan) : {};
  scan.end();
  const name = op as OpName;
  const full = needsShape(name, args, attrs) ? { shape, ...attrs } : attrs;
  let made: Node;
  try {
    made = graph.make(name, args, full);
  } catch (error) {
    throw new IrTextError(`line ${scan.line}: ${(error as Error).message}`);
  }
  if (!sameShape(made.shape, shape))
    scan.fail(`the shape ${showShape(made.shape)}`);
  nodes.set(number, made);
}

function parseAttributes(scan: Scanner): Attributes {
  const attrs: Writable<Attributes> = {};
  do {
    const name = scan.word();
    scan.expect("=");
    switch (name) {
      case "value":
        attrs.value = scan.number();
        break;
      case "name":
        attrs.name = scan.name();
        break;
      case "transposed":
        attrs.transposed = scan.digits();
        break;
      case "lag":
        attrs.lag = scan.whole();
        break;
      case "size":
      case "from":
        attrs[name] = scan.size();
        break;
      case "shape":
        attrs.shape = [...scan.shape()];
        break;
      case "domain":
        attrs.domain = parseDomain(scan);
        break;
      case "fixed":
      case "token":
      case "transA":
      case "transB":
        scan.expect("true");
        attrs[name] = true;
        break;
      default:
        scan.fail("an attribute");
    }
  } while (scan.take(","));
  scan.expect("}");
  return attrs;
}

function parseDomain(scan: Scanner): Domain {
  const at = (domainNames as readonly string[]).indexOf(scan.word());
  return at < 0 ? scan.fail("static, context or row") : (at as Domain);
}

function parseHeader(
  header: readonly Scanner[],
  graph: Graph,
  node: (scan: Scanner) => Node,
): CellProgram {
  const [head, ...body] = header;
  if (!head?.take("cell ")) throw new IrTextError("the text has no `cell`");
  const cell: Writable<CellProgram> = {
    name: head.name(),
    doc: [],
    file: "",
    graph,
    sizes: [],
    inputs: [],
    contexts: [],
    params: [],
    buffers: [],
    states: [],
    definitions: [],
    outputs: [],
  };
  head.end();
  for (const scan of body) {
    parseDeclaration(scan, cell, node);
    scan.end();
  }
  return cell;
}

function parseDeclaration(
  scan: Scanner,
  cell: Writable<CellProgram>,
  node: (scan: Scanner) => Node,
): void {
  const kind = scan.word();
  if (kind === "file") {
    cell.file = scan.string();
    return;
  }
  if (kind === "doc") {
    cell.doc.push(scan.string());
    return;
  }
  const name = scan.name();
  const span = undefined;
  const given = (): Node => {
    scan.expect("=");
    return node(scan);
  };
  switch (kind) {
    case "size":
      cell.sizes.push(name);
      return;
    case "input":
      cell.inputs.push({ name, span, ...parseType(scan) });
      return;
    case "context":
      cell.contexts.push({ name, span, shape: parseType(scan).shape });
      return;
    case "param": {
      const { shape } = parseType(scan);
      scan.expect("~");
      cell.params.push({ name, shape, span, initializer: initializer(scan) });
      return;
    }
    case "buffer": {
      const { shape } = parseType(scan);
      const value = scan.peek("=") ? given() : undefined;
      cell.buffers.push({ name, shape, span, value });
      return;
    }
    case "state": {
      const type = parseType(scan);
      scan.expect("lag");
      const lag = scan.whole();
      const definition = given();
      const initial = scan.take("initial") ? node(scan) : undefined;
      cell.states.push({ name, ...type, lag, definition, initial, span });
      return;
    }
    case "gate":
    case "let":
      cell.definitions.push({
        name,
        node: given(),
        gate: kind === "gate",
        span,
      });
      return;
    case "output":
      cell.outputs.push({
        name,
        shape: parseType(scan).shape,
        node: given(),
        span,
      });
      return;
    default:
      scan.fail("a declaration");
  }
}

/** `: [N, M]` or `: token[V]` */
function parseType(scan: Scanner): {
  readonly shape: Shape;
  readonly vocabulary: Size | undefined;
} {
  scan.expect(":");
  if (!scan.take("token["))
    return { shape: scan.shape(), vocabulary: undefined };
  const vocabulary = scan.size();
  scan.expect("]");
  return { shape: [], vocabulary };
}

function initializer(scan: Scanner): Initializer {
  const kind = scan.word();
  if (kind === "glorot" || kind === "he" || kind === "orthogonal")
    return { kind };
  scan.expect("(");
  const first = scan.number();
  if (kind === "constant") {
    scan.expect(")");
    return { kind, value: first };
  }
  scan.expect(",");
  const second = scan.number();
  scan.expect(")");
  if (kind === "normal") return { kind, mean: first, sd: second };
  if (kind === "uniform") return { kind, from: first, to: second };
  return scan.fail("an initialiser");
}
