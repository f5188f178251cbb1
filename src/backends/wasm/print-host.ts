/** Prints `forward` and `backward`: the order in which kernels run, over whole sequences. */
import type {
  ArrayPlan,
  Kernel,
  Schedule,
  Stage,
} from "../../passes/kernels.js";
import { leavesOutEmpty } from "../../ir/program.js";
import { header } from "../../runtime/wasm/description.js";
import { historyKeys, storedArrays } from "../histories.js";
import type { HistoryKey } from "../histories.js";
import {
  differentiableKeys,
  finalArray,
  finalCotangents,
  optionalArrays,
  startGradient,
} from "./arrays.js";
import { WatFunction } from "./function.js";
import { packing, panelOf } from "./print-product.js";
import { headerField, loadField } from "./table.js";
import type { WorkTable } from "./table.js";
import {
  add,
  call,
  constant,
  countDown,
  countUp,
  get,
  multiply,
  when,
} from "./wat.js";
import type { Wat } from "./wat.js";

const zero = constant(0);

export class HostPrinter {
  readonly #schedule: Schedule;
  readonly #table: WorkTable;
  readonly #keys: readonly HistoryKey[];

  constructor(schedule: Schedule, table: WorkTable) {
    this.#schedule = schedule;
    this.#table = table;
    this.#keys = historyKeys(schedule);
  }

  forward(): string {
    const fn = new WatFunction("forward", [], this.#table);
    const { forward } = this.#schedule;
    const isStatic = (stage: Stage): boolean => stage.kind === "static";
    const run = (stages: readonly Stage[]): Wat[] =>
      stages.flatMap((stage) => this.#run(stage, false, fn));
    const later = forward.filter((stage) => !isStatic(stage));
    const body = [
      when(`(i32.eqz ${headerField("settled")})`, [
        ...run(forward.filter(isStatic)),
        ...new Set(
          later.flatMap(({ kernels }) => this.#pack(kernels, false, fn)),
        ),
      ]),
      ...this.#keys.map((key) => this.#start(key, fn)),
      ...run(later),
      ...this.#keys.map((key) =>
        call(
          "read_last",
          this.#address(finalArray(key, this.#table), fn),
          this.#first(key.array, 0, fn),
          fn.rowBytes(key.array),
          constant(key.array.lead - key.lag),
        ),
      ),
    ];
    return fn.print(body, true);
  }

  backward(): string {
    const fn = new WatFunction("backward", [], this.#table);
    const { cell, adjoint, backward, place, summed } = this.#schedule;
    const lower = (stage: Stage): boolean =>
      stage.kind === "static" || stage.kind === "context";
    const run = (stages: readonly Stage[]): Wat[] =>
      stages.flatMap((stage) => this.#run(stage, true, fn));
    const body = [
      ...summed.map((array) => this.#clear(this.#table.array(array), fn)),
      ...[...this.#table.cleared].map((array) => this.#clear(array, fn)),
      when(
        headerField("lengths"),
        cell.outputs.map(({ name }) =>
          this.#clearFinished(
            place("seed", name)!.array,
            zero,
            fn.rows("steps"),
            fn,
          ),
        ),
      ),
      ...adjoint.carried.map(({ name, lag }) =>
        this.#arrive(name, lag, zero, add(fn.rows("steps"), constant(lag)), fn),
      ),
      ...run(backward.filter((stage) => !lower(stage))),
      ...this.#starts(fn),
      ...run(backward.filter(lower)),
      when(headerField("lengths"), this.#clearAbsent(fn)),
    ];
    return fn.print(body, true);
  }

  /** Gradients of what does not belong to a sequence. */
  #clearAbsent(fn: WatFunction): Wat[] {
    const { cell, adjoint, place } = this.#schedule;
    const clear =
      (steps: Wat) =>
      ({ name }: { readonly name: string }): Wat =>
        this.#clearFinished(place("gradient", name)!.array, zero, steps, fn);
    return [
      ...adjoint.inputs.map(clear(fn.rows("steps"))),
      // An entry without steps has nothing in its first one.
      ...(leavesOutEmpty(cell) ? adjoint.contexts.map(clear(constant(1))) : []),
    ];
  }

  #address(array: number, fn: WatFunction, row = 0): Wat {
    const none = this.#table.size({ terms: [], key: "0" });
    return fn.field(["address", array, row, none], "address");
  }

  /** The first row of an array, or the one of a step of the sequence. */
  #first(array: ArrayPlan, row: number, fn: WatFunction): Wat {
    return this.#address(this.#table.array(array), fn, row);
  }

  #clear(array: number, fn: WatFunction): Wat {
    const length = fn.field(["length", array], "length");
    return `(memory.fill ${this.#address(array, fn)} ${zero} ${length})`;
  }

  #flag({ key }: { readonly key: string }): Wat {
    const at = this.#keys.findIndex((each) => each.key === key);
    return loadField(4 * (header.given + at));
  }

  /** What a history holds where the caller gives no value. */
  #start(key: HistoryKey, fn: WatFunction): Wat {
    const { array, lag } = key;
    const own = this.#schedule.starts.find((start) => start.key === key.key);
    const row = multiply(fn.rowBytes(array), fn.rows("batch"));
    return when(`(i32.eqz ${this.#flag(key)})`, [
      own
        ? call(own.kernel.name, zero, constant(1))
        : `(memory.fill ${this.#first(array, array.lead - lag, fn)} ${zero} ${row})`,
    ]);
  }

