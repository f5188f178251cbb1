/** What the shape rules have to say when something does not fit, with the places that explain it. */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { Note } from "../../diagnostics/diagnostic.js";
import type { Span } from "../../diagnostics/span.js";
import { showShape, showSize } from "../../ir/size.js";
import type { Shape } from "../../ir/size.js";
import type { Complaints } from "../elaborate/builtins/record.js";
import type { ApplyTerm, Term } from "../elaborate/term.js";
import type { Value } from "../elaborate/value.js";
import type { SizeSolver } from "./solver.js";

/** What is known where a complaint is made. */
export interface Setting {
  readonly bag: DiagnosticBag;
  readonly solver: SizeSolver;
  readonly shapeOf: (term: Term) => Shape | undefined;
  readonly shapeOfValue: (value: Value) => Shape | undefined;
  /** The definition in which the term stands. */
  readonly user: Value;
  /** Where the base of the cell introduces a name. */
  readonly inherited: (name: string) => Span | undefined;
}

/** Unknown sizes have no names that mean anything to a reader. */
export const readable = (text: string): string => text.replace(/\?\w+/g, "?");

/** Values in an operand whose sizes are those of the operand: reached through elementwise operations. */
export function namesIn(operand: Term): { value: Value; term: Term }[] {
  const found: { value: Value; term: Term }[] = [];
  const stack = [operand];
  for (let steps = 0; steps < 200; steps++) {
    const term = stack.pop();
    if (!term) break;
    if (term.kind === "value" || term.kind === "past")
      found.push({ value: term.value, term });
    else if (term.kind === "apply" && term.builtin.elementwise)
      for (const arg of term.args.toReversed()) stack.push(arg);
  }
  return found;
}

const rankOf = ({ declared }: Value): number => declared?.shape?.length ?? 0;

export function complaintsAbout(term: ApplyTerm, setting: Setting): Complaints {
  const { bag, solver, shapeOf } = setting;
  const show = (shape: Shape | undefined): string =>
    readable(showShape(solver.resolveShape(shape ?? [])));
  const operand = (arg: Term) => ({
    span: arg.place.span,
    shape: show(shapeOf(arg)),
  });
  const operands = () =>
    term.args.filter((arg) => arg.sort === "number").map(operand);
  const text = ({ file, start, end }: Span): string | undefined =>
    bag.sources.get(file)?.slice(start, end).replace(/\s+/g, " ");

  /** The body of a function of the prelude means nothing to the user: the call is what does not fit. */
  const inPrelude = (): boolean => {
    const { call } = term.place;
    if (!call?.prelude) return false;
    bag.report("argumentShapes", {
      span: call.span,
      name: call.name,
      operands: call.args.filter((arg) => arg.sort === "number").map(operand),
      help: `inside \`${call.name}\`, \`${term.builtin.name}\` meets ${operands()
        .map(({ shape }) => shape)
        .join(" and ")}`,
    });
    return true;
  };

  /** A derived cell changed the shape of something that an inherited definition uses. */
  const overridden = (left: Term, right: Term): boolean => {
    if (setting.user.own) return false;
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const)
      for (const { value } of namesIn(side)) {
        const base = value.own ? setting.inherited(value.name) : undefined;
        if (base === undefined) continue;
        bag.report("overrideShape", {
          span: value.span,
          name: value.name,
          shape: show(setting.shapeOfValue(value)),
          baseShape: show(shapeOf(other)),
          base,
          user: setting.user.name,
          use: term.place.span,
        });
        return true;
      }
    return false;
  };

  const notes = (args: readonly Term[]): Note[] => {
    const result: Note[] = [];
    for (const arg of args) {
      const last = shapeOf(arg)?.at(-1);
      const size = last && showSize(solver.resolve(last));
      // The value with the fewest axes says it best.
      const [named] = namesIn(arg)
        .filter(({ value }) =>
          value.declared?.shape?.some((each) => showSize(each) === size),
        )
        .sort((a, b) => rankOf(a.value) - rankOf(b.value));
      if (size && named?.value.declared)
        result.push({
          text: `\`${named.value.name}\` has size ${size}`,
          span: named.value.declared.span,
        });
    }
    const { call } = term.place;
    if (call && !call.prelude)
      result.push({
        text: `in this call of \`${call.name}\``,
        span: call.span,
      });
    return result;
  };

  /** `R * c` where `R @ c` may be meant. */
  const fullMatrix = (args: readonly Term[]): string | undefined => {
    for (const arg of args) {
      if (arg.kind !== "apply" || arg.builtin.name !== "*") continue;
      const [left, right] = arg.args as [Term, Term];
      if (left.kind !== "value" || left.value.kind !== "param") continue;
      if (left.value.sugar) continue;
      const [a, b] = [text(left.place.span), text(right.place.span)];
      if (a && b) return `a full matrix is written \`${a} @ ${b}\``;
    }
    return undefined;
  };

  return {
    elementwise(left, right) {
      const pair = [term.args[left]!, term.args[right]!] as const;
      if (inPrelude() || overridden(...pair)) return;
      bag.report("elementwiseSizes", {
        span: term.operator,
        operator: term.builtin.name,
        left: operand(pair[0]),
        right: operand(pair[1]),
        notes: notes(pair),
        help: fullMatrix([...pair, term]),
      });
    },
    product(left, right) {
      const [a, b] = term.args as [Term, Term];
      if (inPrelude() || overridden(a, b)) return;
      const [x, y] = [shapeOf(a), shapeOf(b)];
      const transposable =
        x?.length === 2 &&
        showSize(solver.resolve(x[0]!)) === showSize(solver.resolve(right));
      bag.report("productSizes", {
        span: term.operator,
        left: operand(a),
        right: operand(b),
        inner: [
          readable(showSize(solver.resolve(left))),
          readable(showSize(solver.resolve(right))),
        ],
        notes: notes([a, b]),
        help:
          transposable && y
            ? `the transpose fits: \`${text(a.place.span) ?? "A"}.T @ ${text(b.place.span) ?? "b"}\``
            : undefined,
      });
    },
    rank(position, expected, help) {
      const { call } = term.place;
      const argument = call?.args[0];
      if (call?.prelude && argument)
        bag.report("wrongRank", {
          span: call.span,
          operator: call.name,
          expected,
          operand: operand(argument),
        });
      else
        bag.report("wrongRank", {
          span: term.operator,
          operator: term.builtin.name,
          expected,
          operand: operand(term.args[position]!),
          help,
        });
    },
    together(help) {
      if (inPrelude()) return;
      bag.report("argumentShapes", {
        span: term.place.span,
        name: term.builtin.name,
        operands: operands(),
        help,
      });
    },
    concat() {
      if (inPrelude()) return;
      bag.report("concatSizes", {
        span: term.place.span,
        operands: operands(),
      });
    },
    size(position, why) {
      if (inPrelude()) return;
      const { span } = term.args[position]!.place;
      bag.report("notASize", { span, why: readable(why) });
    },
    slice(why) {
      if (inPrelude()) return;
      bag.report("badSlice", { span: term.place.span, why: readable(why) });
    },
  };
}
