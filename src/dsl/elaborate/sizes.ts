/** Sizes: what stands in the brackets of a shape, and arithmetic on sizes within bounds. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import {
  addSizes,
  divideSizes,
  multiplySizes,
  sizeName,
  sizeNumber,
  sizeValue,
  subtractSizes,
} from "../../ir/size.js";
import type { Shape, Size } from "../../ir/size.js";
import type { Expression, ShapeExpression } from "../ast.js";
import { sizeTermsLimit } from "../limits.js";
import { showWrittenShape } from "../written-shapes.js";

const largestNumber = 2 ** 31;

const manageable = (size: Size): boolean =>
  size.terms.length <= sizeTermsLimit &&
  size.terms.every(
    ({ numerator, denominator }) =>
      Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator),
  );

export type SizeOperator = "+" | "-" | "*" | "/";

export const isSizeOperator = (operator: string): operator is SizeOperator =>
  operator === "+" || operator === "-" || operator === "*" || operator === "/";

/** `undefined` where the result has no normal form or is beyond all bounds. */
export function combineSizes(
  operator: SizeOperator,
  a: Size,
  b: Size,
): Size | undefined {
  if (a.terms.length * b.terms.length > sizeTermsLimit * 4) return undefined;
  const result =
    operator === "+"
      ? addSizes(a, b)
      : operator === "-"
        ? subtractSizes(a, b)
        : operator === "*"
          ? multiplySizes(a, b)
          : divideSizes(a, b);
  return result && manageable(result) ? result : undefined;
}

export const wholeSize = (value: number): Size | undefined =>
  Number.isInteger(value) && Math.abs(value) <= largestNumber
    ? sizeNumber(value)
    : undefined;

/** What a shape expression says, or `undefined`, reported. `onName` hears of every name in it. */
export function readShape(
  expression: ShapeExpression,
  bag: DiagnosticBag,
  onName: (name: string, expression: Expression) => void,
): Shape | undefined {
  const extents = expression.extents.map((extent) =>
    readExtent(extent, bag, onName),
  );
  if (extents.length > 2) {
    bag.report("rankTooHigh", {
      span: expression.span,
      shape: showWrittenShape(expression),
    });
    return undefined;
  }
  return extents.every((size) => size !== undefined) ? extents : undefined;
}

/** One extent: positive as far as one can tell. */
export function readExtent(
  expression: Expression,
  bag: DiagnosticBag,
  onName: (name: string, expression: Expression) => void,
): Size | undefined {
  const size = readSize(expression, bag, onName);
  if (size === undefined) return undefined;
  const value = sizeValue(size);
  const why =
    value !== undefined && !Number.isInteger(value)
      ? `${value} is not whole`
      : value !== undefined && value <= 0
        ? `${value} is not positive`
        : size.terms.every((term) => term.numerator < 0)
          ? "it is negative"
          : undefined;
  if (why === undefined) return size;
  bag.report("notASize", { span: expression.span, why });
  return undefined;
}

function readSize(
  expression: Expression,
  bag: DiagnosticBag,
  onName: (name: string, expression: Expression) => void,
): Size | undefined {
  const refuse = (why: string): undefined => {
    bag.report("notASize", { span: expression.span, why });
  };
  switch (expression.kind) {
    case "hole":
      return undefined;
    case "number":
      return (
        wholeSize(expression.value) ??
        refuse(
          Number.isInteger(expression.value)
            ? "the number is too large"
            : "it is not whole",
        )
      );
    case "name":
      if (expression.lag > 0) return refuse("a size is the same at every step");
      if (expression.name === "t") return refuse("`t` changes with every step");
      onName(expression.name, expression);
      return sizeName(expression.name);
    case "unary": {
      if (expression.operator === "not") return refuse("it is a condition");
      const operand = readSize(expression.operand, bag, onName);
      return operand && combineSizes("-", sizeNumber(0), operand);
    }
    case "binary": {
      if (!isSizeOperator(expression.operator))
        return refuse(`\`${expression.operator}\` does not make sizes`);
      const left = readSize(expression.left, bag, onName);
      const right = readSize(expression.right, bag, onName);
      return (
        left &&
        right &&
        (combineSizes(expression.operator, left, right) ??
          refuse(
            expression.operator === "/"
              ? "only names, numbers and products of them can divide"
              : "it has too many terms",
          ))
      );
    }
    case "transpose":
      return refuse("a size cannot be transposed");
    case "call":
      return refuse("functions do not make sizes");
  }
}
