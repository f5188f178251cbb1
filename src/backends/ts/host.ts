/** What all printers of the host side share: the schedule, names of fields, extents as texts. */
import { stateKey } from "../../ir/program.js";
import type { ArrayPlan, Schedule } from "../../passes/kernels.js";
import { times } from "./access.js";
import { code, showCode, sizeCode } from "./expression.js";
import type { Code } from "./expression.js";
import type { ModuleNames } from "./names.js";
import type { Writer } from "./writer.js";

/** One remembered value of a state, `lag` steps back. */
export interface HistoryKey {
  readonly name: string;
  readonly key: string;
  readonly lag: number;
  readonly array: ArrayPlan;
  readonly token: boolean;
}

export class Host {
  readonly keys: readonly HistoryKey[];
  /** Arrays that a backward pass sums up in double precision, and the callers' own of those that they see. */
  readonly rounded: readonly {
    readonly field: string;
    readonly array: ArrayPlan;
  }[];
  readonly #sums: ReadonlySet<ArrayPlan>;
  readonly #fields = new Map<string, string>();

  constructor(
    readonly schedule: Schedule,
    readonly names: ModuleNames,
    readonly out: Writer,
  ) {
    this.keys = schedule.cell.states.flatMap(({ name, lag, vocabulary }) =>
      Array.from({ length: lag }, (_, i) => ({
        name,
        key: stateKey(name, i + 1),
        lag: i + 1,
        array: schedule.place("state", name)!.array,
        token: vocabulary !== undefined,
      })),
    );
    const scope = names.scope();
    for (const { key } of this.keys)
      for (const role of ["final", "d_final", "d_start"])
        this.#fields.set(`${role} ${key}`, scope.unique(`${role}_${key}`));
    const grads = schedule.arrays.find(({ id }) => id === "grads")!;
    this.#sums = new Set([grads, ...schedule.summed]);
    const contexts = schedule.adjoint.contexts.map(
      ({ name }) => schedule.place("gradient", name)!.array,
    );
    this.rounded = [
      grads,
      ...contexts.filter((array) => this.isSum(array)),
    ].map((array) => ({ field: scope.unique(`rounded_${array.id}`), array }));
  }

  /** Sums are made in double precision, whatever the precision of the arrays. */
  isSum(array: ArrayPlan): boolean {
    return this.#sums.has(array);
  }

  /** The field of an array as the caller sees it. */
  roundedOf(id: string): string {
    return this.rounded.find(({ array }) => array.id === id)?.field ?? id;
  }

  /** The name of an array's constructor. */
  numbers(array: ArrayPlan): string {
    return this.isSum(array) ? "Float64Array" : "Floats";
  }

  /** A size over the module's variables. */
  size(size: ArrayPlan["width"]): Code {
    return sizeCode(size, this.names.size);
  }

  /** The field of the work object that holds a state's last values, their cotangents, or the gradient of the first. */
  field(role: "final" | "d_final" | "d_start", key: string): string {
    return this.#fields.get(`${role} ${key}`)!;
  }

  get differentiable(): readonly HistoryKey[] {
    return this.keys.filter(({ token }) => !token);
  }

  /** Number of elements of an array, in terms of the work object's extents. */
  length(array: ArrayPlan): string {
    const { T, B } = this.names.own;
    const width = this.size(array.width);
    switch (array.extent) {
      case "static":
      case "row":
        return showCode(width);
      case "batch":
      case "step":
        return showCode(times(code(B), width));
      case "sequence": {
        const extra = array.lead + array.tail;
        const steps = extra === 0 ? code(T) : code(`${T} + ${extra}`, 11);
        return showCode(
          times(times(array.tape ? code("1") : steps, code(B)), width),
        );
      }
    }
  }

  get scratch(): ArrayPlan[] {
    return [...this.schedule.forward, ...this.schedule.backward].flatMap(
      (stage) =>
        stage.kernels.flatMap((kernel) =>
          kernel.kind === "map" ? kernel.scratch : [],
        ),
    );
  }

  get hasTokens(): boolean {
    return this.schedule.arrays.some((array) => array.element === "token");
  }

  growField(
    field: string,
    length: string,
    token: boolean,
    numbers = "Floats",
  ): void {
    const { w } = this.names.own;
    this.out.list(
      `${w}.${field} = ${token ? "growTokens" : "grow"}`,
      [`${w}.${field}`, length, ...(token ? [] : [numbers])],
      "(",
      ");",
    );
  }
}
