/** Shapes as they are written, compared and printed before anything is known about sizes. */
import type { Expression, ShapeExpression } from "./ast.js";

/**
 * Whether two written shapes are equal for all sizes; `undefined` where one cannot be read. Extents are
 * quotients of polynomials in the sizes: those that agree at several points without any pattern are the
 * same, so that `2*N` is `N + N`.
 */
export function sameWrittenShape(
  a: ShapeExpression,
  b: ShapeExpression,
): boolean | undefined {
  const points = [1, 2, 3];
  const values = [a, b].map((shape) =>
    points.map((point) =>
      shape.extents.map((extent) => valueAt(extent, point)),
    ),
  );
  if (values.flat(2).includes(undefined)) return undefined;
  if (a.extents.length !== b.extents.length) return false;
  return points.every((_, point) =>
    a.extents.every((_, axis) => {
      const x = values[0]![point]![axis]!;
      const y = values[1]![point]![axis]!;
      return Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y));
    }),
  );
}

/** A number between 2 and 3 for a size, another one at each point. */
function sizeAt(name: string, point: number): number {
  let hash = point * 0x9e3779b1;
  for (const character of name)
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
  return 2 + ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

function valueAt(extent: Expression, point: number): number | undefined {
  if (extent.kind === "number") return extent.value;
  if (extent.kind === "name") return sizeAt(extent.name, point);
  if (extent.kind !== "binary") return undefined;
  const left = valueAt(extent.left, point);
  const right = valueAt(extent.right, point);
  if (left === undefined || right === undefined) return undefined;
  switch (extent.operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    default:
      return undefined;
  }
}

export const showWrittenShape = ({ extents }: ShapeExpression): string =>
  `[${extents.map((extent) => show(extent, false)).join(", ")}]`;

function show(extent: Expression, inProduct: boolean): string {
  if (extent.kind === "number") return String(extent.value);
  if (extent.kind === "name") return extent.name;
  if (extent.kind !== "binary") return "…";
  const isProduct = extent.operator === "*" || extent.operator === "/";
  const left = show(extent.left, isProduct);
  const right = show(extent.right, isProduct || extent.operator === "-");
  const text = isProduct
    ? `${left}${extent.operator}${right}`
    : `${left} ${extent.operator} ${right}`;
  return inProduct ? `(${text})` : text;
}
