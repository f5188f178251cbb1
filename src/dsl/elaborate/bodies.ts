/** The bodies of functions: they know their parameters, their own lines before, and their file. */
import type { FunctionDeclaration } from "../ast.js";
import type { FileScope } from "../resolved.js";
import { bindConstant, refuseLag, refuseUnknown } from "./names.js";
import type { Elaboration, NameExpression, Scope } from "./scope.js";
import type { Place, Term } from "./term.js";

export function elaborateBody(
  elaboration: Elaboration,
  declaration: FunctionDeclaration,
  args: readonly Term[],
  context: Pick<Scope, "file" | "open" | "place">,
): Term {
  const locals = new Map<string, Term>();
  declaration.parameters.forEach((parameter, i) =>
    locals.set(parameter.name, args[i]!),
  );
  const scope: Scope = {
    ...context,
    sugar: undefined,
    isValue: (name) => locals.has(name),
    bind: (expression, place) =>
      bindLocal(elaboration, expression, place, locals, context.file),
  };
  for (const { name, value } of declaration.locals)
    locals.set(name.name, elaboration.elaborate(value, scope));
  return elaboration.elaborate(declaration.result, scope);
}

function bindLocal(
  elaboration: Elaboration,
  expression: NameExpression,
  place: Place,
  locals: ReadonlyMap<string, Term>,
  file: FileScope,
): Term {
  const { name, lag } = expression;
  const { list } = elaboration;
  const local = locals.get(name);
  if (!local)
    return (
      bindConstant(elaboration, expression, place, file) ??
      refuseUnknown(elaboration, expression, place, file, () => [
        ...locals.keys(),
        ...file.constants.keys(),
        "pi",
      ])
    );
  if (lag === 0 || local.kind === "hole") return local;
  // Given a value by its bare name, a function can look back at it.
  if (
    local.kind === "value" &&
    (local.value.kind === "definition" || local.value.kind === "input")
  )
    return list.past(place, local.value, lag);
  if (local.kind === "past")
    return list.past(place, local.value, local.lag + lag);
  return refuseLag(elaboration, place, name, "an expression here");
}
