/** One name, declared or defined twice in one cell or function. */
import type { DiagnosticBag } from "../diagnostics/bag.js";
import type { Span } from "../diagnostics/span.js";
import type {
  CellDeclaration,
  FunctionDeclaration,
  Identifier,
} from "./ast.js";

type Report = (name: Identifier, first: Span) => void;

class Seen {
  readonly #first = new Map<string, Span>();

  constructor(readonly report: Report) {}

  add(names: readonly Identifier[]): void {
    for (const name of names) {
      const first = this.#first.get(name.name);
      if (first === undefined) this.#first.set(name.name, name.span);
      else this.report(name, first);
    }
  }
}

export function reportDuplicates(
  item: CellDeclaration | FunctionDeclaration,
  bag: DiagnosticBag,
): void {
  const twice =
    (
      key:
        "duplicateDefinition" | "duplicateDeclaration" | "duplicateParameter",
    ): Report =>
    ({ name, span }, first) =>
      bag.report(key, { span, name, first });
  if (item.kind === "fn") {
    new Seen(twice("duplicateParameter")).add(item.parameters);
    // A local may not take the name of a parameter either.
    const names = new Seen(twice("duplicateDefinition"));
    names.add(distinct(item.parameters));
    names.add(item.locals.map(({ name }) => name));
    return;
  }
  const definitions = new Seen(twice("duplicateDefinition"));
  const declarations = new Map<string, Seen>();
  const outputs = new Seen(({ name, span }, first) =>
    bag.report("duplicateOutput", { span, name, first }),
  );
  let output: Span | undefined;
  for (const each of item.items) {
    if (each.kind === "definition") definitions.add([each.name]);
    else if (each.kind === "fix") definitions.add(each.names);
    else if (each.kind === "output") {
      if (output)
        bag.report("secondOutput", { span: each.span, first: output });
      else outputs.add(each.names);
      output ??= each.span;
    } else {
      const seen =
        declarations.get(each.kind) ?? new Seen(twice("duplicateDeclaration"));
      declarations.set(each.kind, seen);
      seen.add([each.name]);
    }
  }
}

const distinct = (names: readonly Identifier[]): Identifier[] => [
  ...new Map(names.map((name) => [name.name, name])).values(),
];
