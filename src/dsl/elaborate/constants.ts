/** The numbers that constants stand for: evaluated when they are first used, `-D` first of all. */
import { constantsLimit } from "../limits.js";
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { ConstItem, Expression } from "../ast.js";
import type { FileScope, Placed } from "../resolved.js";
import { bindConstant, refuseUnknown } from "./names.js";
import type {
  Elaboration,
  KnownConstant,
  NameExpression,
  Scope,
} from "./scope.js";
import type { Place, Term } from "./term.js";

/** What constants need to know of the run, and what they remember in it: numbers of constants of files. */
export interface ConstantsRun {
  readonly bag: DiagnosticBag;
  readonly defines: Readonly<Record<string, number>>;
  readonly constants: Map<ConstItem, KnownConstant>;
}

export class Constants {
  readonly #ofCell = new Map<ConstItem, KnownConstant>();
  readonly #open: ConstItem[] = [];

  constructor(
    private readonly elaboration: Elaboration,
    private readonly run: ConstantsRun,
    private readonly ofThisCell: ReadonlyMap<string, Placed<ConstItem>>,
    /** What a name is that is no constant: "the input `x`". */
    private readonly describe: (name: string) => string | undefined,
  ) {}

  ofFile(name: string, scope: FileScope): KnownConstant | undefined {
    const constant = scope.constants.get(name);
    return (
      constant && this.#evaluate(constant.declaration, constant.scope, false)
    );
  }

  ofCell(name: string): KnownConstant | undefined {
    const constant = this.ofThisCell.get(name);
    return constant && this.#evaluate(constant.item, constant.scope, true);
  }

  /** The number of an expression over numbers and constants; reports where it is none. */
  number(
    expression: Expression,
    scope: FileScope,
    item: string,
    inCell = true,
  ): number | undefined {
    const term = this.elaboration.elaborate(
      expression,
      this.#scope(scope, item, inCell),
    );
    if (term.kind !== "hole" && term.constant === undefined)
      this.run.bag.report("notConstant", { span: expression.span, item });
    return term.constant;
  }

  #evaluate(item: ConstItem, scope: FileScope, inCell: boolean): KnownConstant {
    // A constant of a cell may use others of the cell, which a derived cell may replace.
    const all = inCell ? this.#ofCell : this.run.constants;
    const known = all.get(item);
    if (known) return known;
    const { name, span } = item.name;
    if (this.#open.includes(item)) {
      const circle = this.#open.slice(this.#open.indexOf(item));
      this.run.bag.report("circularDefinition", {
        span,
        circle: [...circle.map((each) => each.name.name), name],
        timeless: true,
      });
      return { value: undefined };
    }
    if (this.#open.length >= constantsLimit) {
      this.run.bag.report("expressionTooLong", { span, limit: constantsLimit });
      return { value: undefined };
    }
    this.#open.push(item);
    const value = Object.hasOwn(this.run.defines, name)
      ? this.run.defines[name]
      : this.number(item.value, scope, `the constant \`${name}\``, inCell);
    this.#open.pop();
    const result = { value };
    all.set(item, result);
    return result;
  }

  #scope(file: FileScope, item: string, inCell: boolean): Scope {
    return {
      file,
      place: (span) => ({ span, call: undefined }),
      sugar: undefined,
      isValue: () => false,
      open: [],
      bind: (expression, place) =>
        this.#bind(expression, place, file, item, inCell),
    };
  }

  #bind(
    expression: NameExpression,
    place: Place,
    file: FileScope,
    item: string,
    inCell: boolean,
  ): Term {
    const { name, lag } = expression;
    const { list } = this.elaboration;
    const ofCell = inCell && lag === 0 ? this.ofCell(name) : undefined;
    if (ofCell)
      return ofCell.value === undefined
        ? list.hole(place)
        : list.number(place, ofCell.value);
    const constant = bindConstant(this.elaboration, expression, place, file);
    const uses = name === "t" ? "`t`" : inCell && this.describe(name);
    if (uses && !file.constants.has(name)) {
      this.run.bag.report("notConstant", { span: place.span, item, uses });
      return list.hole(place);
    }
    return (
      constant ??
      refuseUnknown(this.elaboration, expression, place, file, () => [
        ...(inCell ? this.ofThisCell.keys() : []),
        ...file.constants.keys(),
        "pi",
      ])
    );
  }
}
