/** Prints single dispatches: a kernel, and how it covers its work. */
import { sizeValue } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type {
  Kernel,
  MapKernel,
  Product,
  Segment,
  StageKind,
} from "../../passes/kernels.js";
import type {
  GpuDispatch,
  KernelIndex,
} from "../../runtime/webgpu/description.js";
import { chainRows, rowLanes } from "../../runtime/webgpu/description.js";
import { KernelEquations } from "../equations.js";
import { storedArrays } from "../histories.js";
import { partsOf } from "./accesses.js";
import { buffersOf, callFieldsOf, panelForms } from "./calls.js";
import { nameOf } from "./chains.js";
import type { Unit } from "./chains.js";
import { range, WgslFile } from "./file.js";
import { chainBody } from "./print-chain.js";
import type { Link } from "./print-chain.js";
import type { PrintedEnd } from "./print-ends.js";
import { MapPrinter } from "./print-map.js";
import { productBody, tableOf } from "./print-product.js";
import { stepBody } from "./print-step.js";
import { printSums } from "./print-sums.js";
import type { StepGroup } from "./step-groups.js";
import type { Work } from "./work.js";

export const runs: Readonly<Record<StageKind, string>> = {
  static: "once",
  context: "once per batch entry",
  rows: "all steps at once",
  loop: "in the time loop",
};

export class DispatchPrinter {
  readonly #work: Work;
  readonly #equations: KernelEquations;

  constructor(work: Work) {
    this.#work = work;
    this.#equations = new KernelEquations(work.schedule);
  }

  readonly comments = (of: Kernel | Segment): string[] =>
    "kind" in of ? this.#equations.of(of) : this.#equations.ofSegment(of);

  unit(unit: Unit, kind: StageKind, adjoint: boolean): GpuDispatch[] {
    switch (unit.kind) {
      case "map":
        return [
          this.map(unit.kernel, kind, adjoint, this.#head(unit.of, kind)),
        ];
      case "sums":
        return this.#sums(unit, kind);
      case "product":
        return [this.#product(unit, kind, adjoint)];
    }
  }

  /** Work on rows in one dispatch; `apart` are the dispatches that it stands for. */
  chain(
    links: readonly Link[],
    kind: StageKind,
    adjoint: boolean,
    begins: boolean,
    apart: readonly GpuDispatch[],
  ): GpuDispatch {
    const work = this.#work;
    const optional = !begins && links.every((link) => link.optional);
    const needed = optional
      ? links.map((link) => ({ ...link, optional: false }))
      : links;
    const names = links.map(({ unit }) => nameOf(unit));
    const name = `${names[0]!}_to_${names.at(-1)!}`;
    const calls = links.flatMap(({ unit }) =>
      unit.kind === "product" ? unit.group.calls : [],
    );
    // Entries with rows of their own are enough for a workgroup each.
    const size = calls.every(({ inner }) => sizeValue(inner) === 1)
      ? chainRows
      : 1;
    const file = new WgslFile(work);
    const { extents, sumsRows, lines } = chainBody(
      needed,
      kind,
      adjoint,
      size,
      begins,
      this.comments,
      file,
    );
    return {
      kernel: this.add(
        name,
        file,
        [`${name}: ${names.join(", ")}, ${runs[kind]}`],
        lines,
      ),
      shape: "chain",
      extents: this.sizes(extents),
      columns: calls.map(({ n }) => work.size(n)),
      parts: calls.map((call) => partsOf(call.n, work.plans.extentOf(call))!),
      depths: calls.map(({ k }) => work.size(k)),
      inner: calls.map(({ inner }) => work.size(inner)),
      rows: size,
      ...(sumsRows ? { sumsRows } : {}),
      ...(optional ? { when: apart[0]!.when! } : {}),
      ...(begins ? { begins } : {}),
      apart,
    };
  }

  /** Kernels of a step that share a dispatch. */
  step(group: StepGroup, adjoint: boolean): GpuDispatch {
    const work = this.#work;
    const names = group.kernels.map(({ name }) => name);
    const name = `${names[0]!}_step`;
    const file = new WgslFile(work);
    const { extents, lines } = stepBody(group, adjoint, this.comments, file);
    const calls = group.kernels.flatMap((kernel) =>
      kernel.kind === "product" ? kernel.calls : [],
    );
    const next = group.next
      ? [`${group.next.name} of the ${adjoint ? "step before" : "next step"}`]
      : [];
    return {
      kernel: this.add(
        name,
        file,
        [`${name}: ${[...names, ...next].join(", ")}, ${runs.loop}`],
        lines,
      ),
      shape: "slices",
      extents: this.sizes(extents),
      columns: calls.map(({ n }) => work.size(n)),
      parts: calls.map((call) => partsOf(call.n, work.plans.extentOf(call))!),
      depths: calls.map(({ k }) => work.size(k)),
      inner: calls.map(({ inner }) => work.size(inner)),
    };
  }

  /** Sums over rows: those of each entry, and those of all. */
  #sums(
    { of, sums }: Extract<Unit, { kind: "sums" }>,
    kind: StageKind,
  ): GpuDispatch[] {
    return [true, false].flatMap((entries): GpuDispatch[] => {
      const own = sums.filter((sum) => sum.entries === entries);
      if (own.length === 0) return [];
      const name = `${of.name}_${entries ? "entry_sums" : "sums"}`;
      const head = [`${name}: sums over rows of`, ...this.#head(of, kind)];
      const file = new WgslFile(this.#work);
      const { extents, lines } = printSums(name, own, kind, file);
      return [
        {
          kernel: this.add(name, file, head, lines),
          shape: entries ? "entry_sums" : "sums",
          extents: this.sizes(extents),
        },
      ];
    });
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
      kernel: this.add(kernel.name, file, head, body),
      shape,
      extents: this.sizes(extents),
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

  #product(
    { of, name, group }: Extract<Unit, { kind: "product" }>,
    kind: StageKind,
    adjoint: boolean,
  ): GpuDispatch {
    if (kind === "static")
      throw new TypeError(`${of.name} has no rows to multiply`);
    const work = this.#work;
    const timed = kind === "rows" || kind === "loop";
    const { calls, optional } = group;
    const [{ form }] = calls as readonly [Product, ...Product[]];
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
    const head = [...this.#head(of, kind), ...calls.map(showCall)];
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
  }

  end(
    name: string,
    print: (file: WgslFile) => PrintedEnd | undefined,
    head: readonly string[],
  ): GpuDispatch | undefined {
    const file = new WgslFile(this.#work);
    const printed = print(file);
    if (!printed) return undefined;
    const lines = [
      range,
      "",
      ...printed.lines,
      "",
      `@compute @workgroup_size(${rowLanes})`,
      "fn main(@builtin(global_invocation_id) id: vec3u) {",
      `  ${name}(range.start + i32(id.z), i32(id.y), i32(id.x));`,
      "}",
    ];
    return {
      kernel: this.add(name, file, head, lines),
      shape: "elements",
      extents: this.sizes(printed.extents),
    };
  }
  add(
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

  sizes(sizes: readonly Size[]): number[] {
    return [...new Set(sizes.map((size) => this.#work.size(size)))];
  }
}

const showCall = ({ form, x, w, y, n, k, add }: Product): string =>
  `${form}: ${y.array.id} ${add ? "+=" : "="} ${x.array.id} · ${w.array.id}, n = ${n.key}, k = ${k.key}`;
