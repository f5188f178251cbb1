/** A derived cell may not change the shape of something that the definitions it inherits rely on. */
import type { DiagnosticBag } from "../diagnostics/bag.js";
import type { Span } from "../diagnostics/span.js";
import type { Expression, ShapeExpression } from "./ast.js";
import type { ResolvedCell } from "./resolved.js";
import { sameWrittenShape, showWrittenShape } from "./written-shapes.js";

/** Whether there was something to report. */
export function reportShapeOverrides(
  cell: ResolvedCell,
  base: ResolvedCell | undefined,
  bag: DiagnosticBag,
): boolean {
  let found = false;
  for (const { item, own } of cell.declarations) {
    if (!own) continue;
    const old = base?.declarations.find(
      (placed) =>
        placed.item.kind === item.kind &&
        placed.item.name.name === item.name.name,
    );
    if (old === undefined || !differs(item.shape, old.item.shape)) continue;
    const user = cell.definitions.find(
      (placed) =>
        !placed.own &&
        (placed.item.name.name === item.name.name ||
          findName(placed.item.value, item.name.name) !== undefined),
    );
    if (user === undefined) continue;
    found = true;
    bag.report("overrideShape", {
      span: item.name.span,
      name: item.name.name,
      shape: showWrittenShape(item.shape),
      baseShape: showWrittenShape(old.item.shape),
      base: old.item.name.span,
      user: user.item.name.name,
      use: findName(user.item.value, item.name.name) ?? user.item.name.span,
    });
  }
  return found;
}

const differs = (a: ShapeExpression, b: ShapeExpression): boolean =>
  sameWrittenShape(a, b) === false;

/** Where the expression uses the name. */
function findName(expression: Expression, name: string): Span | undefined {
  switch (expression.kind) {
    case "name":
      return expression.name === name ? expression.span : undefined;
    case "unary":
    case "transpose":
      return findName(expression.operand, name);
    case "binary":
      return (
        findName(expression.left, name) ?? findName(expression.right, name)
      );
    case "call":
      return firstOf(expression.args, name);
    case "number":
    case "hole":
      return undefined;
  }
}

function firstOf(
  expressions: readonly Expression[],
  name: string,
): Span | undefined {
  for (const expression of expressions) {
    const found = findName(expression, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
