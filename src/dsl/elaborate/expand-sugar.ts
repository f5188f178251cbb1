/** `affine`, `linear` and `peephole` as the sums and products that they stand for. */
import {
  binaryBuiltin,
  onehotBuiltin,
  projectBuiltin,
} from "./builtins/index.js";
import { valueTerm } from "./names.js";
import type { Elaboration, Scope } from "./scope.js";
import type { CallExpression } from "./sugar.js";
import type { Place, Term } from "./term.js";

export function expandSugar(
  elaboration: Elaboration,
  expression: CallExpression,
  scope: Scope,
  place: Place,
): Term {
  const { list, bag, sources } = elaboration;
  const { callee, args } = expression;
  const { name } = callee;
  const operator = scope.place(callee.span).span;
  const made = scope.sugar?.get(expression);
  if (!made) {
    bag.report("sugarOutsideDefinition", { span: operator, name });
    for (const arg of args) elaboration.elaborate(arg, scope);
    return list.hole(place);
  }
  const isPeephole = name === "peephole";
  if (args.length === 0 || (isPeephole && args.length > 1)) {
    if (bag.hasErrorWithin(expression.span)) return list.hole(place);
    bag.report("argumentCount", {
      span: operator,
      name,
      fewest: 1,
      most: isPeephole ? 1 : undefined,
      given: args.length,
      signature: isPeephole ? "peephole(c[t-1])" : `${name}(a, …)`,
    });
    return list.hole(place);
  }
  const add = (sum: Term | undefined, part: Term): Term =>
    sum ? list.apply(place, operator, binaryBuiltin("+"), [sum, part]) : part;
  // In the order in which one writes it by hand, so that both ways make the same graph.
  let sum: Term | undefined;
  for (const [i, arg] of args.entries()) {
    const value = made.weights[i];
    const weight = value
      ? valueTerm(elaboration, place, value)
      : list.hole(place);
    const source = asArray(elaboration, elaboration.elaborate(arg, scope));
    if (value) sources.set(value, source);
    const builtin = isPeephole ? binaryBuiltin("*") : projectBuiltin;
    sum = add(sum, list.apply(place, operator, builtin, [weight, source]));
  }
  return made.bias ? add(sum, valueTerm(elaboration, place, made.bias)) : sum!;
}

/** A token as the vector whose products are gathers. */
function asArray({ list }: Elaboration, source: Term): Term {
  const { place } = source;
  return source.sort === "token"
    ? list.apply(place, place.span, onehotBuiltin, [source])
    : source;
}
