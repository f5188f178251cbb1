/** Looks at the body of every function once, called or not: names, calls and what can be seen without shapes. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { FunctionDeclaration } from "../ast.js";
import type { FileScope, ScopedFunction } from "../resolved.js";
import type { Run } from "./cell.js";
import { elaborateBody } from "./bodies.js";
import { Constants } from "./constants.js";
import { Elaborator } from "./expression.js";
import { reportCircle } from "./functions.js";
import { expressionsWithin } from "./sugar.js";
import { TermList } from "./term-list.js";

export function checkFunctions(files: Iterable<FileScope>, run: Run): void {
  const { bag, prelude, budget } = run;
  for (const file of files) {
    const list = new TermList(bag, budget);
    const elaborator: Elaborator = new Elaborator(
      list,
      prelude,
      bag,
      (name, scope) => constants.ofFile(name, scope),
    );
    const constants: Constants = new Constants(
      elaborator,
      run,
      new Map(),
      () => undefined,
    );
    for (const name of file.constants.keys()) constants.ofFile(name, file);
    reportRecursion(file, bag);
    for (const { declaration, scope } of file.functions.values())
      elaborateBody(
        elaborator,
        declaration,
        declaration.parameters.map(({ span }) =>
          list.hole({ span, call: undefined }),
        ),
        {
          file: scope,
          open: [declaration],
          place: (span) => ({ span, call: undefined }),
        },
      );
  }
}

/** Circles of calls among the functions of a file and those that they reach. */
function reportRecursion(file: FileScope, bag: DiagnosticBag): void {
  const state = new Map<FunctionDeclaration, "open" | "done">();
  for (const start of file.functions.values()) {
    if (state.has(start.declaration)) continue;
    const path: { declaration: FunctionDeclaration; rest: ScopedFunction[] }[] =
      [];
    const open = (next: ScopedFunction): void => {
      state.set(next.declaration, "open");
      path.push({ declaration: next.declaration, rest: callees(next) });
    };
    open(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.rest.shift();
      if (next === undefined) {
        state.set(top.declaration, "done");
        path.pop();
      } else if (!state.has(next.declaration)) open(next);
      else if (state.get(next.declaration) === "open") {
        const circle = path.map(({ declaration }) => declaration);
        reportCircle(circle.slice(circle.indexOf(next.declaration)), bag);
      }
    }
  }
}

function callees({ declaration, scope }: ScopedFunction): ScopedFunction[] {
  const found = new Set<ScopedFunction>();
  for (const root of [
    ...declaration.locals.map(({ value }) => value),
    declaration.result,
  ])
    for (const expression of expressionsWithin(root)) {
      if (expression.kind !== "call") continue;
      const callee = scope.functions.get(expression.callee.name);
      if (callee) found.add(callee);
    }
  return [...found];
}
