/** Which function a call means: the user's own, one of the prelude, or a built-in. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { FunctionDeclaration } from "../ast.js";
import type { FileScope } from "../resolved.js";
import { builtinFunctions, preludeOnly } from "./builtins/index.js";
import type { Builtin } from "./builtins/record.js";
import { sugarNames } from "./sugar.js";

/** The functions of the prelude; one name may stand for several, told apart by their arguments. */
export interface Prelude {
  readonly functions: ReadonlyMap<string, readonly FunctionDeclaration[]>;
  /** The scope of their bodies, in which users' names mean nothing. */
  readonly scope: FileScope;
}

export type Callee =
  | {
      readonly kind: "function";
      readonly declarations: readonly FunctionDeclaration[];
      readonly scope: FileScope;
      readonly prelude: boolean;
    }
  | { readonly kind: "builtin"; readonly builtin: Builtin };

export function findFunction(
  name: string,
  scope: FileScope,
  prelude: Prelude,
): Callee | undefined {
  const own = scope.functions.get(name);
  if (own)
    return {
      kind: "function",
      declarations: [own.declaration],
      scope: own.scope,
      prelude: own.scope === prelude.scope,
    };
  const declarations = prelude.functions.get(name);
  if (declarations)
    return {
      kind: "function",
      declarations,
      scope: prelude.scope,
      prelude: true,
    };
  const builtin =
    builtinFunctions.get(name) ??
    (scope === prelude.scope ? preludeOnly.get(name) : undefined);
  return builtin && { kind: "builtin", builtin };
}

/** Every name that can be called in a file. */
export const functionNames = (
  scope: FileScope,
  prelude: Prelude,
): readonly string[] => [
  ...scope.functions.keys(),
  ...prelude.functions.keys(),
  ...builtinFunctions.keys(),
  ...sugarNames,
];

export const signatureOf = ({
  name,
  parameters,
}: FunctionDeclaration): string =>
  `${name.name}(${parameters.map((parameter) => parameter.name).join(", ")})`;

/** Told from the function that stands first, so that a circle is reported once wherever it is entered. */
export function reportCircle(
  circle: readonly FunctionDeclaration[],
  bag: DiagnosticBag,
): void {
  const first = circle.reduce((a, b) =>
    b.name.span.start < a.name.span.start ? b : a,
  );
  const at = circle.indexOf(first);
  const names = [...circle.slice(at), ...circle.slice(0, at), first];
  bag.report("recursiveFunction", {
    span: first.name.span,
    circle: names.map(({ name }) => name.name),
  });
}
