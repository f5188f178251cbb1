/** Shapes of all terms: one pass in dependency order that collects equations between sizes. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import { showShape } from "../../ir/size.js";
import type { Shape, Size } from "../../ir/size.js";
import { projectBuiltin } from "../elaborate/builtins/index.js";
import { taken } from "../elaborate/builtins/record.js";
import type { ElaboratedCell } from "../elaborate/cell.js";
import { vocabularyOf } from "../elaborate/term.js";
import type { ApplyTerm, Term } from "../elaborate/term.js";
import type { Root } from "../elaborate/term.js";
import type { SugarResult, Value } from "../elaborate/value.js";
import { complaintsAbout, namesIn, readable } from "./complaints.js";
import type { Ranks } from "./ranks.js";
import { SizeSolver } from "./solver.js";

export interface Shapes {
  /** `undefined` after an error; unknown sizes in it start with `?`. */
  ofTerm(term: Term): Shape | undefined;
  ofValue(value: Value): Shape | undefined;
}

export function inferShapes(
  cell: ElaboratedCell,
  ranks: Ranks,
  order: readonly Root[],
  bag: DiagnosticBag,
): Shapes {
  const inference = new ShapeInference(cell, ranks, bag);
  for (const root of order) inference.visit(root);
  for (const root of cell.fixes.values()) inference.visit(root);
  for (const root of cell.initials.values()) inference.visit(root);
  inference.solver.settle();
  return {
    ofTerm: (term) => inference.resolved(inference.ofTerm(term)),
    ofValue: (value) => inference.resolved(inference.ofValue(value)),
  };
}

class ShapeInference {
  readonly solver = new SizeSolver();
  readonly #terms: (Shape | undefined)[];
  readonly #values = new Map<Value, Shape | undefined>();
  readonly #results = new Map<SugarResult, Size>();
  readonly #inherited;

