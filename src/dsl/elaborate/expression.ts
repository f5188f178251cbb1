/** Expressions to terms: operators are applied, names bound, calls handed on. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { Expression } from "../ast.js";
import {
  binaryBuiltin,
  transposeBuiltin,
  unaryBuiltins,
} from "./builtins/index.js";
import { writtenOutDepthLimit } from "../limits.js";
import { elaborateCall } from "./calls.js";
import type { Prelude } from "./functions.js";
import type { Elaboration, Scope } from "./scope.js";
import type { TermList } from "./term-list.js";
import type { Place, Term } from "./term.js";
import type { Value } from "./value.js";

export class Elaborator implements Elaboration {
  #depth = 0;
  readonly sources = new Map<Value, Term>();
  readonly fixed = new Map<Value, Term>();

  constructor(
    readonly list: TermList,
    readonly prelude: Prelude,
    readonly bag: DiagnosticBag,
    readonly constantOfFile: Elaboration["constantOfFile"],
  ) {}

  elaborate(expression: Expression, scope: Scope): Term {
    const place = scope.place(expression.span);
    if (!this.list.step(place)) return this.list.hole(place);
    if (this.#depth >= writtenOutDepthLimit) {
      this.bag.report("expressionTooLong", {
        span: place.span,
        limit: writtenOutDepthLimit,
      });
      return this.list.hole(place);
    }
    this.#depth++;
    try {
      return this.#expression(expression, scope, place);
    } finally {
      this.#depth--;
    }
  }

  #expression(expression: Expression, scope: Scope, place: Place): Term {
    switch (expression.kind) {
      case "hole":
        return this.list.hole(place);
      case "number":
        return this.list.number(place, expression.value);
      case "name":
        return scope.bind(expression, place);
      case "unary": {
        const operand = this.elaborate(expression.operand, scope);
        const builtin = unaryBuiltins[expression.operator];
        return this.list.apply(place, place.span, builtin, [operand]);
      }
      case "transpose": {
        const operand = this.elaborate(expression.operand, scope);
        return this.list.apply(place, place.span, transposeBuiltin, [operand]);
      }
      case "binary":
        return this.#binary(expression, scope);
      case "call":
        return elaborateCall(this, expression, scope, place);
    }
  }

  /** Long sums lean to the left: their left operands are walked, not recurred into. */
  #binary(
    expression: Extract<Expression, { kind: "binary" }>,
    scope: Scope,
  ): Term {
    const spine = [expression];
    while (spine.at(-1)!.left.kind === "binary")
      spine.push(spine.at(-1)!.left as typeof expression);
    let left = this.elaborate(spine.at(-1)!.left, scope);
    for (const { operator, operatorSpan, right, span } of spine.toReversed())
      left = this.list.apply(
        scope.place(span),
        scope.place(operatorSpan).span,
        binaryBuiltin(operator),
        [left, this.elaborate(right, scope)],
      );
    return left;
  }
}
