/**
 * Flat lists of operands and operators become trees, by precedence climbing.
 *
 * From loose to tight: or, and, not, comparisons (which do not chain), + -, * /, @, unary minus, ^ (to the
 * right), then `.T`, calls and `[t-k]`. So `r * U @ h` is `r * (U @ h)` and `-x^2` is `-(x^2)`.
 */
import type { CstNode, IToken } from "chevrotain";
import type { DiagnosticBag } from "../diagnostics/bag.js";
import type { BinaryOperator, Expression } from "./ast.js";
import { endOf, joinSpans, tokensOf, tokenSpan } from "./cst.js";

/** Makes the parts that have no operators between them. */
export interface TreeMaker {
  readonly file: string;
  readonly bag: DiagnosticBag;
  /** An operand without its prefixes. */
  operand(node: CstNode): Expression;
  /** Hears of every new tree and of what it is made of. */
  made<E extends Expression>(tree: E, parts: readonly Expression[]): E;
}

/** `signs` stand between `operands`: there is one less of them. */
export const climb = (
  maker: TreeMaker,
  operands: readonly CstNode[],
  signs: readonly IToken[],
): Expression => new Climber(maker, operands, signs).expression(0);

const comparison = 4;
const unaryMinus = 8;

const precedences: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  ">": comparison,
  "<": comparison,
  ">=": comparison,
  "<=": comparison,
  "==": comparison,
  "!=": comparison,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "@": 7,
  "^": 9,
};

const isOperator = (image: string): image is BinaryOperator =>
  Object.hasOwn(precedences, image);

/** One walk along the operands and operators of a flat expression. */
class Climber {
  #position = 0;

  constructor(
    readonly maker: TreeMaker,
    readonly operands: readonly CstNode[],
    readonly signs: readonly IToken[],
  ) {}

  /** The longest tree from here on whose operators bind at least as tightly as `loosest`. */
  expression(loosest: number): Expression {
    const node = this.operands[this.#position]!;
    return this.#climb(
      this.#prefixed(node, tokensOf(node, "PrefixSign"), 0),
      loosest,
    );
  }

  #prefixed(
    node: CstNode,
    prefixes: readonly IToken[],
    index: number,
  ): Expression {
    const prefix = prefixes[index];
    if (prefix === undefined) return this.maker.operand(node);
    const operand = this.#climb(
      this.#prefixed(node, prefixes, index + 1),
      prefix.image === "-" ? unaryMinus : comparison,
    );
    return this.maker.made(
      {
        kind: "unary",
        operator: prefix.image === "-" ? "-" : "not",
        operand,
        span: joinSpans(tokenSpan(this.maker.file, prefix), operand.span),
      },
      [operand],
    );
  }

  #climb(first: Expression, loosest: number): Expression {
    let left = first;
    let compared: IToken | undefined;
    for (;;) {
      const sign = this.signs[this.#position];
      if (sign === undefined || !isOperator(sign.image)) return left;
      const precedence = precedences[sign.image];
      if (precedence < loosest) return left;
      if (precedence === comparison) {
        if (compared !== undefined) {
          this.#chained(compared, sign);
          left = { kind: "hole", span: left.span };
        }
        compared = sign;
      }
      this.#position++;
      const right = this.expression(
        sign.image === "^" ? precedence : precedence + 1,
      );
      left = this.maker.made(
        {
          kind: "binary",
          operator: sign.image,
          operatorSpan: tokenSpan(this.maker.file, sign),
          left,
          right,
          span: {
            file: this.maker.file,
            start: left.span.start,
            end: Math.max(endOf(sign), right.span.end),
          },
        },
        [left, right],
      );
    }
  }

  #chained(first: IToken, second: IToken): void {
    const { bag, file } = this.maker;
    bag.report("chainedComparison", {
      span: tokenSpan(file, second),
      first: tokenSpan(file, first),
      second: second.image,
    });
  }
}