  #clearFinished(array: ArrayPlan, from: Wat, to: Wat, fn: WatFunction): Wat {
    return call(
      "clear_finished",
      this.#first(array, array.lead, fn),
      fn.rowBytes(array),
      from,
      to,
    );
  }

  /** Cotangents of final values, in the rows that no step computes. */
  #arrive(name: string, lag: number, from: Wat, to: Wat, fn: WatFunction): Wat {
    const { array } = this.#schedule.place("carried", `${name}@${lag}`)!;
    const key = this.#keys.find((each) => each.name === name)!;
    return call(
      "arrive",
      this.#first(array, 0, fn),
      this.#address(finalCotangents(key, this.#table), fn),
      constant(lag === key.deepest ? lag : 0),
      fn.rowBytes(array),
      from,
      to,
    );
  }

  /** Gradients of the values before the first step. */
  #starts(fn: WatFunction): Wat[] {
    const { adjoint, place, cell } = this.#schedule;
    const keys = differentiableKeys(this.#schedule);
    const lines: Wat[] = [];
    for (const key of keys) {
      const gradient = startGradient(key, this.#table);
      lines.push(this.#clear(gradient, fn));
      for (const { name, lag } of adjoint.carried) {
        if (name !== key.name || lag < key.lag) continue;
        const { array } = place("carried", `${name}@${lag}`)!;
        const sent = this.#first(array, lag - key.lag, fn);
        const to = this.#address(gradient, fn);
        lines.push(call("add_rows", to, sent, fn.rowBytes(array)));
      }
    }
    for (const { name, initial } of cell.states) {
      if (!initial) continue;
      const { array } = place("initial", name)!;
      lines.push(this.#clear(this.#table.array(array), fn));
      const to = this.#first(array, 0, fn);
      for (const key of keys.filter((each) => each.name === name))
        lines.push(
          when(`(i32.eqz ${this.#flag(key)})`, [
            call(
              "add_rows",
              to,
              this.#address(startGradient(key, this.#table), fn),
              fn.rowBytes(array),
            ),
          ]),
        );
    }
    return lines;
  }

  #run(stage: Stage, backward: boolean, fn: WatFunction): Wat[] {
    const { kind, kernels } = stage;
    const steps = fn.rows("steps");
    // Static matrices come about kernel by kernel; everything later finds them finished.
    if (kind === "static")
      return kernels.flatMap((kernel) => [
        ...this.#pack([kernel], backward, fn),
        this.#call(kernel, kind),
      ]);
    // A forward pass has packed them before its first stage.
    const packed = backward ? this.#pack(kernels, backward, fn) : [];
    if (kind === "context")
      return [...packed, ...kernels.map((kernel) => this.#call(kernel, kind))];
    if (kind === "rows")
      // Other steps of what a kernel stores are read by the kernels behind it.
      return [
        ...packed,
        ...kernels.flatMap((kernel) => [
          this.#call(kernel, kind, zero, steps),
          ...this.#settle([kernel], backward, zero, steps, fn),
        ]),
      ];
    const t = fn.local("t");
    const next = add(get(t), constant(1));
    const body = [
      ...kernels.map((kernel) => this.#call(kernel, kind, get(t), next)),
      ...this.#settle(kernels, backward, get(t), next, fn),
    ];
    return [
      ...packed,
      backward ? countDown(t, steps, body) : countUp(t, zero, steps, 1, body),
    ];
  }

  /** Packs the matrices of the kernels' products. */
  #pack(kernels: readonly Kernel[], backward: boolean, fn: WatFunction): Wat[] {
    const lines = kernels.flatMap((kernel) =>
      kernel.kind === "map"
        ? []
        : kernel.calls.flatMap((product) => {
            const panel = panelOf(product, backward, this.#table);
            if (!panel) return [];
            const line = packing(panel, fn);
            return [
              optionalArrays(this.#schedule).has(product.y.array.id)
                ? when(headerField("inputs"), [line])
                : line,
            ];
          }),
    );
    return [...new Set(lines)];
  }

  #call(kernel: Kernel, kind: Stage["kind"], ...range: readonly Wat[]): Wat {
    const line = call(kernel.name, ...range);
    if (this.#isOptional(kernel)) return when(headerField("inputs"), [line]);
    return kernel.kind === "map" && kernel.tapeOnly && kind === "rows"
      ? when(headerField("kept"), [line])
      : line;
  }

  #isOptional(kernel: Kernel): boolean {
    const gradients = optionalArrays(this.#schedule);
    const stored = storedArrays(kernel);
    return (
      kernel.kind === "map" &&
      stored.length > 0 &&
      stored.every((array) => gradients.has(array.id))
    );
  }

  /** Rows of entries that are finished: zero forward, what arrives from the end backward. */
  #settle(
    kernels: readonly Kernel[],
    backward: boolean,
    from: Wat,
    to: Wat,
    fn: WatFunction,
  ): Wat[] {
    const { cell, adjoint, place } = this.#schedule;
    const stored = new Set(kernels.flatMap(storedArrays));
    const results = new Set([
      ...cell.states.map(({ name }) => place("state", name)!.array),
      ...cell.outputs.map(({ name }) => place("output", name)!.array),
    ]);
    const lines = backward
      ? adjoint.carried
          .filter(({ name, lag }) =>
            stored.has(place("carried", `${name}@${lag}`)!.array),
          )
          .map(({ name, lag }) => this.#arrive(name, lag, from, to, fn))
      : [...results]
          .filter((array) => stored.has(array))
          .map((array) => this.#clearFinished(array, from, to, fn));
    return lines.length === 0 ? [] : [when(headerField("lengths"), lines)];
  }
}
