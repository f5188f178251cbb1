/** How parameters start: a distribution or a number. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { Initializer } from "../../ir/program.js";
import type { Declaration } from "../ast.js";
import type { Placed } from "../resolved.js";
import type { Constants } from "./constants.js";

/** Distributions and how many numbers each takes. */
const distributions = {
  glorot: 0,
  he: 0,
  orthogonal: 0,
  normal: 2,
  uniform: 2,
} as const;

const isDistribution = (name: string): name is keyof typeof distributions =>
  Object.hasOwn(distributions, name);

/** What a declaration says; `undefined` where it says nothing (or nothing that makes sense, reported). */
export function readInitializer(
  { item, scope }: Placed<Declaration>,
  constants: Constants,
  bag: DiagnosticBag,
): Initializer | undefined {
  const { initializer } = item;
  if (!initializer) return undefined;
  const what = `the starting value of \`${item.name.name}\``;
  if (initializer.kind === "value") {
    const value = constants.number(initializer.value, scope, what);
    return value === undefined ? undefined : { kind: "constant", value };
  }
  const { name, span } = initializer.name;
  if (!isDistribution(name)) {
    bag.report("unknownDistribution", {
      span,
      name,
      known: Object.keys(distributions),
      nearest: bag.nearest(name, () => Object.keys(distributions)),
    });
    return undefined;
  }
  const expected = distributions[name];
  if (initializer.args.length !== expected) {
    bag.report("argumentCount", {
      span,
      name,
      fewest: expected,
      most: expected,
      given: initializer.args.length,
      signature:
        name === "normal"
          ? "normal(mean, sd)"
          : name === "uniform"
            ? "uniform(a, b)"
            : name,
    });
    return undefined;
  }
  const [a, b] = initializer.args.map((arg) =>
    constants.number(arg, scope, what),
  );
  if (name !== "normal" && name !== "uniform") return { kind: name };
  if (a === undefined || b === undefined) return undefined;
  const fits = name === "normal" ? b >= 0 : a <= b;
  if (!fits) {
    const text = `${name}(${a}, ${b})`;
    const rule =
      name === "normal"
        ? "a standard deviation is not negative"
        : "the lower end comes first";
    bag.report("distributionNumbers", { span, text, rule });
    return undefined;
  }
  return name === "normal"
    ? { kind: "normal", mean: a, sd: b }
    : { kind: "uniform", from: a, to: b };
}
