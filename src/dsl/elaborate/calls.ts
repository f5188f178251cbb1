/** Calls: built-ins are applied, functions are written out. */
import type { Span } from "../../diagnostics/span.js";
import type { FunctionDeclaration } from "../ast.js";
import { absentFunctions } from "./absent-functions.js";
import { elaborateBody } from "./bodies.js";
import type { Builtin } from "./builtins/record.js";
import { expandSugar } from "./expand-sugar.js";
import {
  findFunction,
  functionNames,
  reportCircle,
  signatureOf,
} from "./functions.js";
import type { Callee } from "./functions.js";
import type { Elaboration, Scope } from "./scope.js";
import { isSugar } from "./sugar.js";
import type { CallExpression } from "./sugar.js";
import type { Call, Place, Term } from "./term.js";

type Declared = Extract<Callee, { kind: "function" }>;

export function elaborateCall(
  elaboration: Elaboration,
  expression: CallExpression,
  scope: Scope,
  place: Place,
): Term {
  const { list, bag, prelude } = elaboration;
  const { callee, args } = expression;
  const { file } = scope;
  if (isSugar(callee.name, file))
    return expandSugar(elaboration, expression, scope, place);
  const found = findFunction(callee.name, file, prelude);
  const terms = args.map((arg) => elaboration.elaborate(arg, scope));
  const span = scope.place(callee.span).span;
  if (!found) {
    if (!file.unavailable?.has(callee.name)) {
      const instead = absentFunctions.get(callee.name);
      bag.report("unknownFunction", {
        span,
        name: callee.name,
        nearest:
          instead === undefined
            ? bag.nearest(callee.name, () => functionNames(file, prelude))
            : undefined,
        isValue: scope.isValue(callee.name),
        instead,
      });
    }
    return list.hole(place);
  }
  if (found.kind === "builtin") {
    if (acceptsCount(found.builtin, args.length))
      return list.apply(place, span, found.builtin, terms);
    if (!bag.hasErrorWithin(expression.span))
      reportBuiltinCount(elaboration, found.builtin, args.length, span);
    return list.hole(place);
  }
  const declaration = found.declarations.find(
    ({ parameters }) => parameters.length === args.length,
  );
  if (declaration)
    return writeOut(elaboration, declaration, found, terms, scope, place);
  if (!bag.hasErrorWithin(expression.span))
    reportCount(elaboration, found, args.length, span);
  return list.hole(place);
}

/** Every call of a function is a copy of its body; arguments are computed once. */
function writeOut(
  elaboration: Elaboration,
  declaration: FunctionDeclaration,
  { scope: file, prelude }: Declared,
  args: readonly Term[],
  scope: Scope,
  place: Place,
): Term {
  const { list, bag } = elaboration;
  const { name } = declaration.name;
  if (scope.open.includes(declaration)) {
    reportCircle(scope.open.slice(scope.open.indexOf(declaration)), bag);
    return list.hole(place);
  }
  // A function's own problems are found by looking at it alone.
  if (args.some((arg) => arg.kind === "hole")) return list.hole(place);
  const call: Call = { name, span: place.span, args, prelude };
  const inside: Place = {
    span: place.span,
    call: place.call?.prelude ? place.call : call,
  };
  return elaborateBody(elaboration, declaration, args, {
    file,
    open: [...scope.open, declaration],
    place: prelude ? () => inside : (span) => ({ span, call }),
  });
}

const acceptsCount = ({ takes, most }: Builtin, given: number): boolean =>
  given >= takes.length && given <= (most ?? takes.length);

/** From so many arguments on, a limit is no part of what the function means. */
const unboundedFrom = 64;

function reportBuiltinCount(
  { bag }: Elaboration,
  { name, takes, most = takes.length, signature }: Builtin,
  given: number,
  span: Span,
): void {
  bag.report("argumentCount", {
    span,
    name,
    fewest: takes.length,
    most: most >= unboundedFrom && given < most ? undefined : most,
    given,
    signature,
  });
}

function reportCount(
  { bag }: Elaboration,
  { declarations, prelude }: Declared,
  given: number,
  span: Span,
): void {
  const [first] = declarations as [FunctionDeclaration];
  const counts = declarations.map(({ parameters }) => parameters.length);
  bag.report("argumentCount", {
    span,
    name: first.name.name,
    fewest: Math.min(...counts),
    most: Math.max(...counts),
    given,
    signature: signatureOf(first),
    declared: prelude ? undefined : first.name.span,
  });
}