  constructor(
    private readonly cell: ElaboratedCell,
    private readonly ranks: Ranks,
    private readonly bag: DiagnosticBag,
  ) {
    this.#terms = cell.terms.map(() => undefined);
    this.#inherited = new Map(
      cell.resolved.inheritedNames.map(({ name, span }) => [name, span]),
    );
  }

  resolved = (shape: Shape | undefined): Shape | undefined =>
    shape && this.solver.resolveShape(shape);

  ofTerm = (term: Term): Shape | undefined =>
    term.kind === "hole" ? undefined : this.#terms[term.id];

  /** Of a definition that was not visited yet: unknown sizes, to be compared when it is. */
  ofValue = (value: Value): Shape | undefined => {
    if (value.declared) return value.declared.shape;
    if (!this.#values.has(value)) this.#values.set(value, this.#unknown(value));
    return this.#values.get(value);
  };

  #unknown(value: Value): Shape | undefined {
    if (this.cell.definitions.get(value)?.result.kind === "hole")
      return undefined;
    const { sugar } = value;
    const rank = this.ranks.ofValue(value);
    const sizes = Array.from({ length: rank }, () => this.solver.fresh());
    return sugar && sugar.kind !== "peephole"
      ? [this.#result(sugar.result), ...sizes.slice(1)]
      : sizes;
  }

  #result(result: SugarResult): Size {
    const known = this.#results.get(result) ?? this.solver.fresh();
    this.#results.set(result, known);
    return known;
  }

  visit(root: Root): void {
    this.#expect(root);
    for (let id = root.first; id < root.end; id++)
      this.#terms[id] = this.#infer(this.cell.terms[id]!, root.value);
    const { value, result } = root;
    const shape = this.ofTerm(result);
    if (shape === undefined) {
      if (root.role === "definition" && !this.#values.has(value))
        this.#values.set(value, undefined);
      return;
    }
    if (
      root.role === "definition" &&
      !value.declared &&
      !this.#values.has(value)
    ) {
      this.#values.set(value, shape);
      return;
    }
    // Constants, starting values and buffers are repeated to the shape of what they fill.
    if (root.role !== "definition" && shape.length === 0) return;
    const wanted = this.ofValue(value);
    if (wanted) this.#compare(root, shape, wanted);
  }

  /**
   * Where a declaration says what a definition is, what `affine` yields in it is known beforehand: a
   * wrong addend is then found out, not the whole.
   */
  #expect({ value, result }: Root): void {
    const size = value.declared?.shape?.at(-1);
    if (size === undefined) return;
    const stack = [result];
    const seen = new Set<Term>();
    for (let term = stack.pop(); term; term = stack.pop()) {
      if (term.kind !== "apply" || seen.has(term)) continue;
      seen.add(term);
      const [weight] = term.args;
      const sugar = weight?.kind === "value" && weight.value.sugar;
      if (term.builtin === projectBuiltin && sugar && "result" in sugar)
        this.solver.equate(this.#result(sugar.result), size, () => {});
      if (term.builtin.elementwise)
        for (const arg of term.args)
          if (this.ranks.ofTerm(arg) > 0) stack.push(arg);
    }
  }

  #compare(root: Root, shape: Shape, wanted: Shape): void {
    let said = false;
    const complain = () => {
      if (!said) this.#complainOfShape(root, shape, wanted);
      said = true;
    };
    if (shape.length !== wanted.length) complain();
    else
      shape.every((size, i) => this.solver.equate(size, wanted[i]!, complain));
  }

  #complainOfShape(
    { value, span, result, role }: Root,
    shape: Shape,
    wanted: Shape,
  ): void {
    const show = (each: Shape) =>
      readable(showShape(this.solver.resolveShape(each)));
    const { name } = value;
    const declared = value.declared?.span ?? value.span;
    // An inherited definition was right before the cell changed what it uses.
    for (const { value: used, term } of value.own ? [] : namesIn(result)) {
      const base = used.own ? this.#inherited.get(used.name) : undefined;
      if (base === undefined) continue;
      this.bag.report("overrideShape", {
        span: used.span,
        name: used.name,
        shape: show(this.ofValue(used) ?? []),
        baseShape: show(wanted),
        base,
        user: name,
        use: term.place.span,
      });
      return;
    }
    this.bag.report("declaredShape", {
      span,
      name,
      shape: show(shape),
      declaredShape: show(wanted),
      declared,
      what: roleNames[role],
      help: rowwiseHelp(result, shape, wanted),
    });
  }

  #infer(term: Term, user: Value): Shape | undefined {
    switch (term.kind) {
      case "number":
      case "size":
      case "step":
        return [];
      case "value":
      case "past":
        return this.ofValue(term.value);
      case "apply":
        return this.#apply(term, user);
      case "hole":
        return undefined;
    }
  }

  #apply(term: ApplyTerm, user: Value): Shape | undefined {
    const shapes = term.args.map(this.ofTerm);
    if (!shapes.every((shape) => shape !== undefined)) return undefined;
    return term.builtin.shape({
      shapes,
      sizes: sizesOf(term),
      equate: (a, b, complain) => this.solver.equate(a, b, complain),
      complain: complaintsAbout(term, {
        bag: this.bag,
        solver: this.solver,
        shapeOf: this.ofTerm,
        shapeOfValue: this.ofValue,
        user,
        inherited: (name) => this.#inherited.get(name),
      }),
    });
  }
}

const roleNames: Readonly<Record<Root["role"], string>> = {
  definition: "its definition",
  initial: "its initial value",
  buffer: "its value",
  fix: "what `fix` says",
};

/** Sugar, alone or in a sum or a function, that makes a vector where rows are wanted. */
function rowwiseHelp(
  result: Term,
  shape: Shape,
  wanted: Shape,
): string | undefined {
  if (shape.length !== 1 || wanted.length !== 2) return undefined;
  let term = result;
  while (term.kind === "apply" && term.builtin !== projectBuiltin)
    term = term.args[0]!;
  return term.kind === "apply"
    ? "`affine` and `linear` of a vector are a vector; a matrix comes from a matrix, row by row: `linear(A)` for `A: [H, M]` is [H, P]"
    : undefined;
}

/** Operands that are sizes, and the vocabularies of those that are tokens. */
export const sizesOf = ({ builtin, args }: ApplyTerm): (Size | undefined)[] =>
  args.map((arg, i) => {
    const takes = taken(builtin, i);
    return takes === "size"
      ? arg.extent
      : takes === "token"
        ? vocabularyOf(arg)
        : undefined;
  });
