/** One cell: every item elaborated, every `fix` applied, nothing yet known about shapes. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { Span } from "../../diagnostics/span.js";
import type { Initializer } from "../../ir/program.js";
import type { Expression } from "../ast.js";
import type { FileScope, ResolvedCell } from "../resolved.js";
import { Binder, describeValue, everything } from "./bind.js";
import type { Policy } from "./bind.js";
import { Constants } from "./constants.js";
import type { ConstantsRun } from "./constants.js";
import { readEnvironment } from "./environment.js";
import type { Environment } from "./environment.js";
import { Elaborator } from "./expression.js";
import type { Prelude } from "./functions.js";
import { readInitializer } from "./initializers.js";
import { TermList } from "./term-list.js";
import type { Budget } from "./term-list.js";
import type { Root, Term } from "./term.js";
import { kindPhrases } from "./value.js";
import type { Value } from "./value.js";

/** What all cells of one run share. */
export interface Run extends ConstantsRun {
  readonly prelude: Prelude;
  readonly budget: Budget;
}

export interface ElaboratedCell {
  readonly resolved: ResolvedCell;
  readonly environment: Environment;
  readonly terms: readonly Term[];
  /** A definition that is fixed keeps its root: its shape is that of the constant. */
  readonly definitions: ReadonlyMap<Value, Root>;
  readonly buffers: ReadonlyMap<Value, Root>;
  readonly initials: ReadonlyMap<Value, Root>;
  readonly fixes: ReadonlyMap<Value, Root>;
  /** What each parameter made by sugar is multiplied with. */
  readonly sources: ReadonlyMap<Value, Term>;
  readonly initializers: ReadonlyMap<Value, Initializer>;
  readonly outputs: readonly { readonly value: Value; readonly span: Span }[];
}

export function elaborateCell(
  resolved: ResolvedCell,
  run: Run,
): ElaboratedCell {
  const { bag, prelude, budget } = run;
  const environment = readEnvironment(resolved, bag);
  const { values } = environment;
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
    environment.constants,
    (name) => {
      const value = values.get(name);
      if (value) return describeValue(value);
      return environment.sizes.has(name) ? `the size \`${name}\`` : undefined;
    },
  );
  const binder = new Binder(environment, elaborator, constants, bag);

  const root = (
    role: Root["role"],
    value: Value,
    expression: Expression,
    scope: FileScope,
    policy: Policy,
  ): Root => {
    const first = list.terms.length;
    const result = list.asNumber(
      elaborator.elaborate(
        expression,
        binder.scope(scope, policy, role === "definition"),
      ),
    );
    const end = list.terms.length;
    return { value, role, result, first, end, span: expression.span };
  };

  for (const name of environment.constants.keys()) constants.ofCell(name);
  const fixes = elaborateFixes(resolved, values, bag, (value, item, scope) =>
    root("fix", value, item, scope, {
      allows: () => false,
      time: false,
      refuse: (span, uses) =>
        bag.report("notConstant", {
          span,
          item: `what \`fix ${value.name}\` says`,
          uses,
        }),
    }),
  );
  for (const [value, { result }] of fixes) elaborator.fixed.set(value, result);

  const buffers = new Map<Value, Root>();
  const initializers = new Map<Value, Initializer>();
  for (const [value, placed] of environment.declarations) {
    const { initializer } = placed.item;
    if (value.kind === "param") {
      const start = readInitializer(placed, constants, bag);
      if (start) initializers.set(value, start);
    }
    if (value.kind === "buffer" && initializer?.kind === "value")
      buffers.set(
        value,
        root("buffer", value, initializer.value, placed.scope, {
          allows: (other) =>
            other.kind === "buffer" &&
            environment.declarations.get(other)?.item.initializer !== undefined,
          time: false,
          refuse: (span, uses) =>
            bag.report("bufferNotStatic", { span, name: value.name, uses }),
        }),
      );
  }

  const definitions = new Map<Value, Root>();
  for (const [value, { item, scope }] of environment.definitions)
    definitions.set(
      value,
      root("definition", value, item.value, scope, everything),
    );

  const initials = new Map<Value, Root>();
  for (const [name, { item, scope }] of environment.states) {
    const value = values.get(name);
    if (value?.kind !== "definition" || item.initializer?.kind !== "value")
      continue;
    initials.set(
      value,
      root("initial", value, item.initializer.value, scope, {
        allows: (other) => other.kind === "param" || other.kind === "buffer",
        time: false,
        refuse: (span, uses) =>
          bag.report("initialNotStatic", { span, name, uses }),
      }),
    );
  }

  return {
    resolved,
    environment,
    terms: list.terms,
    definitions,
    buffers,
    initials,
    fixes,
    sources: elaborator.sources,
    initializers,
    outputs: readOutputs(resolved, values, bag),
  };
}

function elaborateFixes(
  { fixes, inheritedNames }: ResolvedCell,
  values: ReadonlyMap<string, Value>,
  bag: DiagnosticBag,
  elaborate: (value: Value, item: Expression, scope: FileScope) => Root,
): Map<Value, Root> {
  const result = new Map<Value, Root>();
  const fixable = [...values.values()].filter(
    ({ kind }) => kind === "definition" || kind === "param",
  );
  for (const { item, scope, own } of fixes)
    for (const { name, span } of item.names) {
      const value = values.get(name);
      if (value && fixable.includes(value))
        result.set(value, elaborate(value, item.value, scope));
      else if (value)
        bag.report("cannotFix", {
          span,
          name,
          kind: kindPhrases[value.kind],
          declared: value.span,
        });
      else if (own)
        // What a base fixes may be gone from a derived cell; what a cell fixes itself may not.
        bag.report("unknownFix", {
          span,
          name,
          nearest: bag.nearest(name, () => [
            ...fixable.map((each) => each.name),
            ...inheritedNames.map((each) => each.name),
          ]),
        });
    }
  return result;
}

function readOutputs(
  { output, name, declaration }: ResolvedCell,
  values: ReadonlyMap<string, Value>,
  bag: DiagnosticBag,
): { value: Value; span: Span }[] {
  if (!output) {
    if (declaration.broken) return [];
    bag.report("noOutput", { span: declaration.name.span, name });
    return [];
  }
  const seen = new Set<string>();
  return output.item.names.flatMap(({ name: outputName, span }) => {
    // One that stands twice was reported with the lists of the cell.
    if (seen.has(outputName)) return [];
    seen.add(outputName);
    const value = values.get(outputName);
    if (value?.vocabulary)
      bag.report("tokenAsNumber", {
        span,
        name: outputName,
        declared: value.span,
      });
    else if (value?.kind === "definition" || value?.kind === "input")
      return [{ value, span }];
    else if (!declaration.broken)
      bag.report("outputNeverDefined", {
        span,
        name: outputName,
        nearest: value
          ? undefined
          : bag.nearest(outputName, () => values.keys()),
      });
    return [];
  });
}
