/**
 * One step at a time with resident state. The stepper keeps the state in arrays of its own and runs the
 * cell's kernel for a sequence of one step, so that any number of steppers and whole sequences share one
 * set of parameters. Two copies of the state per step are small beside the products of a step.
 */
import type { CallCheck, Given } from "./call.js";
import type { CellNames, Numbers } from "./info.js";
import type { Floats } from "./kernel.js";
import { emptyRecord, own } from "./own.js";
import type { LoadedCell, Stepper, StepperOptions } from "./types.js";

type Slot = Floats | Int32Array;

export class CellStepper implements Stepper<CellNames, Floats> {
  readonly #cell: LoadedCell;
  readonly #check: CallCheck;
  readonly #options: StepperOptions<CellNames>;
  readonly #resident: Record<string, Slot>;
  /** Handed to `forward`: changed in place, so that a step makes no objects of its own. */
  readonly #call: {
    batch: number;
    steps: number;
    t0: number;
    keep: boolean;
    sameParams: boolean;
    context: Readonly<Record<string, Numbers>>;
    buffers: Given | undefined;
    states: Given;
  };

  constructor(
    cell: LoadedCell,
    check: CallCheck,
    options: StepperOptions<CellNames>,
  ) {
    this.#cell = cell;
    this.#check = check;
    this.#options = options;
    const batch = check.batch(options.batch);
    this.#resident = Object.fromEntries(
      check.plan.states.map((state) => {
        const length = batch * state.elements;
        const array =
          state.vocabulary !== undefined
            ? new Int32Array(length)
            : cell.precision === "f64"
              ? new Float64Array(length)
              : new Float32Array(length);
        return [state.name, array];
      }),
    );
    this.#call = {
      batch,
      steps: 1,
      t0: 0,
      keep: false,
      sameParams: false,
      context: options.context ?? {},
      buffers: options.buffers,
      states: {},
    };
    this.reset();
  }

  get states(): Stepper<CellNames, Floats>["states"] {
    return this.#resident as Stepper<CellNames, Floats>["states"];
  }

  step(
    inputs: Readonly<Record<string, Numbers>>,
  ): Readonly<Record<string, Floats>> {
    const { outputs, states } = this.#cell.forward(inputs, this.#call);
    for (const name in this.#resident) this.#resident[name]!.set(states[name]!);
    this.#call.states = this.#resident;
    this.#call.t0++;
    this.#call.sameParams = this.#options.sameParams ?? false;
    return outputs;
  }

  reset(states: Given = this.#options.states ?? {}): void {
    // What is not given starts as the cell says, which the kernel knows: the resident arrays are filled
    // by the first step, and hold zeros or the given values until then.
    this.#check.states(states, this.#call.batch);
    const given = emptyRecord<Numbers>();
    for (const name in states)
      if (own(states, name) !== undefined) given[name] = this.#resident[name]!;
    for (const name in this.#resident) {
      const array = own(states, name);
      if (array === undefined) this.#resident[name]!.fill(0);
      else this.#resident[name]!.set(array);
    }
    this.#call.states = given;
    this.#call.t0 = this.#options.t0 ?? 0;
    this.#call.sameParams = false;
  }
}
