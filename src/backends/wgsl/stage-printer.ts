/** Prints the kernels of stages, and says how each is dispatched. */
import type { Size } from "../../ir/size.js";
import type {
  Kernel,
  MapKernel,
  Product,
  ProductKernel,
  Segment,
  StageKind,
  Stage,
} from "../../passes/kernels.js";
import type {
  GpuDispatch,
  GpuStage,
  GpuWhole,
  KernelIndex,
} from "../../runtime/webgpu/description.js";
import { rowLanes } from "../../runtime/webgpu/description.js";
import { KernelEquations } from "../equations.js";
import { storedArrays } from "../histories.js";
import { partsOf } from "./accesses.js";
import { buffersOf, callFieldsOf, groupCalls, panelForms } from "./calls.js";
import { range, WgslFile } from "./file.js";
import { LoopMemory } from "./loop-memory.js";
import { Packing } from "./packing.js";
import type { PrintedEnd } from "./print-ends.js";
import { hasWholeLoop, loopBody } from "./print-loop.js";
import { MapPrinter } from "./print-map.js";
import { productBody, tableOf } from "./print-product.js";
import { stepBody } from "./print-step.js";
import { printSums } from "./print-sums.js";
import { splitSums } from "./split-sums.js";
import type { StepGroup, StepPlan } from "./step-groups.js";
import type { Work } from "./work.js";

const runs: Readonly<Record<StageKind, string>> = {
  static: "once",
  context: "once per batch entry",
  rows: "all steps at once",
  loop: "in the time loop",
};

export class StagePrinter {
  readonly #work: Work;
  readonly #equations: KernelEquations;
  readonly #packing: Packing;
  constructor(work: Work) {
    this.#work = work;
    this.#equations = new KernelEquations(work.schedule);
    this.#packing = new Packing(work);
  }

  stages(stages: readonly Stage[], adjoint: boolean): GpuStage[] {
    const all = stages.flatMap(({ kernels }) => kernels);
    const early = this.#packing.dispatches(all, adjoint, true);
    return stages.map((stage, i) => {
      const own = this.#packing.dispatches(stage.kernels, adjoint, false);
      const before = [...(i === 0 ? early : []), ...own];
      const plan = this.#work.plans.of(stage);
      return plan
        ? this.#loop(stage, plan, adjoint, before)
        : { kind: stage.kind, before, dispatches: this.#each(stage, adjoint) };
    });
  }

  /** A dispatch or more for each kernel. */
  #each({ kind, kernels }: Stage, adjoint: boolean): GpuDispatch[] {
    return kernels.flatMap((kernel) =>
      kernel.kind === "product"
        ? this.#products(kernel, kind, adjoint)
        : this.#map(kernel, kind, adjoint),
    );
  }

