/** Prints the kernels of a cell and says in which order they run: see `runtime/webgpu/description.ts`. */
import { sizeNumber } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type {
  Kernel,
  MapKernel,
  Product,
  ProductKernel,
  Schedule,
  Segment,
  StageKind,
  Stage,
} from "../../passes/kernels.js";
import type {
  GpuDescription,
  GpuDispatch,
  GpuField,
  GpuSlot,
  GpuStage,
  KernelIndex,
} from "../../runtime/webgpu/description.js";
import { rowLanes } from "../../runtime/webgpu/description.js";
import { KernelEquations } from "../equations.js";
import {
  buffersOf,
  callFieldsOf,
  groupCalls,
  panelForms,
  panelKey,
  panelOf,
  sourceGroup,
} from "./calls.js";
import { range, WgslFile } from "./file.js";
import { storedArrays } from "../histories.js";
import {
  backwardBegin,
  backwardEnd,
  finalArray,
  finalCotangents,
  forwardEnd,
  startGradient,
  tailOf,
} from "./print-ends.js";
import type { PrintedEnd } from "./print-ends.js";
import { hasWholeLoop, loopBody } from "./print-loop.js";
import { MapPrinter } from "./print-map.js";
import { packTable, packText, productBody, tableOf } from "./print-product.js";
import { printSums } from "./print-sums.js";
import { splitSums } from "./split-sums.js";
import type { Work } from "./work.js";

/** Everything but the sizes, which are a function. */
export type Described = Omit<GpuDescription, "sizes">;

type Role = Parameters<Schedule["place"]>[0];

const runs: Readonly<Record<StageKind, string>> = {
  static: "once",
  context: "once per batch entry",
  rows: "all steps at once",
  loop: "in the time loop",
};

export function describe(work: Work): Described {
  const { schedule } = work;
  const printer = new StagePrinter(work);
  const starts = schedule.starts.map(({ key, kernel }) => ({
    key,
    dispatch: printer.map(kernel, "rows", false, [
      `${key} before the first step`,
    ]),
  }));
  const forward = printer.stages(schedule.forward, false);
  const end = printer.end("forward_end", forwardEnd, [
    "The values after the last step of each batch entry.",
  ]);
  const begin = printer.end("backward_begin", backwardBegin, [
    "Cotangents of the final values, behind the last step of each batch entry.",
  ]);
  const backward = printer.stages(schedule.backward, true);
  const close = printer.end("backward_end", backwardEnd, [
    "Gradients of the values before the first step.",
  ]);
  for (const array of schedule.arrays) work.array(array);
  const slots = slotsOf(work);
  return {
    cell: schedule.cell.name,
    keys: work.keys.map(({ key }) => key),
    starts,
    forward,
    ...(end ? { forwardEnd: end } : {}),
    summed: schedule.summed.map((array) => work.array(array)),
    ...(begin ? { backwardBegin: begin } : {}),
    tail: tailOf(work),
    backward,
    ...(close ? { backwardEnd: close } : {}),
    ...slots,
    params: work.arrayNamed("params"),
    grads: work.arrayNamed("grads"),
    lengths: work.lengths,
    arrays: work.arrays,
    panels: work.panels,
    kernels: work.kernels,
  };
}

class StagePrinter {
  readonly #work: Work;
  readonly #equations: KernelEquations;
  /** Panels that a pass has packed. */
  readonly #packed = new Set<string>();

  constructor(work: Work) {
    this.#work = work;
    this.#equations = new KernelEquations(work.schedule);
  }

  stages(stages: readonly Stage[], adjoint: boolean): GpuStage[] {
    const all = stages.flatMap(({ kernels }) => kernels);
    const early = this.#packing(all, adjoint, true);
    return stages.map((stage, i) =>
      this.#stage(stage, adjoint, i === 0 ? early : []),
    );
  }

