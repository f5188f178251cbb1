/** Prints map kernels: loops over steps, entries and elements, the last of them four lanes at a time. */
import { shapeSize, sizeValue } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type {
  Accumulator,
  ArrayPlan,
  MapKernel,
  Segment,
  StageKind,
  Statement,
} from "../../passes/kernels.js";
import { placeIn } from "../../passes/arrays.js";
import { sumsIn } from "../sums.js";
import type { Store } from "../sums.js";
import { RowPointers } from "./access.js";
import {
  acrossLanes,
  asNumbers,
  everywhere,
  laneNumbers,
} from "./expression.js";
import { WatFunction } from "./function.js";
import { LanesAt } from "./lanes-at.js";
import type { WorkTable } from "./table.js";
import { headerField } from "./table.js";
import { nestOf } from "./vector-axis.js";
import type { Axis, Nest } from "./vector-axis.js";
import { add, call, constant, countUp, get, set, when } from "./wat.js";
import type { Wat } from "./wat.js";

const started = { add: 0, max: -Infinity, min: Infinity } as const;

/** Turns of a loop whose sum is added to the whole. */
const partTurns = 64;

class SegmentPrinter {
  readonly #nest: Nest;

  constructor(
    readonly at: LanesAt,
    readonly segment: Segment,
  ) {
    this.#nest = nestOf(segment);
  }

  print(): Wat[] {
    return this.#outer(0);
  }

