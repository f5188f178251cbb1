/** Kernels that lay matrices out for products, before the products of a stage. */
import { sizeNumber } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { ArrayPlan, Kernel, Product } from "../../passes/kernels.js";
import type {
  GpuDispatch,
  GpuField,
} from "../../runtime/webgpu/description.js";
import { partsOf } from "./accesses.js";
import { panelForms, panelKey, panelOf, sourceGroup } from "./calls.js";
import { WgslFile } from "./file.js";
import { packTable, packText } from "./print-pack.js";
import type { PackedMatrix, PackFields } from "./print-static.js";
import type { Work } from "./work.js";

export class Packing {
  /** Panels that a pass has packed. */
  readonly #packed = new Set<string>();

  constructor(readonly work: Work) {}

  /** The products of kernels whose matrices this pass has not packed yet; from now on it has. */
  #missing(
    kernels: readonly Kernel[],
    adjoint: boolean,
    isWanted: (call: Product) => boolean,
  ): Product[] {
    return kernels
      .flatMap((kernel) => (kernel.kind === "product" ? kernel.calls : []))
      .filter((call) => {
        const key = `${adjoint} ${panelKey(call, this.work.plans.extentOf(call))}`;
        if (
          !panelForms.has(call.form) ||
          this.#packed.has(key) ||
          !isWanted(call)
        )
          return false;
        this.#packed.add(key);
        return true;
      });
  }

  /** The matrices in some arrays that kernels need and this pass has not packed yet. */
  matricesIn(
    arrays: ReadonlySet<ArrayPlan>,
    kernels: readonly Kernel[],
    adjoint: boolean,
  ): Product[] {
    return this.#missing(kernels, adjoint, ({ w }) => arrays.has(w.array));
  }

  /** A matrix for the kernel that computes it. */
  matrixOf(call: Product, adjoint: boolean): PackedMatrix {
    const { work } = this;
    return {
      fields: packFields(call, work.plans.extentOf(call), adjoint, work),
      source: (file) => file.buffer(call.w.array),
    };
  }

  /**
   * Packs the matrices of kernels, where this pass has not done it yet.
   * @param early only those that are there before any kernel has run
   */
  dispatches(
    kernels: readonly Kernel[],
    adjoint: boolean,
    early: boolean,
  ): GpuDispatch[] {
    const { work } = this;
    const missing = this.#missing(
      kernels,
      adjoint,
      (call) => !early || isEarly(call, work),
    );
    return this.pack(
      missing,
      adjoint,
      early ? (adjoint ? "backward" : "forward") : kernels[0]!.name,
      early,
    );
  }

  /** Kernels that pack matrices, one for each buffer that they lie in. */
  pack(
    missing: readonly Product[],
    adjoint: boolean,
    prefix: string,
    early: boolean,
  ): GpuDispatch[] {
    const { work } = this;
    const groups = new Map<string, Product[]>();
    for (const call of missing) {
      const group = sourceGroup(call, work);
      groups.set(group, [...(groups.get(group) ?? []), call]);
    }
    return [...groups].map(([group, calls]): GpuDispatch => {
      const file = new WgslFile(work);
      file.panels("read_write");
      const name = `${prefix}_pack${groups.size > 1 ? `_${group}` : ""}`;
      const index = work.kernel({
        name,
        code: file.print(
          [`${name}: lays matrices out for products`, ...calls.map(showMatrix)],
          packText(file.group(group as "params")),
          packTable(calls.length),
        ),
        fields: calls.flatMap((call) =>
          Object.values(
            packFields(call, work.plans.extentOf(call), adjoint, work),
          ),
        ),
      });
      return {
        kernel: index,
        shape: "pack",
        extents: calls.map((call) => work.size(this.work.plans.extentOf(call))),
        parts: calls.map((call) =>
          partsOf(call.n, this.work.plans.extentOf(call))!,
        ),
        depths: calls.map((call) => work.size(call.k)),
        ...(early && group === "params" ? { early } : {}),
      };
    });
  }
}

/** The fields of `packTable`, in its order. */
function packFields(
  call: Product,
  extent: Size,
  adjoint: boolean,
  work: Work,
): PackFields {
  const { form, w, n, k } = call;
  const panel = panelOf(call, adjoint, work, extent)!;
  const one: GpuField = ["size", work.size(sizeNumber(1))];
  const N: GpuField = ["size", work.size(n)];
  const K: GpuField = ["size", work.size(k)];
  return {
    at: ["at", work.array(w.array), 0, work.size(w.offset)],
    panel: ["panel", panel],
    quads: ["quads", panel],
    n: ["size", work.size(extent)],
    k: K,
    n_step: form === "nt" ? K : one,
    k_step: form === "nt" ? one : N,
    parts: ["number", partsOf(n, extent)!],
  };
}

/** Whether a matrix is given from outside. */
const isEarly = (call: Product, work: Work): boolean =>
  ["params", "given"].includes(sourceGroup(call, work));

const showMatrix = ({ form, w, n, k }: Product): string =>
  `${w.array.id} + ${w.offset.key}: [${form === "nt" ? `${n.key}, ${k.key}` : `${k.key}, ${n.key}`}]`;
