/** Prints map kernels: loops over steps, entries and elements, the last of them four lanes at a time. */
import { sizeValue } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type {
  Accumulator,
  MapKernel,
  Segment,
  StageKind,
} from "../../passes/kernels.js";
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
import { add, constant, countUp, get, set, when } from "./wat.js";
import type { Wat } from "./wat.js";

const started = { add: 0, max: -Infinity, min: Infinity } as const;

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
    const loop = this.#loop(reduced, () => [
      ...(inner === undefined ? statements() : []),
      ...accumulators.map((each) => this.#accumulate(each)),
    ]);
    const together =
      this.#nest.vector === reduced
        ? accumulators.flatMap(({ local, combine }) =>
            acrossLanes(this.at.local(local), `f32x4.${combine}`),
          )
        : [];
    return [
      ...before,
      ...start,
      ...loop,
      ...together,
      ...after.map((each) => this.at.statement(each)),
    ];
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

  #loop(axis: Axis, body: () => Wat[]): Wat[] {
    const variable = this.at.variable(axis);
    const { fn } = this.at;
    const extent = this.#extent(axis);
    if (axis !== this.#nest.vector)
      return [countUp(variable, constant(0), fn.size(extent), 1, body())];
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
        countUp(
          variable,
          constant(0),
          known === undefined
            ? `(i32.and ${bytes} ${constant(-16)})`
            : constant(16 * Math.floor(known / 4)),
          16,
          printed(false),
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
}

/** The function of a map kernel. */
export function printMap(
  kernel: MapKernel,
  kind: StageKind,
  table: WorkTable,
): string {
  const timed = kind === "rows" || kind === "loop";
  const fn = new WatFunction(kernel.name, timed ? ["from", "to"] : [], table);
  for (const name of ["t", "b", "left", "t_number"]) fn.local(name);
  fn.local("mask", "v128");
  const pointers = new RowPointers(fn, kind);
  const at = new LanesAt(fn, pointers);
  const body = kernel.segments.flatMap((segment) =>
    new SegmentPrinter(at, segment).print(),
  );
  if (kind === "static") return fn.print(body);
  const entries = (t: Wat): Wat[] => [
    ...pointers.start(t),
    countUp("b", constant(0), fn.rows("batch"), 1, [
      ...body,
      ...pointers.next(),
    ]),
  ];
  if (!timed) return fn.print(entries(constant(0)));
  return fn.print([
    countUp("t", get("from"), get("to"), 1, [
      set("t_number", add(headerField("t0"), get("t"))),
      ...entries(get("t")),
    ]),
  ]);
}
