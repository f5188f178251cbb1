/** Names that mean the same everywhere in a file, names that mean nothing, and values as terms. */
import type { FileScope } from "../resolved.js";
import { findFunction } from "./functions.js";
import type { Elaboration, NameExpression } from "./scope.js";
import { isSugar } from "./sugar.js";
import type { Place, Term } from "./term.js";
import type { Value } from "./value.js";

/** A value at this step; one that is fixed to a number is known to be that number. */
export const valueTerm = (
  { list, fixed }: Elaboration,
  place: Place,
  value: Value,
): Term => list.value(place, value, fixed.get(value)?.constant);

/** Reports `[t-k]` behind something that has no earlier value. */
export function refuseLag(
  { bag, list }: Elaboration,
  place: Place,
  name: string,
  kind: string,
): Term {
  bag.report("lagOfNoValue", { span: place.span, name, kind });
  return list.hole(place);
}

/** A constant of the file, or `pi`. */
export function bindConstant(
  elaboration: Elaboration,
  { name, lag }: NameExpression,
  place: Place,
  file: FileScope,
): Term | undefined {
  const constant =
    elaboration.constantOfFile(name, file) ??
    (name === "pi" ? { value: Math.PI } : undefined);
  if (!constant) return undefined;
  if (lag > 0) return refuseLag(elaboration, place, name, "a constant");
  const { list } = elaboration;
  return constant.value === undefined
    ? list.hole(place)
    : list.number(place, constant.value);
}

export function refuseUnknown(
  { bag, list, prelude }: Elaboration,
  { name }: NameExpression,
  place: Place,
  file: FileScope,
  candidates: () => Iterable<string>,
): Term {
  // A name whose import failed was reported there.
  if (!file.unavailable?.has(name))
    bag.report("unknownName", {
      span: place.span,
      name,
      nearest: bag.nearest(name, candidates),
      isFunction:
        isSugar(name, file) || findFunction(name, file, prelude) !== undefined,
    });
  return list.hole(place);
}
