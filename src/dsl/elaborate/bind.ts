/** What a name means in the items of a cell. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { Span } from "../../diagnostics/span.js";
import type { FileScope } from "../resolved.js";
import type { Constants } from "./constants.js";
import type { Environment } from "./environment.js";
import { bindConstant, refuseLag, refuseUnknown, valueTerm } from "./names.js";
import type { Elaboration, NameExpression, Scope } from "./scope.js";
import type { Place, Term } from "./term.js";
import { kindPhrases } from "./value.js";
import type { Value } from "./value.js";

/** What may stand in an item, and how it is refused. */
export interface Policy {
  readonly allows: (value: Value) => boolean;
  /** `t` and `[t-k]`. */
  readonly time: boolean;
  /** `uses` names what is refused: "the input `x`". */
  readonly refuse: (span: Span, uses: string) => void;
}

export const everything: Policy = {
  allows: () => true,
  time: true,
  refuse: () => {},
};

export const describeValue = ({ kind, name }: Value): string =>
  `${kindPhrases[kind].replace(/^an? /, "the ")} \`${name}\``;

export class Binder {
  constructor(
    private readonly environment: Environment,
    private readonly elaboration: Elaboration,
    private readonly constants: Constants,
    private readonly bag: DiagnosticBag,
  ) {}

  scope(file: FileScope, policy: Policy, withSugar: boolean): Scope {
    return {
      file,
      place: (span) => ({ span, call: undefined }),
      sugar: withSugar ? this.environment.sugar : undefined,
      isValue: (name) => this.environment.values.has(name),
      open: [],
      bind: (expression, place) => this.#bind(expression, place, file, policy),
    };
  }

  #bind(
    expression: NameExpression,
    place: Place,
    file: FileScope,
    policy: Policy,
  ): Term {
    const { name, lag } = expression;
    const { values, sizes, constants } = this.environment;
    const { list } = this.elaboration;
    const value = values.get(name);
    if (value) return this.#value(expression, place, value, policy);
    if (constants.has(name)) {
      if (lag > 0)
        return refuseLag(this.elaboration, place, name, "a constant");
      const number = this.constants.ofCell(name)?.value;
      return number === undefined
        ? list.hole(place)
        : list.number(place, number);
    }
    if (name === "t") {
      if (policy.time) return list.stepNumber(place);
      policy.refuse(place.span, "`t`");
      return list.hole(place);
    }
    // A size that is also a constant of the file was reported; `pi` is free to be one.
    if (sizes.has(name) && !file.constants.has(name))
      return lag > 0
        ? refuseLag(this.elaboration, place, name, "a size")
        : list.size(place, name);
    return (
      bindConstant(this.elaboration, expression, place, file) ??
      refuseUnknown(this.elaboration, expression, place, file, () => [
        ...values.keys(),
        ...constants.keys(),
        ...sizes.keys(),
        ...file.constants.keys(),
        "pi",
      ])
    );
  }

  #value(
    { name, lag }: NameExpression,
    place: Place,
    value: Value,
    policy: Policy,
  ): Term {
    const { list } = this.elaboration;
    const back = lag > 0;
    if (back ? !policy.time : !policy.allows(value)) {
      policy.refuse(
        place.span,
        back ? `\`${name}[t-${lag}]\`` : describeValue(value),
      );
      return list.hole(place);
    }
    if (value.kind === "state") {
      if (!this.environment.broken)
        this.bag.report("stateNeverDefined", { span: value.span, name });
      return list.hole(place);
    }
    if (!back) return valueTerm(this.elaboration, place, value);
    if (value.kind !== "definition" && value.kind !== "input")
      return refuseLag(this.elaboration, place, name, kindPhrases[value.kind]);
    return list.past(place, value, lag);
  }
}
