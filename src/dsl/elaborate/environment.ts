/** The names of one cell: its values, sizes and constants, with every clash between them. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { Span } from "../../diagnostics/span.js";
import { sameShape, showShape, sizeName } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { ConstItem, Declaration, DefinitionItem } from "../ast.js";
import type { FileScope, Placed, ResolvedCell } from "../resolved.js";
import { readExtent, readShape } from "./sizes.js";
import { nameSugar } from "./sugar.js";
import type { CallExpression, SugarCall } from "./sugar.js";
import { kindPhrases } from "./value.js";
import type { DeclaredShape, Value } from "./value.js";

export interface Environment {
  /** Declared values first, then definitions, then what sugar makes. */
  readonly values: ReadonlyMap<string, Value>;
  /** Where each size appears first, in that order. */
  readonly sizes: ReadonlyMap<string, Span>;
  readonly constants: ReadonlyMap<string, Placed<ConstItem>>;
  readonly sugar: ReadonlyMap<CallExpression, SugarCall>;
  readonly declarations: ReadonlyMap<Value, Placed<Declaration>>;
  readonly definitions: ReadonlyMap<Value, Placed<DefinitionItem>>;
  /** The `state` line of a definition. */
  readonly states: ReadonlyMap<string, Placed<Declaration>>;
  /** Some of the cell could not be read: what seems to be missing may be there. */
  readonly broken: boolean;
}

export function readEnvironment(
  cell: ResolvedCell,
  bag: DiagnosticBag,
): Environment {
  const reader = new EnvironmentReader(cell, bag);
  reader.readShapes();
  reader.readDeclarations();
  reader.readDefinitions();
  reader.readSugar();
  reader.reportClashes();
  return reader;
}

class EnvironmentReader implements Environment {
  readonly values = new Map<string, Value>();
  readonly sizes = new Map<string, Span>();
  readonly constants;
  readonly sugar = new Map<CallExpression, SugarCall>();
  readonly declarations = new Map<Value, Placed<Declaration>>();
  readonly definitions = new Map<Value, Placed<DefinitionItem>>();
  readonly states;
  readonly broken;
  readonly #shapes = new Map<Placed<Declaration>, DeclaredShape>();
  readonly #vocabularies = new Map<Placed<Declaration>, Size>();

  constructor(
    private readonly cell: ResolvedCell,
    private readonly bag: DiagnosticBag,
  ) {
    this.broken = cell.declaration.broken;
    this.constants = new Map(
      cell.constants.map((placed) => [placed.item.name.name, placed]),
    );
    this.states = new Map(
      cell.declarations
        .filter(({ item }) => item.kind === "state")
        .map((placed) => [placed.item.name.name, placed]),
    );
  }

  /** In the order of the text, which is the order in which users are asked for sizes. */
  readShapes(): void {
    for (const placed of this.cell.declarations) {
      const { shape, name, vocabulary } = placed.item;
      const onSize = this.#sizeReader(placed.scope);
      this.#shapes.set(placed, {
        shape: readShape(shape, this.bag, onSize),
        span: name.span,
      });
      // An unreadable one fits every size: the input stays a token.
      if (vocabulary)
        this.#vocabularies.set(
          placed,
          readExtent(vocabulary, this.bag, onSize) ?? sizeName(`?${name.name}`),
        );
    }
  }

  readDeclarations(): void {
    for (const placed of this.cell.declarations) {
      const { item, own } = placed;
      if (item.kind === "state") continue;
      const { name, span } = item.name;
      const other = this.values.get(name);
      const state = this.states.get(name)?.item.name.span;
      if (other) {
        this.#clash(span, name, kindPhrases[item.kind], other);
        continue;
      }
      if (state)
        this.bag.report("kindClash", {
          span,
          name,
          kind: kindPhrases[item.kind],
          otherKind: kindPhrases.state,
          other: state,
        });
      const value: Value = {
        ...plain,
        name,
        kind: item.kind,
        span,
        own,
        declared: this.#shapes.get(placed),
        vocabulary: this.#vocabularies.get(placed),
      };
      this.values.set(name, value);
      this.declarations.set(value, placed);
    }
  }

  /** Definitions, and states that have none. */
  readDefinitions(): void {
    for (const placed of this.cell.definitions) {
      const { item, own } = placed;
      const { name, span } = item.name;
      const other = this.values.get(name);
      if (other) {
        this.#clash(span, name, kindPhrases.definition, other);
        continue;
      }
      const value: Value = {
        ...plain,
        name,
        kind: "definition",
        span,
        own,
        gate: item.gate,
        declared: this.#definedShape(placed),
      };
      this.values.set(name, value);
      this.definitions.set(value, placed);
    }
    for (const [name, placed] of this.states)
      if (!this.values.has(name))
        this.values.set(name, {
          ...plain,
          name,
          kind: "state",
          span: placed.item.name.span,
          own: placed.own,
          declared: this.#shapes.get(placed),
        });
  }

  /** What the `state` line of a definition says, or its own; both have to agree. */
  #definedShape({
    item,
    scope,
  }: Placed<DefinitionItem>): DeclaredShape | undefined {
    const { name, span } = item.name;
    const said = item.shape && {
      shape: readShape(item.shape, this.bag, this.#sizeReader(scope)),
      span,
    };
    const line = this.states.get(name);
    const state = line && this.#shapes.get(line);
    if (said?.shape && state?.shape && !sameShape(said.shape, state.shape))
      this.bag.report("declaredShape", {
        span,
        name,
        shape: showShape(said.shape),
        declaredShape: showShape(state.shape),
        declared: state.span,
      });
    return state ?? said;
  }

  readSugar(): void {
    const written = new Set(this.values.keys());
    for (const placed of this.definitions.values())
      for (const [call, made] of nameSugar(
        placed,
        (name) => written.has(name),
        this.bag,
        (value, maker) => {
          const other = this.values.get(value.name);
          if (!other) this.values.set(value.name, value);
          else
            this.bag.report("parameterMadeTwice", {
              span: value.span,
              name: value.name,
              maker,
              other: other.span,
              otherIsDeclared: other.sugar === undefined,
            });
        },
      ))
        this.sugar.set(call, made);
  }

  reportClashes(): void {
    for (const [name, { item }] of this.constants) {
      const other = this.values.get(name);
      if (other) this.#clash(item.name.span, name, "a constant", other);
    }
    for (const [name, span] of this.sizes) {
      const value =
        this.values.get(name)?.span ?? this.constants.get(name)?.item.name.span;
      if (value) this.bag.report("sizeAndValue", { span, name, value });
    }
  }

  #clash(span: Span, name: string, kind: string, other: Value): void {
    this.bag.report("kindClash", {
      span,
      name,
      kind,
      otherKind: kindPhrases[other.kind],
      other: other.span,
    });
  }

  /** Hears of the names in shapes. One that is a constant of the file could be taken for its number. */
  #sizeReader({ constants }: FileScope) {
    return (name: string, { span }: { readonly span: Span }): void => {
      if (!this.sizes.has(name)) this.sizes.set(name, span);
      const value = constants.get(name)?.declaration.name.span;
      if (value) this.bag.report("sizeAndValue", { span, name, value });
    };
  }
}

const plain = {
  gate: false,
  declared: undefined,
  vocabulary: undefined,
  sugar: undefined,
} as const;
