/**
 * Makes segments pleasant to read: a value that is used once and has no name of its own is written where
 * it is used, as long as the expression stays short; one that is not used is left out.
 */
import type { Expression, Local, Segment, Statement } from "./kernels.js";

/** Most operations in one expression. */
const longest = 5;

const operationsIn = (value: Expression): number =>
  value.kind === "op"
    ? 1 + value.args.reduce((sum, arg) => sum + operationsIn(arg), 0)
    : 0;

function visit(value: Expression, each: (local: Local) => void): void {
  if (value.kind === "local") each(value.local);
  else if (value.kind === "op") for (const arg of value.args) visit(arg, each);
  else if (value.kind === "index" && value.index.token)
    visit(value.index.token, each);
  else if (value.kind === "load")
    for (const index of value.index) if (index.token) visit(index.token, each);
}

export function tidySegment(segment: Segment): Segment {
  const uses = new Map<Local, number>();
  const count = (value: Expression): void =>
    visit(value, (local) => uses.set(local, (uses.get(local) ?? 0) + 1));
  for (const statement of [...segment.body, ...segment.after])
    count(statement.value);
  for (const { value } of segment.accumulators) count(value);
  // Values without loops may be read by later segments.
  if (segment.loops.length === 0 && segment.inner === undefined) return segment;

  const inIndices = localsInIndices(segment);
  const inChoices = localsInChoices(segment);
  const inlined = new Map<Local, Expression>();
  const substitute = (value: Expression): Expression => {
    if (value.kind === "local") return inlined.get(value.local) ?? value;
    if (value.kind === "op")
      return { ...value, args: value.args.map(substitute) };
    return value;
  };
  const body: Statement[] = [];
  for (const statement of segment.body) {
    const value = substitute(statement.value);
    if (statement.kind === "store") {
      body.push({ ...statement, value });
      continue;
    }
    const { local } = statement;
    const times = uses.get(local) ?? 0;
    if (times === 0) continue;
    if (
      value.kind === "local" ||
      (times === 1 &&
        operationsIn(value) <= longest &&
        !inIndices.has(local) &&
        !(isChoice(value) && inChoices.has(local)))
    )
      inlined.set(local, value);
    else body.push({ ...statement, value });
  }
  return {
    ...segment,
    body,
    accumulators: segment.accumulators.map((each) => ({
      ...each,
      value: substitute(each.value),
    })),
    after: segment.after.map((each) => ({
      ...each,
      value: substitute(each.value),
    })),
  };
}

/** Indices are not expressions of the body; what they read must stay a variable. */
function localsInIndices(segment: Segment): ReadonlySet<Local> {
  const found = new Set<Local>();
  const look = (value: Expression): void => {
    if (value.kind === "op") value.args.forEach(look);
    const indices =
      value.kind === "load"
        ? value.index
        : value.kind === "index"
          ? [value.index]
          : [];
    for (const { token } of indices)
      if (token) visit(token, (local) => found.add(local));
  };
  for (const { value } of [
    ...segment.body,
    ...segment.accumulators,
    ...segment.after,
  ])
    look(value);
  return found;
}

const isChoice = (value: Expression): boolean =>
  value.kind === "op" && value.op === "select";

/** What choices choose from: a choice within a choice has a name, so that one can read it. */
function localsInChoices(segment: Segment): ReadonlySet<Local> {
  const found = new Set<Local>();
  const look = (value: Expression): void => {
    if (value.kind !== "op") return;
    for (const arg of value.args) {
      if (isChoice(value) && arg.kind === "local") found.add(arg.local);
      look(arg);
    }
  };
  for (const { value } of [
    ...segment.body,
    ...segment.accumulators,
    ...segment.after,
  ])
    look(value);
  return found;
}
