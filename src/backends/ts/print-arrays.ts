/** Prints how arrays grow, and the views of them that the caller fills and reads. */
import { sizeNumber } from "../../ir/size.js";
import type { ArrayPlan } from "../../passes/kernels.js";
import { propertyKey } from "../../text/literals.js";
import { plus, times } from "./access.js";
import { code, showCode, sizeCode } from "./expression.js";
import type { Code } from "./expression.js";
import type { Host } from "./host.js";

export class ArrayPrinter {
  constructor(readonly host: Host) {}

  resize(): void {
    const out = this.host.out;
    const { w, T, B } = this.host.names.own;
    const { arrays } = this.host.schedule;
    const grown = (adjoint: boolean): ArrayPlan[] =>
      arrays.filter(
        (array) =>
          array.adjoint === adjoint && array.extent !== "static" && !array.tape,
      );
    out.line();
    out.block(
      `function resize(steps${out.typed(": number")}, batch${out.typed(": number")}, withAdjoint${out.typed(": boolean")})`,
      () => {
        out.block(`if (${w}.${T} !== steps || ${w}.${B} !== batch)`, () => {
          out.line(`${w}.${T} = steps;`);
          out.line(`${w}.${B} = batch;`);
          out.line("differentiable = false;");
          out.line(`const ${T} = steps;`);
          out.line(`const ${B} = batch;`);
          for (const array of grown(false)) this.#grow(array);
          for (const { key, array, token } of this.host.keys)
            this.host.growField(
              this.host.field("final", key),
              showCode(times(code(B), this.host.size(array.width))),
              token,
            );
          this.#slots();
        });
        out.block("if (withAdjoint && !differentiable)", () => {
          out.line("differentiable = true;");
          if (grown(true).some((array) => array.extent === "sequence"))
            out.line(`const ${T} = steps;`);
          out.line(`const ${B} = batch;`);
          for (const array of grown(true)) this.#grow(array);
          for (const { field, array } of this.host.rounded)
            if (array.extent !== "static")
              this.host.growField(field, this.host.length(array), false);
          for (const { key, array } of this.host.differentiable)
            for (const role of ["d_final", "d_start"] as const)
              this.host.growField(
                this.host.field(role, key),
                showCode(times(code(B), this.host.size(array.width))),
                false,
              );
          this.#adjointSlots();
        });
      },
    );
  }

  #grow(array: ArrayPlan): void {
    this.host.growField(
      array.id,
      this.host.length(array),
      array.element === "token",
      this.host.numbers(array),
    );
  }

  /** `subarray` of the steps that the caller sees, or of one step of a history. */
  #view(array: ArrayPlan, from: Code, steps: Code): string {
    const { w, B } = this.host.names.own;
    const row = times(code(B), this.host.size(array.width));
    const start = times(from, row);
    const end = times(plus(from, steps), row);
    return `${w}.${array.id}.subarray(${showCode(start)}, ${showCode(end)})`;
  }

  #group(
    name: string,
    items: readonly (readonly [key: string, text: string])[],
  ): void {
    const out = this.host.out;
    if (items.length === 0) out.line(`${name}: {},`);
    else
      out.block(
        `${name}:`,
        () => {
          for (const [key, text] of items) {
            const line = `${propertyKey(key)}: ${text},`;
            const at = text.indexOf("(");
            if (out.indent + line.length <= 80) out.line(line);
            else {
              const parts = text.slice(at + 1, -1).split(", ");
              out.line(`${propertyKey(key)}: ${text.slice(0, at)}(`);
              for (const part of parts) out.line(`  ${part},`);
              out.line("),");
            }
          }
        },
        "},",
      );
  }

  #slots(): void {
    const out = this.host.out;
    const { cell, place } = this.host.schedule;
    const { T, w } = this.host.names.own;
    const number = (value: number): Code => sizeCode(sizeNumber(value));
    const whole = (array: ArrayPlan): string =>
      this.#view(array, number(array.lead), code(T));
    const exact = (array: ArrayPlan): string =>
      `${w}.${array.id}.subarray(0, ${this.host.length(array)})`;
    out.block(
      "slots =",
      () => {
        this.#group(
          "inputs",
          cell.inputs.map(({ name }) => [
            name,
            whole(place("input", name)!.array),
          ]),
        );
        this.#group(
          "context",
          cell.contexts.map(({ name }) => [
            name,
            exact(place("context", name)!.array),
          ]),
        );
        this.#group(
          "buffers",
          cell.buffers
            .filter(({ value }) => !value)
            .map(({ name }) => [name, exact(place("buffer", name)!.array)]),
        );
        this.#group(
          "initial",
          this.host.keys.map(({ key, lag, array }) => [
            key,
            this.#view(array, number(array.lead - lag), number(1)),
          ]),
        );
        this.#group(
          "outputs",
          cell.outputs.map(({ name }) => [
            name,
            whole(place("output", name)!.array),
          ]),
        );
        this.#group(
          "final",
          this.host.keys.map(({ key, array }) => [
            key,
            this.#fieldView("final", key, array),
          ]),
        );
      },
      "};",
    );
  }

  #fieldView(
    role: "final" | "d_final" | "d_start",
    key: string,
    array: ArrayPlan,
  ): string {
    const { w, B } = this.host.names.own;
    const length = showCode(times(code(B), this.host.size(array.width)));
    return `${w}.${this.host.field(role, key)}.subarray(0, ${length})`;
  }

  #adjointSlots(): void {
    const out = this.host.out;
    const { cell, adjoint, place } = this.host.schedule;
    const { w } = this.host.names.own;
    const exact = (array: ArrayPlan): string =>
      `${w}.${this.host.roundedOf(array.id)}.subarray(0, ${this.host.length(array)})`;
    out.block(
      "adjoint =",
      () => {
        this.#group(
          "outputs",
          cell.outputs.map(({ name }) => [
            name,
            exact(place("seed", name)!.array),
          ]),
        );
        this.#group(
          "final",
          this.host.differentiable.map(({ key, array }) => [
            key,
            this.#fieldView("d_final", key, array),
          ]),
        );
        this.#group(
          "inputs",
          adjoint.inputs.map(({ name }) => [
            name,
            exact(place("gradient", name)!.array),
          ]),
        );
        this.#group(
          "context",
          adjoint.contexts.map(({ name }) => [
            name,
            exact(place("gradient", name)!.array),
          ]),
        );
        this.#group(
          "initial",
          this.host.differentiable.map(({ key, array }) => [
            key,
            this.#fieldView("d_start", key, array),
          ]),
        );
      },
      "};",
    );
  }
}
