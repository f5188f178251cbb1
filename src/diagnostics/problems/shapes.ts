/** C3xx: shapes, sizes, and what kind of value an expression is. Shapes arrive as text. */
import type { Label, Note } from "../diagnostic.js";
import type { Span } from "../span.js";
import { error } from "../problem.js";

/** An operand with its shape, such as `[N, M]`. */
export interface ShapedOperand {
  readonly span: Span;
  readonly shape: string;
}

const shapeLabel = ({ span, shape }: ShapedOperand): Label => ({
  span,
  text: shape,
});

export const shapeProblems = {
  rankTooHigh: error(
    "C301",
    "A value has more than two axes.",
    (d: { span: Span; shape: string }) => ({
      message: `a value of shape ${d.shape} has more than two axes`,
      span: d.span,
      help: "values are scalars, vectors and matrices",
    }),
  ),
  elementwiseSizes: error(
    "C302",
    "An elementwise operation joins two different sizes.",
    (d: {
      /** The operator, or the name of the function. */
      span: Span;
      operator: string;
      left: ShapedOperand;
      right: ShapedOperand;
      notes?: readonly Note[] | undefined;
      help?: string | undefined;
    }) => ({
      message: `\`${d.operator}\` joins two different sizes, ${d.left.shape} and ${d.right.shape}`,
      span: d.span,
      labels: [shapeLabel(d.left), shapeLabel(d.right)],
      notes: d.notes,
      help: d.help,
    }),
  ),
  productSizes: error(
    "C303",
    "The inner sizes of a matrix product differ.",
    (d: {
      span: Span;
      left: ShapedOperand;
      right: ShapedOperand;
      inner: readonly [left: string, right: string];
      notes?: readonly Note[] | undefined;
      help?: string | undefined;
    }) => ({
      message: `\`@\` multiplies ${d.left.shape} with ${d.right.shape}: ${d.inner[0]} and ${d.inner[1]} differ`,
      span: d.span,
      labels: [shapeLabel(d.left), shapeLabel(d.right)],
      notes: d.notes,
      help: d.help,
    }),
  ),
  concatSizes: error(
    "C304",
    "`concat` joins values that do not fit together.",
    (d: { span: Span; operands: readonly ShapedOperand[] }) => ({
      message: `\`concat\` cannot join ${d.operands.map(({ shape }) => shape).join(" and ")}`,
      span: d.span,
      labels: d.operands.map(shapeLabel),
      help: "it joins scalars and vectors",
    }),
  ),
  wrongRank: error(
    "C305",
    "An operation is given a scalar, vector or matrix where it wants another.",
    (d: {
      span: Span;
      operator: string;
      /** With its article: "a vector", "a vector or a matrix". */
      expected: string;
      operand: ShapedOperand;
      help?: string | undefined;
    }) => ({
      message: `\`${d.operator}\` wants ${d.expected}, not the shape ${d.operand.shape}`,
      span: d.span,
      labels: [shapeLabel(d.operand)],
      help: d.help,
    }),
  ),
  declaredShape: error(
    "C306",
    "A definition has another shape than its declaration says.",
    (d: {
      span: Span;
      name: string;
      shape: string;
      declaredShape: string;
      declared: Span;
      /** What has the other shape: "its definition". */
      what?: string | undefined;
      help?: string | undefined;
    }) => ({
      message: `\`${d.name}\` is declared as ${d.declaredShape}, but ${d.what ?? "its definition"} has the shape ${d.shape}`,
      span: d.span,
      notes: [
        {
          text: `\`${d.name}\` is declared as ${d.declaredShape}`,
          span: d.declared,
        },
      ],
      help: d.help,
    }),
  ),
  sizeNotInferred: error(
    "C307",
    "The size of a value cannot be determined.",
    (d: {
      span: Span;
      name: string;
      rank?: number | undefined;
      /** `name` is the text of an expression within a definition. */
      inner?: boolean | undefined;
    }) => ({
      message: `the size of \`${d.name}\` cannot be inferred`,
      span: d.span,
      help: `${d.inner ? "give it a line of its own and say it: `value" : `say it: \`${d.name}`}: ${d.rank === 2 ? "[K, L]" : "[K]"} = …\``,
    }),
  ),
  argumentShapes: error(
    "C308",
    "The arguments of a function have shapes that do not fit together.",
    (d: {
      span: Span;
      name: string;
      operands: readonly ShapedOperand[];
      /** What has to hold, in words. */
      help: string;
    }) => ({
      message: `the arguments of \`${d.name}\` do not fit together: ${d.operands.map(({ shape }) => shape).join(" and ")}`,
      span: d.span,
      labels: d.operands.map(shapeLabel),
      help: d.help,
    }),
  ),
  tokenAsNumber: error(
    "C309",
    "A token is used as a number.",
    (d: { span: Span; name: string; declared: Span | undefined }) => ({
      message: `\`${d.name}\` is a token and cannot be used as a number`,
      span: d.span,
      notes: d.declared
        ? [{ text: `\`${d.name}\` is declared as a token`, span: d.declared }]
        : [],
      help: `\`W @ onehot(${d.name})\` takes a column of W, \`embed(E, ${d.name})\` a row of E, \`pick(v, ${d.name})\` an element of v`,
    }),
  ),
  numberAsToken: error(
    "C310",
    "A number is used where a token is wanted.",
    (d: {
      span: Span;
      operator: string;
      /** How the same is written for a number that is known when the spec is compiled. */
      constant?: string | undefined;
    }) => ({
      message: `\`${d.operator}\` wants a token here, not a number`,
      span: d.span,
      help: d.constant
        ? `for a constant write \`${d.constant}\``
        : "a token is an input: `input k: token[V]`",
    }),
  ),
  conditionExpected: error(
    "C311",
    "A number is used where a condition is wanted.",
    (d: { span: Span; operator: string }) => ({
      message: `\`${d.operator}\` wants a condition here, not a number`,
      span: d.span,
      help: "a condition is a comparison, such as `x > 0`",
    }),
  ),
  conditionAsNumber: error(
    "C312",
    "A comparison is used as a number.",
    (d: { span: Span; help?: string | undefined }) => ({
      message: "a condition is used as a number",
      span: d.span,
      help: d.help ?? "`where(condition, 1, 0)` is a number",
    }),
  ),
  notASize: error(
    "C313",
    "A shape contains something that is no size.",
    (d: { span: Span; why: string }) => ({
      message: `this is no size: ${d.why}`,
      span: d.span,
      help: "a size is made of names, whole numbers, `+`, `-`, `*` and `/`, such as `2*N`",
    }),
  ),
  badSlice: error(
    "C314",
    "The bounds of a slice are no sizes or lie outside the vector.",
    (d: { span: Span; why: string; help?: string | undefined }) => ({
      message: d.why,
      span: d.span,
      help: d.help ?? "`slice(v, from, to)` takes the elements from … to - 1",
    }),
  ),
} as const;