  #loop(
    { kind, kernels }: Stage,
    plan: StepPlan,
    adjoint: boolean,
    before: readonly GpuDispatch[],
  ): GpuStage {
    const lead = plan.lead && this.#map(plan.lead, kind, adjoint)[0]!;
    const dispatches = plan.groups.flatMap((group): GpuDispatch[] => {
      const [kernel, ...others] = group.kernels;
      if (others.length > 0 || group.next) return [this.#step(group, adjoint)];
      if (kernel!.kind === "map") return this.#map(kernel!, kind, adjoint);
      const single =
        groupCalls(kernel!.calls, this.#work).length === 1 ||
        !hasWholeLoop([kernel!]);
      return single
        ? this.#products(kernel!, kind, adjoint)
        : [this.#step(group, adjoint)];
    });
    return {
      kind,
      before,
      ...(lead ? { lead } : {}),
      dispatches,
      ...(hasWholeLoop(kernels)
        ? { whole: this.#whole(kernels, adjoint) }
        : {}),
    };
  }

  readonly #comments = (of: Kernel | Segment): string[] =>
    "kind" in of ? this.#equations.of(of) : this.#equations.ofSegment(of);

  #whole(kernels: readonly Kernel[], adjoint: boolean): GpuWhole {
    const work = this.#work;
    const memory = new LoopMemory(kernels);
    const name = `${kernels[0]!.name}_loop`;
    const head = [`${name}: the whole time loop`];
    const file = new WgslFile(work, memory);
    return {
      kernel: this.#add(
        name,
        file,
        head,
        loopBody(kernels, adjoint, this.#comments, file),
      ),
      kernels: kernels.length,
      memory: work.size(memory.entry),
    };
  }

  /** Kernels of a step that share a dispatch. */
  #step(group: StepGroup, adjoint: boolean): GpuDispatch {
    const work = this.#work;
    const names = group.kernels.map(({ name }) => name);
    const name = `${names[0]!}_step`;
    const file = new WgslFile(work);
    const { extents, lines } = stepBody(group, adjoint, this.#comments, file);
    const calls = group.kernels.flatMap((kernel) =>
      kernel.kind === "product" ? kernel.calls : [],
    );
    const next = group.next
      ? [`${group.next.name} of the ${adjoint ? "step before" : "next step"}`]
      : [];
    return {
      kernel: this.#add(
        name,
        file,
        [`${name}: ${[...names, ...next].join(", ")}, ${runs.loop}`],
        lines,
      ),
      shape: "slices",
      extents: this.#sizes(extents),
      columns: calls.map(({ n }) => work.size(n)),
      parts: calls.map((call) => partsOf(call.n, work.plans.extentOf(call))!),
      depths: calls.map(({ k }) => work.size(k)),
      inner: calls.map(({ inner }) => work.size(inner)),
    };
  }

  #add(
    name: string,
    file: WgslFile,
    head: readonly string[],
    body: readonly string[],
  ): KernelIndex {
    return this.#work.kernel({
      name,
      code: file.print(head, body),
      fields: file.fields,
    });
  }

  #head(kernel: Kernel, kind: StageKind): string[] {
    return [`${kernel.name}, ${runs[kind]}`, ...this.#equations.of(kernel)];
  }

  /** A map kernel and the sums over rows that are in it. */
  #map(kernel: MapKernel, kind: StageKind, adjoint: boolean): GpuDispatch[] {
    const { kernel: left, sums } = splitSums(kernel, kind);
    const head = this.#head(kernel, kind);
    const dispatches = left ? [this.map(left, kind, adjoint, head)] : [];
    for (const entries of [true, false]) {
      const own = sums.filter((sum) => sum.entries === entries);
      if (own.length === 0) continue;
      const name = `${kernel.name}_${entries ? "entry_sums" : "sums"}`;
      const file = new WgslFile(this.#work);
      const { extents, lines } = printSums(name, own, kind, file);
      dispatches.push({
        kernel: this.#add(
          name,
          file,
          [`${name}: sums over rows of`, ...head],
          lines,
        ),
        shape: entries ? "entry_sums" : "sums",
        extents: this.#sizes(extents),
      });
    }
    return dispatches;
  }

  map(
    kernel: MapKernel,
    kind: StageKind,
    adjoint: boolean,
    head: readonly string[],
  ): GpuDispatch {
    const file = new WgslFile(this.#work);
    const printer = new MapPrinter(file, kernel, kind, adjoint, rowLanes);
    const comments = (segment: Segment): string[] =>
      this.#equations.ofSegment(segment);
    const { shape, extents, lines } = printer.print(comments);
    const timed = kind === "rows" || kind === "loop";
    const body = [
      ...(timed ? [range, ""] : []),
      ...lines,
      "",
      `@compute @workgroup_size(${rowLanes})`,
      ...(shape === "elements"
        ? [
            "fn main(@builtin(global_invocation_id) id: vec3u) {",
            `  ${kernel.name}(${timed ? "range.start + i32(id.z)" : "0"}, i32(id.y), i32(id.x));`,
          ]
        : [
            "fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {",
            `  ${kernel.name}(${timed ? "range.start + i32(group.y)" : "0"}, i32(group.x), i32(lane));`,
          ]),
      "}",
    ];
    const when = this.#condition(kernel, kind);
    return {
      kernel: this.#add(kernel.name, file, head, body),
      shape,
      extents: this.#sizes(extents),
      ...(when ? { when } : {}),
    };
  }

  #condition(kernel: MapKernel, kind: StageKind): GpuDispatch["when"] {
    if (kind !== "rows") return undefined;
    const stored = storedArrays(kernel);
    if (
      stored.length > 0 &&
      stored.every((array) => this.#work.optional.has(array))
    )
      return "inputs";
    return kernel.tapeOnly ? "kept" : undefined;
  }

  #sizes(sizes: readonly Size[]): number[] {
    return [...new Set(sizes.map((size) => this.#work.size(size)))];
  }

  #products(
    kernel: ProductKernel,
    kind: StageKind,
    adjoint: boolean,
  ): GpuDispatch[] {
    if (kind === "static")
      throw new TypeError(`${kernel.name} has no rows to multiply`);
    const work = this.#work;
    const timed = kind === "rows" || kind === "loop";
    const groups = groupCalls(kernel.calls, work);
    return groups.map(({ calls, optional }, i): GpuDispatch => {
      const [{ form }] = calls as readonly [Product, ...Product[]];
      const name =
        groups.length === 1 ? kernel.name : `${kernel.name}_${i + 1}`;
      const keys = calls.map((call) => buffersOf(call, work));
      const variants = [...new Set(keys)];
      const file = new WgslFile(work);
      const operands = variants.map((key) => {
        const { x, w, y } = calls[keys.indexOf(key)]!;
        return {
          x: file.buffer(x.array),
          w: panelForms.has(form) ? "panels" : file.buffer(w.array),
          y: file.buffer(y.array),
        };
      });
      const lines = productBody(form, operands, file);
      const fields = calls.flatMap((call, k) =>
        callFieldsOf(call, adjoint, timed, variants.indexOf(keys[k]!), work),
      );
      const head = [...this.#head(kernel, kind), ...calls.map(showCall)];
      return {
        kernel: work.kernel({
          name,
          code: file.print(head, lines, tableOf(calls.length)),
          fields,
        }),
        shape: panelForms.has(form)
          ? "product"
          : form === "tn"
            ? "gradient"
            : form.startsWith("add_")
              ? "scatter"
              : "gather",
        extents: calls.map((call) => work.size(call.n)),
        depths: calls.map((call) => work.size(call.k)),
        inner: calls.map((call) => work.size(call.inner)),
        ...(optional && kind === "rows" ? { when: "inputs" as const } : {}),
      };
    });
  }

  end(
    name: string,
    print: (file: WgslFile) => PrintedEnd | undefined,
    head: readonly string[],
  ): GpuDispatch | undefined {
    const file = new WgslFile(this.#work);
    const printed = print(file);
    if (!printed) return undefined;
    return {
      kernel: this.#add(name, file, head, printed.lines),
      shape: "elements",
      extents: this.#sizes(printed.extents),
    };
  }
}

const showCall = ({ form, x, w, y, n, k, add }: Product): string =>
  `${form}: ${y.array.id} ${add ? "+=" : "="} ${x.array.id} · ${w.array.id}, n = ${n.key}, k = ${k.key}`;
