/** Prints the order in which kernels run, forward and backward. */
import type {
  ArrayPlan,
  Kernel,
  Schedule,
  Stage,
} from "../../passes/kernels.js";
import { stringLiteral } from "../../text/literals.js";
import { times } from "./access.js";
import { code, showCode } from "./expression.js";
import { storedArrays } from "../histories.js";
import { leavesOutEmpty } from "../../ir/program.js";
import type { Host } from "./host.js";

export class PassPrinter {
  constructor(readonly host: Host) {}

  forward(): void {
    const out = this.host.out;
    const { w, T, B, kept, t0, lengths } = this.host.names.own;
    const { arrays, forward } = this.host.schedule;
    out.line();
    out.block(
      `function forward(options${out.typed(": ForwardOptions")})`,
      () => {
        out.line(`const { ${[T, B].join(", ")} } = ${w};`);
        out.line(`${w}.${lengths} = options.lengths;`);
        if (this.host.keys.length > 0) out.line("given = options.given;");
        out.line(`${w}.${t0} = options.t0;`);
        out.line(`${w}.${kept} = options.keep ? 1 : 0;`);
        const tape = arrays.filter((array) => array.tape);
        if (tape.length > 0)
          out.line(`const rows = (options.keep ? ${T} : 1) * ${B};`);
        for (const array of tape)
          this.host.growField(
            array.id,
            showCode(times(code("rows"), this.host.size(array.width))),
            false,
          );
        const first = forward.filter((stage) => stage.kind === "static");
        const rest = forward.filter((stage) => stage.kind !== "static");
        for (const stage of first) this.#run(stage, false);
        for (const { key, lag, array } of this.host.keys)
          this.#start(key, lag, array);
        for (const stage of rest) this.#run(stage, false);
        for (const { key, lag, array } of this.host.keys)
          out.list(
            "readLast",
            [
              `${w}.${this.host.field("final", key)}`,
              `${w}.${array.id}`,
              showCode(this.host.size(array.width)),
              String(array.lead - lag),
              T,
              B,
              this.#lengths,
            ],
            "(",
            ");",
          );
      },
    );
  }

