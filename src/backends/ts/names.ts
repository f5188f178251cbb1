/** The names that a generated module uses, chosen so that no size or array of the cell collides. */
import type { Schedule } from "../../passes/kernels.js";
import { hostFunctions } from "./host-functions.js";
import { intrinsics } from "./intrinsics.js";
import { microKernels } from "./micro-kernels.js";
import { Scope } from "./writer.js";

/** What JavaScript reserves, and what a module declares itself. */
const words = `
arguments async await break case catch class const continue debugger default delete do else enum eval
export extends false finally for function if implements import in instanceof interface let new null
package private protected public return static super switch this throw true try type typeof undefined
var void while with yield Math Int32Array Float32Array Float64Array Infinity NaN
Floats Arrays Mixed Slots AdjointSlots ForwardOptions BackwardOptions Sizes Work
create sizes precision none noRows noSums noTokens slots emptySlots adjoint given differentiable options rows
steps batch withAdjoint inputGradients resize forward backward dispose
`
  .trim()
  .split(/\s+/);

const functions = [intrinsics, microKernels, hostFunctions].flatMap(
  Object.keys,
);

const own = [
  "w",
  "T",
  "B",
  "t",
  "b",
  "r",
  "kr",
  "n",
  "m",
  "k",
  "from",
  "to",
  "kept",
  "t0",
  "lengths",
  "present",
  "begun",
] as const;

export interface ModuleNames {
  /** The module's own variables: steps, entries, loop indices. */
  readonly own: Readonly<Record<(typeof own)[number], string>>;
  /** The variable of an array. */
  readonly array: (id: string) => string;
  /** The variable of a size. */
  readonly size: (name: string) => string;
  /** A scope for one function. */
  readonly scope: () => Scope;
}

export function moduleNames(schedule: Schedule): ModuleNames {
  const kernels = [...schedule.forward, ...schedule.backward].flatMap(
    (stage) => stage.kernels,
  );
  const scratch = kernels.flatMap((kernel) =>
    kernel.kind === "map" ? kernel.scratch : [],
  );
  const kernelNames = [
    ...kernels,
    ...schedule.starts.map(({ kernel }) => kernel),
  ].map(({ name }) => name);
  const taken = new Set([...words, ...functions, ...kernelNames]);
  const naming =
    (scope: Scope) =>
    (hint: string): [string, string] => {
      const variable = scope.unique(hint);
      taken.add(variable);
      return [hint, variable];
    };
  const ids = [...schedule.arrays, ...scratch].map(({ id }) => id);
  // Sizes and arrays are fields of one object, the arrays under their ids.
  const sizes = new Map(
    schedule.cell.sizes.map(naming(new Scope(new Set([...taken, ...ids])))),
  );
  const others = naming(new Scope(taken));
  const arrays = new Map(ids.map(others));
  const variables = Object.fromEntries(own.map(others));
  return {
    own: variables as ModuleNames["own"],
    array: (id) => arrays.get(id)!,
    size: (size) => sizes.get(size)!,
    scope: () => new Scope(taken),
  };
}