  #outer(depth: number): Wat[] {
    const axis = this.#nest.outer[depth];
    return axis === undefined
      ? this.#inside()
      : this.#loop(axis, () => this.#outer(depth + 1));
  }

  /** Everything inside the outer loops. */
  #inside(): Wat[] {
    const { body, accumulators, after, inner } = this.segment;
    const { reduced } = this.#nest;
    const statements = (): Wat[] => body.map((each) => this.at.statement(each));
    if (reduced === undefined) return statements();
    const before = inner === undefined ? [] : statements();
    const start = accumulators.map(({ local, combine }) =>
      set(this.at.local(local), everywhere(started[combine])),
    );
    const long = this.#isLong(reduced)
      ? accumulators.filter(({ combine }) => combine === "add")
      : [];
    const totals = long.map((each) => this.#total(each));
    const loop = this.#loop(
      reduced,
      () => [
        ...(inner === undefined ? statements() : []),
        ...accumulators.map((each) => this.#accumulate(each)),
      ],
      totals.flatMap(({ fold }) => fold),
    );
    const together =
      this.#nest.vector === reduced
        ? accumulators.flatMap(({ local, combine }) =>
            acrossLanes(this.at.local(local), `f32x4.${combine}`),
          )
        : [];
    return [
      ...before,
      ...start,
      ...totals.flatMap(({ begin }) => begin),
      ...loop,
      ...totals.flatMap(({ end }) => end),
      ...together,
      ...after.map((each) => this.at.statement(each)),
    ];
  }

  /** Whether a sum along an axis is made in parts: the number of its turns is not known to be small. */
  #isLong(axis: Axis): boolean {
    const known = sizeValue(this.#extent(axis));
    const lanes = axis === this.#nest.vector ? 4 : 1;
    return known === undefined || known > lanes * partTurns;
  }

  /**
   * A sum of parts: what is added to it comes with what rounding took from the sums before (Kahan, 1965), so that
   * long sums are about as exact as their parts.
   */
  #total({ local }: Accumulator): Record<"begin" | "fold" | "end", Wat[]> {
    const { fn } = this.at;
    const part = this.at.local(local);
    const zero = everywhere(0);
    const [total, lost, sum] = ["total", "lost", "sum"].map((name) =>
      fn.local(`${part}_${name}`, "v128"),
    ) as [string, string, string];
    const fold = [
      set(part, `(f32x4.sub ${get(part)} ${get(lost)})`),
      set(sum, `(f32x4.add ${get(total)} ${get(part)})`),
      set(
        lost,
        `(f32x4.sub (f32x4.sub ${get(sum)} ${get(total)}) ${get(part)})`,
      ),
      set(total, get(sum)),
      set(part, zero),
    ];
    return {
      begin: [set(total, zero), set(lost, zero)],
      fold,
      end: [
        set(
          part,
          `(f32x4.add ${get(total)} (f32x4.sub ${get(part)} ${get(lost)}))`,
        ),
      ],
    };
  }

  #accumulate({ local, combine, value }: Accumulator): Wat {
    const name = this.at.local(local);
    const term = asNumbers(this.at.value(value));
    const { vector } = this.at;
    // Lanes behind the end hold anything and must not count.
    const counted =
      vector?.partial && vector.axis === this.#nest.reduced
        ? combine === "add"
          ? `(v128.and ${term} ${get("mask")})`
          : `(v128.bitselect ${term} ${everywhere(started[combine])} ${get("mask")})`
        : term;
    return set(name, `(f32x4.${combine} ${get(name)} ${counted})`);
  }

  #extent(axis: Axis): Size {
    return axis === 2 ? this.segment.inner! : this.segment.loops[axis]!;
  }

  /** @param fold after every `partTurns` turns */
  #loop(axis: Axis, body: () => Wat[], fold: readonly Wat[] = []): Wat[] {
    const variable = this.at.variable(axis);
    const { fn } = this.at;
    const extent = this.#extent(axis);
    if (axis !== this.#nest.vector)
      return this.#turns(variable, fn.size(extent), 1, body(), fold);
    const bytes = fn.bytes(extent);
    const hoisted = new Map<Wat, string>();
    const { reduced } = this.#nest;
    const inside = reduced === undefined || reduced === axis ? [] : [reduced];
    const printed = (partial: boolean): Wat[] => {
      this.at.vector = { axis, partial, inside, hoisted };
      const lines = body();
      this.at.vector = undefined;
      return lines;
    };
    const known = sizeValue(extent);
    const whole = known === undefined || known >= 4;
    const rest = known === undefined || known % 4 !== 0;
    const lines: Wat[] = [];
    if (whole)
      lines.push(
        ...this.#turns(
          variable,
          known === undefined
            ? `(i32.and ${bytes} ${constant(-16)})`
            : constant(16 * Math.floor(known / 4)),
          16,
          printed(false),
          fold,
        ),
      );
    else lines.push(set(variable, constant(0)));
    if (rest)
      lines.push(
        set("left", this.at.leftOf(bytes, variable)),
        when(get("left"), [
          ...(reduced === axis
            ? [
                set(
                  "mask",
                  `(i32x4.lt_s ${laneNumbers} (i32x4.splat ${get("left")}))`,
                ),
              ]
            : []),
          ...printed(true),
        ]),
      );
    return [...[...hoisted].map(([value, name]) => set(name, value)), ...lines];
  }

  /** A loop, in stretches of `partTurns` turns where something follows each. */
  #turns(
    variable: string,
    to: Wat,
    by: number,
    body: readonly Wat[],
    fold: readonly Wat[],
  ): Wat[] {
    if (fold.length === 0)
      return [countUp(variable, constant(0), to, by, body)];
    const stretch = this.at.fn.local("stretch");
    const next = add(get(stretch), constant(partTurns * by));
    const upTo = this.at.fn.local("up_to");
    return [
      set(variable, constant(0)),
      countUp(stretch, constant(0), to, partTurns * by, [
        set(upTo, `(select ${next} ${to} (i32.lt_u ${next} ${to}))`),
        countUp(variable, get(stretch), get(upTo), by, body),
        ...fold,
      ]),
    ];
  }
}

/** Rows whose sum is added to the whole. */
const partRows = 64;

/** A sum over rows: where it goes, and the arrays of its parts and of what rounding has taken from it. */
interface Sum {
  readonly target: Store;
  readonly part: ArrayPlan;
  readonly lost: ArrayPlan;
}

