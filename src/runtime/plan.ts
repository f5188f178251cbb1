/** A cell with its sizes bound: every name with its shape in numbers, worked out once when it is loaded. */
import {
  checkRequirements,
  checkShape,
  checkSizes,
  elements,
} from "./check.js";
import type { CellInfo, InitializerInfo, ValueInfo } from "./info.js";
import { stateKeys } from "./info.js";
import type { ParameterRange, Sizes } from "./kernel.js";

/** One array: what it is called in messages, and how large it is per step and batch entry. */
export interface BoundValue {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
  /** Number of tokens, where the value is one. */
  readonly vocabulary: number | undefined;
}

export interface CellPlan {
  readonly info: CellInfo;
  readonly sizes: Sizes;
  readonly inputs: readonly BoundValue[];
  readonly context: readonly BoundValue[];
  readonly buffers: readonly BoundValue[];
  /** One for each lag. */
  readonly states: readonly BoundValue[];
  readonly outputs: readonly BoundValue[];
  readonly layout: readonly ParameterRange[];
  readonly initializers: readonly InitializerInfo[];
}

export function planCell(info: CellInfo, given: Sizes): CellPlan {
  const sizes = checkSizes(info, given);
  checkRequirements(info, sizes);
  const bind = (
    value: ValueInfo & { readonly vocabulary?: (sizes: Sizes) => number },
    name = value.name,
  ): BoundValue => {
    const shape = checkShape(info.name, value, sizes);
    return {
      name,
      shape,
      elements: elements(shape),
      vocabulary: value.vocabulary?.(sizes),
    };
  };
  let offset = 0;
  const layout = info.params.map((param) => {
    const { name, shape, elements: count } = bind(param);
    const range = { name, offset, shape };
    offset += count;
    return range;
  });
  return {
    info,
    sizes,
    inputs: info.inputs.map((value) => bind(value)),
    context: info.context.map((value) => bind(value)),
    buffers: info.buffers.map((value) => bind(value)),
    states: info.states.flatMap((state) =>
      stateKeys(state).map((key) => bind(state, key)),
    ),
    outputs: info.outputs.map((value) => bind(value)),
    layout,
    initializers: info.params.map((param) => param.initializer),
  };
}
