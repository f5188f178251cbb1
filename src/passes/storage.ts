/**
 * Gives every value that outlives its loop a place: the history of a state, a row of the tape, a
 * scratch array, the flat gradient.
 */
import { Domain, nodeSize, reachable } from "../ir/graph.js";
import type { Node } from "../ir/graph.js";
import { addSizes, shapeSize, sizeNumber } from "../ir/size.js";
import type { Size } from "../ir/size.js";
import {
  Arrays,
  makeAdjointArrays,
  makeLeafArrays,
  placeIn,
} from "./arrays.js";
import type { ArrayPlan, Extent, ParameterPlan, Place } from "./kernels.js";
import { layOutParameters, productTerms, stackable } from "./layout.js";
import { Names } from "./names.js";
import type { KernelTasks } from "./phases.js";
import type { Plan } from "./plan.js";
import { ByDirection, Positions } from "./positions.js";
import type { PlacedKernel } from "./positions.js";
import { isOwnInput } from "./roots.js";
import {
  isGradientProduct,
  isRowProduct,
  operandsOf,
  viewBase,
} from "./traits.js";

export class Storage {
  readonly params: readonly ParameterPlan[];
  readonly positions: Positions;
  readonly #arrays: Arrays;
  readonly #names: Names;
  readonly #places = new ByDirection<readonly Place[]>();
  /** Of tasks of the backward pass: what they are added to. */
  readonly #sums = new Map<Node, readonly Place[]>();
  readonly #scratch = new Map<PlacedKernel, readonly ArrayPlan[]>();
  /** What initial values are computed from. */
  readonly #initial: ReadonlySet<Node>;
  readonly #tape: ReadonlySet<Node>;
  /** Positions of the parameters in their vector, by offset. */
  readonly #parameterAt: ReadonlyMap<string, number>;

