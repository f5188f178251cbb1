/** `input`, `context`, `state`, `param` and `buffer` lines, one declaration for each name. */
import type { CstNode } from "chevrotain";
import type {
  Declaration,
  DeclarationKind,
  Expression,
  InitializerExpression,
  ShapeExpression,
} from "./ast.js";
import { identifier, nodeOf, nodesOf, nodeSpan, tokenOf } from "./cst.js";
import type { Reader } from "./reader.js";

const kinds: readonly (readonly [token: string, kind: DeclarationKind])[] = [
  ["Input", "input"],
  ["Context", "context"],
  ["State", "state"],
  ["Param", "param"],
  ["Buffer", "buffer"],
];

export function buildDeclarations(
  node: CstNode,
  reader: Reader,
): Declaration[] {
  const kind = kinds.find(([token]) => tokenOf(node, token))?.[1];
  if (kind === undefined) return [];
  return nodesOf(node, "declared").flatMap((group) =>
    buildGroup(kind, group, reader),
  );
}

function buildGroup(
  kind: DeclarationKind,
  group: CstNode,
  reader: Reader,
): Declaration[] {
  const names = reader.names(group, true);
  const span = reader.span(group);
  const shapeNode = nodeOf(group, "shape");
  const tokenType = nodeOf(group, "tokenType");
  const isInput = kind === "input";
  if (tokenType && !isInput)
    for (const { name } of names)
      reader.bag.report("tokenNotInput", {
        span: reader.span(tokenType),
        kind,
        name,
      });
  const vocabulary =
    tokenType && isInput
      ? reader.expressions.build(nodeOf(tokenType, "expression"), span.end)
      : undefined;
  const shape: ShapeExpression = shapeNode
    ? buildShape(shapeNode, reader)
    : tokenType && isInput
      ? { extents: [], span: reader.span(tokenType) }
      : { extents: [{ kind: "hole", span }], span };
  const initializer = buildInitializer(kind, names, group, reader);
  return names.map((name) => ({
    kind,
    name,
    shape,
    vocabulary,
    initializer,
    span,
  }));
}

export function buildShape(node: CstNode, reader: Reader): ShapeExpression {
  const span = reader.span(node);
  const extents: Expression[] = node.recoveredNode
    ? [{ kind: "hole", span }]
    : reader.expressions.arguments(node);
  return { extents, span };
}

function buildInitializer(
  kind: DeclarationKind,
  names: readonly { readonly name: string }[],
  group: CstNode,
  reader: Reader,
): InitializerExpression | undefined {
  const value = nodeOf(group, "expression");
  const distribution = nodeOf(group, "distribution");
  if (value) {
    if (kind !== "input" && kind !== "context")
      return {
        kind: "value",
        value: reader.expressions.build(value, reader.span(group).end),
      };
    for (const { name } of names)
      reader.bag.report("initializerNotAllowed", {
        span: reader.span(value),
        kind,
        name,
        initializer: "value",
      });
    return undefined;
  }
  const name = distribution && tokenOf(distribution, "Name");
  if (distribution === undefined || name === undefined) return undefined;
  const span = nodeSpan(reader.file, distribution);
  if (kind !== "param") {
    for (const { name } of names)
      reader.bag.report("initializerNotAllowed", {
        span,
        kind,
        name,
        initializer: "distribution",
      });
    return undefined;
  }
  const args = nodeOf(distribution, "args");
  return {
    kind: "distribution",
    name: identifier(reader.file, name),
    args: args ? reader.expressions.arguments(args) : [],
    span,
  };
}
