/** From a cell to the kernel program that every backend prints: the scheduler's passes in order. */
import { stateKey } from "../ir/program.js";
import type { AdjointProgram, CellProgram } from "../ir/program.js";
import { sizeNumber } from "../ir/size.js";
import { differentiate } from "./differentiate.js";
import { KernelValues, ownIndex } from "./expressions.js";
import type { ArrayPlan, Kernel, Schedule, Stage } from "./kernels.js";
import { lowerMap } from "./lower-map.js";
import { lowerProducts } from "./lower-product.js";
import { makePlan } from "./plan.js";
import type { Plan } from "./plan.js";
import { separateResults } from "./roots.js";
import { simplify, simplifyAdjoint } from "./simplify.js";
import { Storage } from "./storage.js";
import type { PlacedStage } from "./positions.js";
import { gatherProducts } from "./sums.js";
import { chooseTape } from "./tape.js";

/** The whole path from a checked cell. */
export function schedule(cell: CellProgram): Schedule {
  const simple = simplify(cell);
  return scheduleAdjoint(simplifyAdjoint(differentiate(simple)));
}

/** The scheduler alone, for a cell and its adjoint that are simple already. */
export function scheduleAdjoint(simple: AdjointProgram): Schedule {
  const separate = separateResults(simple);
  const first = makePlan(separate, chooseTape(separate));
  const gathered = gatherProducts(first);
  const plan = makePlan(gathered.adjoint, gathered.tape);
  return lower(simple, plan, new Storage(plan));
}

function lower(simple: AdjointProgram, plan: Plan, storage: Storage): Schedule {
  const stages = (
    placed: readonly PlacedStage[],
    isBackward: boolean,
  ): Stage[] => {
    let count = 0;
    return placed.map((stage) => ({
      kind: stage.kind,
      kernels: stage.kernels.map((kernel): Kernel => {
        const name = `${isBackward ? "backward" : "forward"}${++count}`;
        return kernel.product
          ? lowerProducts(kernel, storage, name, isBackward)
          : lowerMap(kernel, storage, name, isBackward);
      }),
    }));
  };
  const { adjoint } = plan;
  const forward = stages(storage.positions.forward, false);
  const backward = stages(storage.positions.backward, true);
  return {
    cell: simple.cell,
    adjoint: simple,
    scheduled: adjoint,
    params: storage.params,
    arrays: storage.arrays,
    forward,
    backward,
    summed: summedArrays(backward),
    starts: startKernels(adjoint.cell, storage),
    place: (role, name) => storage.named(role, name),
  };
}

/** One kernel for each value before the first step that the cell itself says. */
function startKernels(cell: CellProgram, storage: Storage): Schedule["starts"] {
  let count = 0;
  return cell.states.flatMap((state) => {
    const { name, initial, shape } = state;
    if (!initial) return [];
    const values = new KernelValues(storage, false);
    values.startSegment();
    const value = values.read(initial, ownIndex(initial));
    if (values.body.length + values.before.length > 0)
      throw new TypeError("the initial value of a state is not stored");
    const { array } = storage.named("state", name)!;
    return Array.from(
      { length: state.lag },
      (_, i): Schedule["starts"][number] => {
        const place = { array, offset: sizeNumber(0), shift: -(i + 1) };
        const index = ownIndex(initial);
        return {
          key: stateKey(name, i + 1),
          kernel: {
            kind: "map",
            name: `start${++count}`,
            scratch: [],
            segments: [
              {
                loops: shape,
                inner: undefined,
                body: [
                  {
                    kind: "store",
                    place,
                    dims: shape,
                    index,
                    value,
                    add: false,
                  },
                ],
                accumulators: [],
                after: [],
                nodes: [initial],
              },
            ],
            nodes: [initial],
            tapeOnly: false,
          },
        };
      },
    );
  });
}

/** Arrays that the backward pass adds to, apart from the parameters' gradient. */
function summedArrays(stages: readonly Stage[]): ArrayPlan[] {
  const found = new Set<ArrayPlan>();
  for (const { kernels } of stages)
    for (const kernel of kernels)
      if (kernel.kind === "product") {
        for (const { form, y } of kernel.calls)
          if (form === "tn" || form === "add_column" || form === "add_row")
            found.add(y.array);
      } else
        for (const { body, after } of kernel.segments)
          for (const statement of [...body, ...after])
            if (statement.kind === "store" && statement.add)
              found.add(statement.place.array);
  return [...found].filter((array) => array.id !== "grads");
}