  constructor(readonly plan: Plan) {
    const { cell } = plan.adjoint;
    this.#names = new Names(plan.adjoint);
    this.#tape = new Set(plan.tape);
    this.#initial = new Set(
      reachable(cell.states.flatMap((state) => state.initial ?? [])),
    );
    this.positions = new Positions(plan);
    this.params = layOutParameters(
      cell,
      this.positions.forward.flatMap((stage) => stage.kernels),
    );
    this.#arrays = new Arrays(this.#names, this.params);
    this.#parameterAt = new Map(
      this.params.map(({ offset }, i) => [offset.key, i]),
    );
    makeLeafArrays(this.#arrays, cell);
    this.#placeForwardResults();
    makeAdjointArrays(this.#arrays, plan.adjoint);
    this.#placeBackwardResults();
    this.#placeBundles();
    this.#placeRest();
  }

  get arrays(): readonly ArrayPlan[] {
    return this.#arrays.all;
  }

  /** Where a direction can read a value; `undefined` for what has no array there. */
  placeOf(node: Node, backward: boolean): Place | undefined {
    const { name, lag } = node.attrs;
    if (node.op === "state")
      return placeIn(this.#arrays.get(`state ${name}`)!, -lag!);
    if (node.op === "carried")
      return placeIn(this.#arrays.get(`carried ${name}@${lag}`)!, lag!);
    const direction = backward ? this.plan.backward : this.plan.forward;
    if (direction.isReadable(node))
      return (
        this.storesOf(node, this.positions.owner(node, backward))[0] ??
        (name === undefined ? undefined : this.named(node.op, name))
      );
    if (node.op !== "slice") return undefined;
    const whole = this.placeOf(node.args[0]!, backward);
    return (
      whole && { ...whole, offset: addSizes(whole.offset, node.attrs.from!) }
    );
  }

  /** Everywhere a task's value is stored. */
  storesOf(task: Node, backward: boolean): readonly Place[] {
    return this.#places.get(task, backward) ?? [];
  }

  /** Everywhere a task's value is added to. */
  sumsOf(task: Node, backward: boolean): readonly Place[] {
    return (backward && this.#sums.get(task)) || [];
  }

  scratchOf(kernel: PlacedKernel): readonly ArrayPlan[] {
    return this.#scratch.get(kernel) ?? [];
  }

  named(role: string, name: string): Place | undefined {
    return this.#arrays.named(role, name);
  }

  /** Whether all readers must see the very number that its array holds. */
  isCompared(node: Node): boolean {
    return this.plan.compared.has(node);
  }

  nameOf(node: Node): string {
    return this.#names.of(node);
  }

  /** A name for an array: the value's own, or of products what they multiply. */
  #hintOf(task: Node): string {
    if (!isRowProduct(task)) return this.nameOf(task);
    const named = this.nameOf(task);
    if (named !== task.op) return named;
    const { operand } = productTerms(task)[0]!;
    return `from_${operand.attrs.name ?? this.nameOf(operand)}`;
  }

  #store(node: Node, backward: boolean, place: Place): void {
    this.#places.set(node, backward, [...this.storesOf(node, backward), place]);
  }

  #placeForwardResults(): void {
    const { cell } = this.plan.adjoint;
    for (const state of cell.states) {
      const { name, lag } = state;
      if (isOwnInput(state)) continue;
      const array = this.#arrays.make(`state ${name}`, name, {
        width: shapeSize(state.shape),
        lead: lag,
        holds: `${name}, from ${lag} ${lag === 1 ? "step" : "steps"} before the first`,
      });
      this.#store(state.definition, false, placeIn(array));
    }
    for (const { name, node, shape } of cell.outputs) {
      const shared = this.storesOf(node, false)[0];
      if (shared) {
        this.#arrays.share(`output ${name}`, shared.array);
        continue;
      }
      const holds = `the output ${name}`;
      const array = this.#arrays.make(`output ${name}`, name, {
        width: shapeSize(shape),
        holds,
      });
      this.#store(node, false, placeIn(array));
    }
  }

  #placeBackwardResults(): void {
    const { adjoint, gradients } = this.plan;
    for (const { name, lag, node } of adjoint.carried)
      this.#store(node, true, this.named("carried", `${name}@${lag}`)!);
    for (const { name, node } of [...adjoint.inputs, ...adjoint.contexts])
      this.#store(node, true, this.named("gradient", name)!);
    const array = this.#arrays.get("grads")!;
    for (const { name, terms } of gradients) {
      const { offset } = this.named("param", name)!;
      for (const term of terms)
        this.#sums.set(term, [
          ...this.sumsOf(term, true),
          { array, offset, shift: 0 },
        ]);
    }
  }

  /** Values that stand next to each other so that products with them merge. */
  #placeBundles(): void {
    const position = new Map(
      this.plan.adjoint.cell.params.map((param, i) => [param.name, i]),
    );
    const declared = (matrix: Node): number =>
      position.get(matrix.attrs.name!) ?? Infinity;
    const { forward, backward } = this.positions;
    for (const [stages, isBackward] of [
      [forward, false],
      [backward, true],
    ] as const)
      for (const kernel of stages.flatMap((stage) => stage.kernels)) {
        if (!kernel.product) continue;
        for (const group of stackable(kernel, declared))
          this.#bundle(group, isBackward, this.#hintOf(group[0]!));
        for (const group of this.#gradientGroups(kernel))
          this.#bundle(group, isBackward, "delta");
      }
  }

  /** Left factors of gradient products with one right factor, in the order of the parameters. */
  #gradientGroups(kernel: KernelTasks): Node[][] {
    const groups = new Map<Node, { base: Node; order: number }[]>();
    for (const task of kernel.tasks) {
      if (!isGradientProduct(task)) continue;
      const [left, right] = operandsOf(task) as [Node, Node];
      const target = this.sumsOf(task, true)[0];
      const order = target
        ? (this.#parameterAt.get(target.offset.key) ?? -1)
        : -1;
      const group = groups.get(right) ?? [];
      group.push({ base: viewBase(left), order });
      groups.set(right, group);
    }
    return [...groups.values()].map((group) => [
      ...new Set(
        group.sort((a, b) => a.order - b.order).map((member) => member.base),
      ),
    ]);
  }

  #bundle(nodes: readonly Node[], backward: boolean, hint: string): void {
    const byStage = new Map<number, Node[]>();
    for (const node of nodes) {
      const isFree =
        this.positions.isTask(node, backward) &&
        this.storesOf(node, backward).length === 0 &&
        node.shape.length === 1;
      if (!isFree) continue;
      const { stage } = this.positions.of(node, backward);
      byStage.set(stage, [...(byStage.get(stage) ?? []), node]);
    }
    for (const members of byStage.values()) {
      if (members.length < 2) continue;
      const extents = members.map((node) => this.#extentOf(node, backward));
      const extent = (["sequence", "batch", "step"] as const).find((each) =>
        extents.includes(each),
      );
      if (extent === undefined) continue;
      const array = this.#arrays.make(
        `bundle ${backward} ${members[0]!.id}`,
        hint,
        {
          extent,
          width: members.map(nodeSize).reduce(addSizes),
          adjoint: backward,
          tape:
            extent === "sequence" &&
            members.every((node) => this.#isTapeOnly(node, backward)),
          holds: members.map((node) => this.#names.describe(node)).join(", "),
          parts: offsetsOf(members).flatMap(({ node, offset }) => {
            const name = matrixName(node);
            return name === undefined ? [] : [{ name, offset }];
          }),
        },
      );
      for (const { node, offset } of offsetsOf(members))
        this.#store(node, backward, { array, offset, shift: 0 });
    }
  }

  /** Which array a task needs, or `undefined` where a local variable will do. */
  #extentOf(task: Node, backward: boolean): Extent | undefined {
    const at = this.positions.of(task, backward);
    const readers = this.positions.readersOf(task, backward);
    const outside = readers.some(
      (reader) => reader.backward !== at.backward || reader.stage !== at.stage,
    );
    const away =
      outside || readers.some((reader) => reader.kernel !== at.kernel);
    const row =
      task.shape.length > 0 &&
      readers.some((reader) => reader.segment !== at.segment);
    const within = row ? "row" : undefined;
    if (task.domain === Domain.static)
      return away || this.#initial.has(task) ? "static" : within;
    if (task.domain === Domain.context) return away ? "batch" : within;
    if (outside || (!backward && this.#tape.has(task))) return "sequence";
    if (away) return at.kind === "loop" ? "step" : "sequence";
    return within;
  }

  /** On the tape, and read by no other kernel of the forward pass once its step is over. */
  #isTapeOnly(task: Node, backward: boolean): boolean {
    if (backward || !this.#tape.has(task)) return false;
    const at = this.positions.of(task, false);
    return this.positions
      .readersOf(task, false)
      .every(
        (reader) =>
          reader.backward ||
          (reader.stage === at.stage &&
            (at.kind === "loop" || reader.kernel === at.kernel)),
      );
  }

  #placeRest(): void {
    const { forward, backward } = this.positions;
    for (const [stages, isBackward] of [
      [forward, false],
      [backward, true],
    ] as const)
      for (const kernel of stages.flatMap((stage) => stage.kernels)) {
        const scratch: ArrayPlan[] = [];
        for (const task of kernel.tasks) {
          if (this.storesOf(task, isBackward).length > 0) continue;
          const extent = this.#extentOf(task, isBackward);
          if (extent === undefined) continue;
          const array = this.#arrays.make(
            `task ${isBackward} ${task.id}`,
            this.#hintOf(task),
            {
              extent,
              width: nodeSize(task),
              adjoint: isBackward,
              tape: extent === "sequence" && this.#isTapeOnly(task, isBackward),
              holds: this.#names.describe(task),
            },
          );
          if (extent === "row") scratch.push(array);
          this.#store(task, isBackward, placeIn(array));
        }
        this.#scratch.set(kernel, scratch);
      }
  }
}

/** Vectors side by side. */
function offsetsOf(
  nodes: readonly Node[],
): { readonly node: Node; readonly offset: Size }[] {
  let end = sizeNumber(0);
  return nodes.map((node) => {
    const offset = end;
    end = addSizes(end, nodeSize(node));
    return { node, offset };
  });
}

/** The parameter that a product is with. */
const matrixName = (node: Node): string | undefined =>
  isRowProduct(node) ? productTerms(node)[0]!.matrix.attrs.name : undefined;
