/** The arrays of a program, by role and declared name, as they come into being. */
import type { AdjointProgram, CellProgram } from "../ir/program.js";
import { stateKey } from "../ir/program.js";
import { addSizes, shapeSize, sizeNumber } from "../ir/size.js";
import type { Shape, Size } from "../ir/size.js";
import type { ArrayPlan, ParameterPlan, Place } from "./kernels.js";
import type { Names } from "./names.js";
import { isOwnInput } from "./roots.js";

const zero = sizeNumber(0);

export const placeIn = (array: ArrayPlan, shift = 0): Place => ({
  array,
  offset: zero,
  shift,
});

export class Arrays {
  readonly all: ArrayPlan[] = [];
  readonly #byKey = new Map<string, ArrayPlan>();
  readonly #params: ReadonlyMap<string, ParameterPlan>;

  constructor(
    readonly names: Names,
    readonly params: readonly ParameterPlan[],
  ) {
    this.#params = new Map(params.map((plan) => [plan.name, plan]));
  }

  /** A new array, found again under `key`. */
  make(
    key: string,
    hint: string,
    fields: Partial<ArrayPlan> & { width: Size },
  ): ArrayPlan {
    const array: ArrayPlan = {
      id: this.names.unique(hint),
      extent: "sequence",
      lead: 0,
      tail: 0,
      element: "float",
      adjoint: false,
      tape: false,
      holds: hint,
      parts: [],
      ...fields,
    };
    // Scratch rows belong to their kernel.
    if (array.extent !== "row") this.all.push(array);
    this.#byKey.set(key, array);
    return array;
  }

  /** Makes one array known under a second key. */
  share(key: string, array: ArrayPlan): void {
    this.#byKey.set(key, array);
  }

  get(key: string): ArrayPlan | undefined {
    return this.#byKey.get(key);
  }

  /** The place of something with a role and a name: `named("seed", "y")`. */
  named(role: string, name: string): Place | undefined {
    if (role === "param") {
      const param = this.#params.get(name);
      return (
        param && { array: this.get("params")!, offset: param.offset, shift: 0 }
      );
    }
    const array = this.get(`${role} ${name}`);
    return array && placeIn(array);
  }
}

/** Arrays for what is given: parameters, inputs, contexts, buffers. */
export function makeLeafArrays(arrays: Arrays, cell: CellProgram): void {
  const total = arrays.params.reduce(
    (sum, { shape }) => addSizes(sum, shapeSize(shape)),
    zero,
  );
  const parts = (prefix: string): ArrayPlan["parts"] =>
    arrays.params.map(({ name, offset }) => ({
      name: `${prefix}${name}`,
      offset,
    }));
  const whole = { extent: "static", width: total } as const;
  arrays.make("params", "params", {
    ...whole,
    holds: "all parameters",
    parts: parts(""),
  });
  arrays.make("grads", "grads", {
    ...whole,
    holds: "gradients of all parameters",
    parts: parts("d_"),
  });
  for (const { name, shape, vocabulary } of cell.inputs) {
    const history = cell.states.find(
      (state) => state.name === name && isOwnInput(state),
    );
    const array = arrays.make(`input ${name}`, name, {
      width: shapeSize(shape),
      element: vocabulary === undefined ? "float" : "token",
      lead: history?.lag ?? 0,
      holds: `the input ${name}`,
    });
    if (history) arrays.share(`state ${name}`, array);
  }
  for (const { name, shape } of cell.contexts)
    arrays.make(`context ${name}`, name, {
      extent: "batch",
      width: shapeSize(shape),
      holds: `the context ${name}`,
    });
  for (const { name, shape, value } of cell.buffers)
    if (!value)
      arrays.make(`buffer ${name}`, name, {
        extent: "static",
        width: shapeSize(shape),
        holds: `the buffer ${name}`,
      });
}

/** Arrays that the adjoint step reads and leaves behind. */
export function makeAdjointArrays(
  arrays: Arrays,
  adjoint: AdjointProgram,
): void {
  const { cell } = adjoint;
  const back = (
    key: string,
    hint: string,
    shape: Shape,
    fields: Partial<ArrayPlan>,
  ): ArrayPlan =>
    arrays.make(key, hint, {
      width: shapeSize(shape),
      adjoint: true,
      ...fields,
    });
  for (const { name, shape } of cell.outputs)
    back(`seed ${name}`, `seed_${name}`, shape, {
      holds: `cotangent of the output ${name}`,
    });
  for (const { name, lag, node } of adjoint.carried)
    back(`carried ${name}@${lag}`, `back_${stateKey(name, lag)}`, node.shape, {
      tail: lag,
      holds: `what each step sends back to ${name}, ${lag} ${lag === 1 ? "step" : "steps"} earlier`,
    });
  const holdsGradient = (name: string): string => `gradient of ${name}`;
  for (const { name, node } of adjoint.inputs)
    back(`gradient ${name}`, `grad_${name}`, node.shape, {
      holds: holdsGradient(name),
    });
  for (const { name, node } of adjoint.contexts)
    back(`gradient ${name}`, `grad_${name}`, node.shape, {
      extent: "batch",
      holds: holdsGradient(name),
    });
  for (const { name, shape, initial } of cell.states)
    if (initial)
      back(`initial ${name}`, `initial_${name}`, shape, {
        extent: "batch",
        holds: `cotangent of the initial value of ${name}`,
      });
}