/** Arrays beside what a kernel adds up; one kernel after the other, those of one name are shared. */
function sumsOf(kernel: MapKernel, kind: StageKind, table: WorkTable): Sum[] {
  return sumsIn(kernel, kind).map((target) => {
    const { array, offset } = target.place;
    const width = shapeSize(target.dims);
    const spare = (name: string): ArrayPlan => {
      const plan: ArrayPlan = {
        id: `${name} of ${array.id} ${offset.key} ${width.key}`,
        extent: array.extent,
        lead: 0,
        tail: 0,
        width,
        element: "float",
        adjoint: true,
        tape: false,
        holds: `${name} of a sum`,
        parts: [],
      };
      table.cleared.add(table.array(plan));
      return plan;
    };
    return { target, part: spare("rest"), lost: spare("loss") };
  });
}

/** The kernel with its sums in parts. */
function inParts(kernel: MapKernel, sums: readonly Sum[]): MapKernel {
  const parted = (statement: Statement): Statement => {
    const sum = sums.find(({ target }) => target === statement);
    return sum && statement.kind === "store"
      ? { ...statement, place: placeIn(sum.part) }
      : statement;
  };
  return {
    ...kernel,
    segments: kernel.segments.map((segment) => ({
      ...segment,
      body: segment.body.map(parted),
      after: segment.after.map(parted),
    })),
  };
}

/**
 * The function of a map kernel.
 * @param leavesOutEmpty whether entries without steps are left out of sums over entries
 */
export function printMap(
  given: MapKernel,
  kind: StageKind,
  table: WorkTable,
  leavesOutEmpty: boolean,
): string {
  const timed = kind === "rows" || kind === "loop";
  const fn = new WatFunction(given.name, timed ? ["from", "to"] : [], table);
  for (const name of ["t", "b", "left", "t_number"]) fn.local(name);
  fn.local("mask", "v128");
  const pointers = new RowPointers(fn, kind);
  const at = new LanesAt(fn, pointers);
  const sums = sumsOf(given, kind, table);
  const kernel = inParts(given, sums);
  const body = kernel.segments.flatMap((segment) =>
    new SegmentPrinter(at, segment).print(),
  );
  if (kind === "static") return fn.print(body);
  const folded = ({ target, part, lost }: Sum): Wat =>
    call(
      "fold",
      pointers.at(target.place),
      pointers.at(placeIn(part)),
      pointers.at(placeIn(lost)),
      fn.size(part.width),
    );
  const isStatic = ({ target }: Sum): boolean =>
    target.place.array.extent === "static";
  const ofAll = sums.filter(isStatic).map(folded);
  const ofEntry = sums.filter((sum) => !isStatic(sum)).map(folded);
  if (ofAll.length > 0) fn.local("rows");
  const counted =
    ofAll.length === 0
      ? []
      : [
          set("rows", add(get("rows"), constant(1))),
          when(`(i32.eq ${get("rows")} ${constant(partRows)})`, [
            ...ofAll,
            set("rows", constant(0)),
          ]),
        ];
  const row = [...body, ...counted];
  const isPresent =
    sums.length > 0 && (timed || leavesOutEmpty)
      ? present(timed ? get("t") : constant(0))
      : undefined;
  /** After so many steps, and after the last. */
  const isFull = `(i32.or (i32.eqz (i32.rem_u ${add(get("t"), constant(1))} ${constant(partRows)})) (i32.eq ${add(get("t"), constant(1))} ${get("to")}))`;
  const inside = [
    ...(isPresent === undefined ? row : [when(isPresent, row)]),
    ...(ofEntry.length === 0 ? [] : [when(isFull, ofEntry)]),
  ];
  const entries = (t: Wat): Wat[] => [
    ...pointers.start(t),
    countUp("b", constant(0), fn.rows("batch"), 1, [
      ...inside,
      ...pointers.next(),
    ]),
  ];
  if (!timed) return fn.print([...entries(constant(0)), ...ofAll]);
  return fn.print([
    countUp("t", get("from"), get("to"), 1, [
      set("t_number", add(headerField("t0"), get("t"))),
      ...entries(get("t")),
    ]),
    ...ofAll,
  ]);
}

/** Whether step t of the entry at hand belongs to its sequence. */
const present = (t: Wat): Wat =>
  `(if (result i32) ${headerField("lengths")}
  (then (i32.lt_u ${t} (i32.load (i32.add ${headerField("lengths")} (i32.shl ${get("b")} ${constant(2)})))))
  (else ${constant(1)}))`;
