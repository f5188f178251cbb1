/**
 * Expressions from the parser's tree: numbers within range, `[t-k]` that means something, and no tree
 * deeper than later stages can walk.
 */
import type { CstNode, IToken } from "chevrotain";
import type { DiagnosticBag } from "../diagnostics/bag.js";
import type { Span } from "../diagnostics/span.js";
import type { Expression } from "./ast.js";
import {
  endOf,
  identifier,
  joinSpans,
  nodeOf,
  nodesOf,
  nodeSpan,
  tokenOf,
  tokensOf,
  tokenSpan,
} from "./cst.js";
import { expressionDepthLimit, lagLimit } from "./limits.js";
import { climb, type TreeMaker } from "./precedence.js";

export class ExpressionBuilder implements TreeMaker {
  readonly #depths = new WeakMap<Expression, number>();

  constructor(
    readonly file: string,
    readonly bag: DiagnosticBag,
  ) {}

  /** The tree of an `expression` node; a hole at `fallback` where there is none. */
  build(node: CstNode | undefined, fallback: number): Expression {
    if (node === undefined) return this.#hole(undefined, fallback);
    const operands = nodesOf(node, "operand");
    const signs = tokensOf(node, "BinarySign");
    if (node.recoveredNode || operands.length !== signs.length + 1)
      return this.#hole(node, fallback);
    const prefixes = operands.reduce(
      (sum, operand) => sum + tokensOf(operand, "PrefixSign").length,
      0,
    );
    const span = nodeSpan(this.file, node, fallback);
    // A list that is too long is not even climbed: climbing recurs on `^` and on prefixes.
    const tree =
      signs.length + prefixes <= expressionDepthLimit
        ? climb(this, operands, signs)
        : undefined;
    if (tree !== undefined && this.depth(tree) <= expressionDepthLimit)
      return tree;
    this.bag.report("expressionTooLong", { span, limit: expressionDepthLimit });
    return { kind: "hole", span };
  }

  arguments(node: CstNode): Expression[] {
    const { start } = nodeSpan(this.file, node);
    return nodesOf(node, "expression").map((expression) =>
      this.build(expression, start),
    );
  }

  /** Records the depth of a new tree over its parts. */
  made<E extends Expression>(tree: E, parts: readonly Expression[]): E {
    let depth = 0;
    for (const part of parts) depth = Math.max(depth, this.depth(part));
    this.#depths.set(tree, depth + 1);
    return tree;
  }

  depth(tree: Expression): number {
    return this.#depths.get(tree) ?? 1;
  }

  operand(node: CstNode): Expression {
    const { start } = nodeSpan(this.file, node);
    if (node.recoveredNode) return this.#hole(node, start);
    let tree = this.#primary(node, start);
    for (const suffix of nodesOf(node, "suffix"))
      tree = this.#suffix(tree, suffix);
    return tree;
  }

  #primary(node: CstNode, fallback: number): Expression {
    const number = tokenOf(node, "NumberLiteral");
    if (number !== undefined) return this.#number(number);
    const name = tokenOf(node, "Name");
    if (name !== undefined) {
      const callee = identifier(this.file, name);
      const args = nodeOf(node, "args");
      if (args === undefined)
        return { kind: "name", name: callee.name, lag: 0, span: callee.span };
      const span = joinSpans(
        callee.span,
        nodeSpan(this.file, args, callee.span.end),
      );
      if (args.recoveredNode) return { kind: "hole", span };
      const values = this.arguments(args);
      return this.made({ kind: "call", callee, args: values, span }, values);
    }
    return this.#group(node, fallback);
  }

  /** An expression in parentheses: the same tree, with a span that includes them. */
  #group(node: CstNode, fallback: number): Expression {
    const inner = nodeOf(node, "expression");
    if (inner === undefined) return this.#hole(node, fallback);
    const tree = this.build(inner, fallback);
    const open = tokenOf(node, "LeftParen");
    const close = tokenOf(node, "RightParen");
    if (open === undefined || close === undefined) return tree;
    const span = {
      file: this.file,
      start: open.startOffset,
      end: endOf(close),
    };
    const wrapped = { ...tree, span };
    this.#depths.set(wrapped, this.depth(tree));
    return wrapped;
  }

  #number(token: IToken): Expression {
    const span = tokenSpan(this.file, token);
    const value = Number(token.image);
    const isZero = !/[1-9]/.test(token.image.replace(/e.*/i, ""));
    if (!Number.isFinite(value) || (value === 0 && !isZero)) {
      const text =
        token.image.length > 40 ? `${token.image.slice(0, 40)}…` : token.image;
      this.bag.report("numberOutOfRange", {
        span,
        text,
        tooLarge: value !== 0,
      });
      return { kind: "hole", span };
    }
    return { kind: "number", value, span };
  }

  #suffix(tree: Expression, suffix: CstNode): Expression {
    const span = joinSpans(
      tree.span,
      nodeSpan(this.file, suffix, tree.span.end),
    );
    if (suffix.recoveredNode) return { kind: "hole", span };
    const property = tokenOf(suffix, "Name");
    if (property !== undefined) {
      if (property.image === "T")
        return this.made({ kind: "transpose", operand: tree, span }, [tree]);
      this.bag.report("unknownSuffix", {
        span: tokenSpan(this.file, property),
        name: property.image,
      });
      return { kind: "hole", span };
    }
    return this.#lagged(tree, suffix, span);
  }

  #lagged(tree: Expression, suffix: CstNode, span: Span): Expression {
    const inside = this.build(nodeOf(suffix, "expression"), span.end);
    if (inside.kind === "hole" || tree.kind === "hole")
      return { kind: "hole", span };
    const lag = lagOf(inside);
    const help =
      tree.kind !== "name"
        ? "give the expression a name of its own: `v = …`, then `v[t-1]`"
        : tree.lag > 0
          ? "one pair of brackets says it all: `[t-2]` is two steps back"
          : lag === undefined
            ? `the step before is \`${tree.name}[t-1]\`; a part of a vector is \`slice(${tree.name}, from, to)\``
            : lag === 0
              ? `the value at this step is \`${tree.name}\`, without brackets`
              : lag < 0
                ? "a step cannot look ahead; only `[t-1]`, `[t-2]`, … exist"
                : !Number.isInteger(lag)
                  ? "steps are whole: `[t-1]`, `[t-2]`, …"
                  : undefined;
    if (tree.kind !== "name" || lag === undefined || help !== undefined) {
      this.bag.report("badLag", {
        span,
        name: tree.kind === "name" ? tree.name : undefined,
        help: help ?? "",
      });
      return { kind: "hole", span };
    }
    if (lag > lagLimit) {
      this.bag.report("lagTooLarge", { span, lag, limit: lagLimit });
      return { kind: "hole", span };
    }
    return { kind: "name", name: tree.name, lag, span };
  }

  #hole(node: CstNode | undefined, fallback: number): Expression {
    const span = node
      ? nodeSpan(this.file, node, fallback)
      : { file: this.file, start: fallback, end: fallback };
    return { kind: "hole", span };
  }
}

/** k of `t - k`, 0 of `t`, negative for `t + k`; `undefined` for anything else. */
function lagOf(inside: Expression): number | undefined {
  const isStep = (e: Expression) =>
    e.kind === "name" && e.name === "t" && e.lag === 0;
  if (isStep(inside)) return 0;
  if (
    inside.kind !== "binary" ||
    !isStep(inside.left) ||
    inside.right.kind !== "number"
  )
    return undefined;
  if (inside.operator === "-") return inside.right.value;
  return inside.operator === "+" ? -inside.right.value : undefined;
}