  /** What a history holds where the caller gives no value. */
  #start(key: string, lag: number, array: ArrayPlan): void {
    const out = this.host.out;
    const { w, B } = this.host.names.own;
    const own = this.host.schedule.starts.find((start) => start.key === key);
    const row = times(code(B), this.host.size(array.width));
    const rows = (steps: number): string =>
      showCode(times(code(String(steps)), row));
    out.block(`if (!given.has(${stringLiteral(key)}))`, () => {
      if (own) out.line(`${own.kernel.name}(${w}, 0, 1);`);
      else
        out.list(
          `${w}.${array.id}.fill`,
          ["0", rows(array.lead - lag), rows(array.lead - lag + 1)],
          "(",
          ");",
        );
    });
  }

  backward(): void {
    const out = this.host.out;
    const { w, T, B } = this.host.names.own;
    const { cell, adjoint, backward, place, summed } = this.host.schedule;
    out.line();
    out.block(
      `function backward(options${out.typed(": BackwardOptions")})`,
      () => {
        out.line(`const { ${[T, B].join(", ")} } = ${w};`);
        out.line(`${w}.inputGradients = options.inputs;`);
        const { present, begun } = this.host.names.own;
        out.line(
          `${w}.${present} = presentRows(${this.#lengths}, ${T}, ${B});`,
        );
        const empty = leavesOutEmpty(this.host.schedule.cell);
        out.line(
          `${w}.${begun} = presentRows(${empty ? this.#lengths : "null"}, 1, ${B});`,
        );
        out.line(`${w}.grads.fill(0);`);
        for (const array of summed) out.line(`${w}.${array.id}.fill(0);`);
        for (const { name } of cell.outputs) {
          const { array } = place("seed", name)!;
          out.list(
            "clearFinished",
            [
              `${w}.${array.id}`,
              showCode(this.host.size(array.width)),
              "0",
              "0",
              T,
              B,
              this.#lengths,
            ],
            "(",
            ");",
          );
        }
        for (const { name, lag } of adjoint.carried) {
          this.#arrive(name, lag, "0", `${T} + ${lag}`);
        }
        const lower = (stage: Stage): boolean =>
          stage.kind === "static" || stage.kind === "context";
        for (const stage of backward.filter((each) => !lower(each)))
          this.#run(stage, true);
        this.#starts();
        for (const stage of backward.filter(lower)) this.#run(stage, true);
        this.#clearAbsent();
        for (const { field, array } of this.host.rounded)
          out.line(
            array.id === "grads"
              ? `addRows(${w}.${field}, ${w}.grads, 0, ${w}.grads.length);`
              : `${w}.${field}.set(${w}.${array.id}.subarray(0, ${this.host.length(array)}));`,
          );
      },
    );
  }

  /** Gradients of what does not belong to a sequence. */
  #clearAbsent(): void {
    const { w, T, B } = this.host.names.own;
    const { adjoint, place } = this.host.schedule;
    const clear = (name: string, steps: string): void => {
      const { array } = place("gradient", name)!;
      this.host.out.list(
        "clearFinished",
        [
          `${w}.${array.id}`,
          showCode(this.host.size(array.width)),
          "0",
          "0",
          steps,
          B,
          this.#lengths,
        ],
        "(",
        ");",
      );
    };
    for (const { name } of adjoint.inputs) clear(name, T);
    // An entry without steps has nothing in its first one.
    if (leavesOutEmpty(this.host.schedule.cell))
      for (const { name } of adjoint.contexts) clear(name, "1");
  }

  get #lengths(): string {
    const { w, lengths } = this.host.names.own;
    return `${w}.${lengths}`;
  }

  /** Cotangents of final values, in the rows that no step computes. */
  #arrive(name: string, lag: number, from: string, to: string): void {
    const { w, T, B } = this.host.names.own;
    const { array } = this.host.schedule.place("carried", `${name}@${lag}`)!;
    const state = this.host.schedule.cell.states.find(
      (each) => each.name === name,
    )!;
    const finals =
      lag === state.lag
        ? this.host.keys
            .filter((key) => key.name === name)
            .map(({ key }) => `${w}.${this.host.field("d_final", key)}`)
        : [];
    this.host.out.list(
      "arrive",
      [
        `${w}.${array.id}`,
        `[${finals.join(", ")}]`,
        showCode(this.host.size(array.width)),
        from,
        to,
        T,
        B,
        this.#lengths,
      ],
      "(",
      ");",
    );
  }

  /** Gradients of the values before the first step. */
  #starts(): void {
    const out = this.host.out;
    const { w, B } = this.host.names.own;
    const { adjoint, place, cell } = this.host.schedule;
    for (const { key, name, lag, array } of this.host.differentiable) {
      const field = `${w}.${this.host.field("d_start", key)}`;
      out.line(`${field}.fill(0);`);
      for (const entry of adjoint.carried)
        if (entry.name === name && entry.lag >= lag)
          out.list(
            "addRows",
            [
              field,
              `${w}.${place("carried", `${name}@${entry.lag}`)!.array.id}`,
              showCode(
                times(
                  code(String(entry.lag - lag)),
                  times(code(B), this.host.size(array.width)),
                ),
              ),
              showCode(times(code(B), this.host.size(array.width))),
            ],
            "(",
            ");",
          );
    }
    for (const { name, initial } of cell.states) {
      if (!initial) continue;
      const { array } = place("initial", name)!;
      out.line(`${w}.${array.id}.fill(0);`);
      for (const { key, name: of } of this.host.differentiable)
        if (of === name)
          out.block(`if (!given.has(${stringLiteral(key)}))`, () =>
            out.list(
              "addRows",
              [
                `${w}.${array.id}`,
                `${w}.${this.host.field("d_start", key)}`,
                "0",
                showCode(times(code(B), this.host.size(array.width))),
              ],
              "(",
              ");",
            ),
          );
    }
  }

  #run(stage: Stage, backward: boolean): void {
    const out = this.host.out;
    const { w, T, t } = this.host.names.own;
    const call = (kernel: Kernel, range: string): void => {
      const text = `${kernel.name}(${w}${range});`;
      if (this.#isOptional(kernel))
        out.block(`if (${w}.inputGradients)`, () => out.line(text));
      else if (
        kernel.kind === "map" &&
        kernel.tapeOnly &&
        stage.kind === "rows"
      )
        out.block(`if (${w}.${this.host.names.own.kept} === 1)`, () =>
          out.line(text),
        );
      else out.line(text);
    };
    if (stage.kind === "static" || stage.kind === "context") {
      for (const kernel of stage.kernels) call(kernel, "");
      return;
    }
    if (stage.kind === "rows") {
      // Other steps of what a kernel stores are read by the kernels behind it.
      for (const kernel of stage.kernels) {
        call(kernel, `, 0, ${T}`);
        this.#settle([kernel], backward, "0", T);
      }
      return;
    }
    const head = backward
      ? `for (let ${t} = ${T} - 1; ${t} >= 0; ${t}--)`
      : `for (let ${t} = 0; ${t} < ${T}; ${t}++)`;
    out.block(head, () => {
      for (const kernel of stage.kernels) call(kernel, `, ${t}, ${t} + 1`);
      this.#settle(stage.kernels, backward, t, `${t} + 1`);
    });
  }

  #isOptional(kernel: Kernel): boolean {
    const gradients = optionalArrays(this.host.schedule);
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
    from: string,
    to: string,
  ): void {
    const out = this.host.out;
    const { w, B } = this.host.names.own;
    const { cell, adjoint, place } = this.host.schedule;
    const stored = new Set(kernels.flatMap(storedArrays));
    if (backward) {
      const carried = adjoint.carried.filter(({ name, lag }) =>
        stored.has(place("carried", `${name}@${lag}`)!.array),
      );
      if (carried.length === 0) return;
      out.block(`if (${this.#lengths})`, () => {
        for (const { name, lag } of carried) this.#arrive(name, lag, from, to);
      });
      return;
    }
    const arrays = new Set<ArrayPlan>();
    for (const { name } of cell.states) arrays.add(place("state", name)!.array);
    for (const { name } of cell.outputs)
      arrays.add(place("output", name)!.array);
    const written = [...arrays].filter((array) => stored.has(array));
    if (written.length === 0) return;
    out.block(`if (${this.#lengths})`, () => {
      for (const array of written)
        out.list(
          "clearFinished",
          [
            `${w}.${array.id}`,
            showCode(this.host.size(array.width)),
            String(array.lead),
            from,
            to,
            B,
            this.#lengths,
          ],
          "(",
          ");",
        );
    });
  }
}

/** Arrays that hold gradients of inputs. */
export const optionalArrays = (schedule: Schedule): ReadonlySet<string> =>
  new Set(
    schedule.adjoint.inputs.map(
      ({ name }) => schedule.place("gradient", name)!.array.id,
    ),
  );