  #stage(
    { kind, kernels }: Stage,
    adjoint: boolean,
    early: readonly GpuDispatch[],
  ): GpuStage {
    const before = [...early, ...this.#packing(kernels, adjoint, false)];
    const dispatches = kernels.flatMap((kernel) =>
      kernel.kind === "product"
        ? this.#products(kernel, kind, adjoint)
        : this.#map(kernel, kind, adjoint),
    );
    const whole =
      kind === "loop" && hasWholeLoop(kernels)
        ? this.#whole(kernels, adjoint)
        : undefined;
    return {
      kind,
      before,
      dispatches,
      ...(whole === undefined ? {} : { whole }),
    };
  }

  #whole(kernels: readonly Kernel[], adjoint: boolean): KernelIndex {
    const file = new WgslFile(this.#work);
    const name = `${kernels[0]!.name}_loop`;
    const body = loopBody(
      kernels,
      adjoint,
      (of) =>
        "kind" in of ? this.#equations.of(of) : this.#equations.ofSegment(of),
      file,
    );
    return this.#add(name, file, [`${name}: the whole time loop`], body);
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
      const file = new WgslFile(work);
      const name =
        groups.length === 1 ? kernel.name : `${kernel.name}_${i + 1}`;
      const keys = calls.map((call) => buffersOf(call, work));
      const variants = [...new Set(keys)];
      const body = productBody(
        form,
        variants.map((key) => {
          const { x, w, y } = calls[keys.indexOf(key)]!;
          return {
            x: file.buffer(x.array),
            w: panelForms.has(form) ? "panels" : file.buffer(w.array),
            y: file.buffer(y.array),
          };
        }),
        file,
      );
      const fields = calls.flatMap((call, k) =>
        callFieldsOf(call, adjoint, timed, variants.indexOf(keys[k]!), work),
      );
      const index = work.kernel({
        name,
        code: file.print(
          [...this.#head(kernel, kind), ...calls.map(showCall)],
          body,
          tableOf(calls.length),
        ),
        fields,
      });
      return {
        kernel: index,
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

  /**
   * Packs the matrices of kernels, where this pass has not done it yet.
   * @param early only those that are there before any kernel has run
   */
  #packing(
    kernels: readonly Kernel[],
    adjoint: boolean,
    early: boolean,
  ): GpuDispatch[] {
    const work = this.#work;
    const missing = kernels
      .flatMap((kernel) => (kernel.kind === "product" ? kernel.calls : []))
      .filter((call) => {
        const key = `${adjoint} ${panelKey(call)}`;
        if (
          !panelForms.has(call.form) ||
          this.#packed.has(key) ||
          (early && !isEarly(call, work))
        )
          return false;
        this.#packed.add(key);
        return true;
      });
    const groups = new Map<string, Product[]>();
    for (const call of missing) {
      const group = sourceGroup(call, work);
      groups.set(group, [...(groups.get(group) ?? []), call]);
    }
    return [...groups].map(([group, calls]): GpuDispatch => {
      const file = new WgslFile(work);
      file.panels("read_write");
      const pass = adjoint ? "backward" : "forward";
      const name = `${early ? pass : kernels[0]!.name}_pack${groups.size > 1 ? `_${group}` : ""}`;
      const index = work.kernel({
        name,
        code: file.print(
          [`${name}: lays matrices out for products`, ...calls.map(showMatrix)],
          packText(file.group(group as "params")),
          packTable(calls.length),
        ),
        fields: calls.flatMap((call) => packFields(call, adjoint, work)),
      });
      return {
        kernel: index,
        shape: "pack",
        extents: calls.map((call) => work.size(call.n)),
        depths: calls.map((call) => work.size(call.k)),
        ...(early && group === "params" ? { early } : {}),
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

function packFields(call: Product, adjoint: boolean, work: Work): GpuField[] {
  const { form, w, n, k } = call;
  const panel = panelOf(call, adjoint, work)!;
  const one: GpuField = ["size", work.size(sizeNumber(1))];
  const [N, K]: GpuField[] = [
    ["size", work.size(n)],
    ["size", work.size(k)],
  ];
  return [
    ["at", work.array(w.array), 0, work.size(w.offset)],
    ["panel", panel],
    ["quads", panel],
    N!,
    K!,
    form === "nt" ? K! : one,
    form === "nt" ? one : N!,
    ["number", 0],
  ];
}

/** Whether a matrix is given from outside. */
const isEarly = (call: Product, work: Work): boolean =>
  ["params", "given"].includes(sourceGroup(call, work));

const showMatrix = ({ form, w, n, k }: Product): string =>
  `${w.array.id} + ${w.offset.key}: [${form === "nt" ? `${n.key}, ${k.key}` : `${k.key}, ${n.key}`}]`;

const showCall = ({ form, x, w, y, n, k, add }: Product): string =>
  `${form}: ${y.array.id} ${add ? "+=" : "="} ${x.array.id} · ${w.array.id}, n = ${n.key}, k = ${k.key}`;

function slotsOf(work: Work): Pick<Described, "slots" | "adjoint"> {
  const { cell, adjoint, place } = work.schedule;
  const { keys } = work;
  const floats = keys.filter(({ token }) => !token);
  const named = (role: Role, list: readonly { readonly name: string }[]) =>
    list.map(({ name }): GpuSlot => {
      const { array } = place(role, name)!;
      const all = array.extent === "sequence";
      return { name, array: work.array(array), first: array.lead, all };
    });
  const row = (name: string, array: number, first = 0): GpuSlot => ({
    name,
    array,
    first,
    all: false,
  });
  return {
    slots: {
      inputs: named("input", cell.inputs),
      context: named("context", cell.contexts),
      buffers: named(
        "buffer",
        cell.buffers.filter(({ value }) => !value),
      ),
      initial: keys.map(({ key, lag, array }) =>
        row(key, work.array(array), array.lead - lag),
      ),
      outputs: named("output", cell.outputs),
      final: keys.map((each) => row(each.key, finalArray(each, work))),
    },
    adjoint: {
      outputs: named("seed", cell.outputs),
      final: floats.map((each) =>
        row(each.key, finalCotangents(each, work), each.lag - 1),
      ),
      inputs: named("gradient", adjoint.inputs),
      context: named("gradient", adjoint.contexts),
      initial: floats.map((each) => row(each.key, startGradient(each, work))),
    },
  };
}
