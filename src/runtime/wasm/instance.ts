/**
 * The host of WebAssembly kernels: one memory per loaded cell, which grows when sizes ask for it. Parameters
 * and their gradient stay in arrays of JavaScript, which keep their identity when the memory grows, and are
 * copied in and out with each call.
 */
import type {
  AdjointSlots,
  BackwardOptions,
  Floats,
  ForwardOptions,
  KernelInstance,
  Slots,
} from "../kernel.js";
import { header } from "./description.js";
import type { WasmPlan, WasmSlot } from "./description.js";
import { writeRuns } from "../runs.js";
import { WasmLayout } from "./layout.js";
import type { Rows } from "./layout.js";

const page = 65536;
const mostPages = 65536;

export interface WasmModules {
  readonly cell: WebAssembly.Module;
  readonly products: WebAssembly.Module;
}

interface ProductExports extends WebAssembly.ModuleImports {
  readonly panel_bytes: (n: number, k: number) => number;
}

interface CellExports {
  readonly forward: () => void;
  readonly backward: () => void;
}

interface Views {
  /** The first fields of the work table. */
  readonly header: Int32Array;
  readonly lengths: Int32Array;
  /** Of a backward pass. */
  readonly present: Int32Array;
  readonly begun: Int32Array;
  readonly params: Float32Array;
  readonly grads: Float32Array;
}

const noSlots = Object.freeze({
  inputs: {},
  context: {},
  buffers: {},
  initial: {},
  outputs: {},
  final: {},
});

export class WasmKernels implements KernelInstance {
  readonly params: Float32Array;
  readonly grads: Float32Array;
  readonly #description: WasmPlan;
  readonly #layout: WasmLayout;
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages });
  readonly #exports: CellExports;
  /** Views of the memory as it is now; none before the first `resize`. */
  #views: Views | undefined;
  #slots: Slots = noSlots;
  #adjoint: AdjointSlots = noSlots;
  #kept = false;
  /** What is made of the parameters alone is where the layout says. */
  #settled = false;

  /**
   * @param sizes the numbers behind the size indices
   * @param vectors where the parameters and their gradient lie; made here where nothing is given
   */
  constructor(
    { cell, products }: WasmModules,
    description: WasmPlan,
    sizes: readonly number[],
    vectors?: Pick<WasmKernels, "params" | "grads">,
  ) {
    this.#description = description;
    const host = { memory: this.#memory };
    const own = <T>(
      module: WebAssembly.Module,
      imports: WebAssembly.Imports,
    ): T => new WebAssembly.Instance(module, imports).exports as unknown as T;
    const multiply = own<ProductExports>(products, { host });
    this.#exports = own<CellExports>(cell, { host, products: multiply });
    this.#layout = new WasmLayout(description, sizes, multiply.panel_bytes);
    this.#refuseHopeless();
    const { params, grads } = description;
    this.params =
      vectors?.params ?? new Float32Array(this.#layout.length(params) / 4);
    this.grads =
      vectors?.grads ?? new Float32Array(this.#layout.length(grads) / 4);
  }

  get slots(): Slots {
    return this.#slots;
  }

  get adjoint(): AdjointSlots {
    return this.#adjoint;
  }

  resize(steps: number, batch: number, adjoint: boolean): void {
    const { rows } = this.#layout;
    const same = rows.steps === steps && rows.batch === batch;
    if (same && (rows.adjoint || !adjoint)) return;
    this.#place({ steps, batch, adjoint });
  }

  #place(rows: Rows): void {
    const before = this.#layout.rows;
    this.#layout.place(rows);
    const { end } = this.#layout;
    const missing = Math.ceil((end - this.#memory.buffer.byteLength) / page);
    if (missing > 0)
      try {
        this.#memory.grow(missing);
      } catch {
        this.#layout.place(before);
        throw this.#tooLarge(rows, end);
      }
    this.#views = this.#makeViews();
    this.#makeSlots(rows.adjoint);
    this.#kept = false;
    this.#settled = false;
    this.#layout.write(this.#memory.buffer, false);
  }

  /** Before anything as large as the parameters is made. */
  #refuseHopeless(): void {
    const before = this.#layout.rows;
    const least = { steps: 1, batch: 1, adjoint: false };
    this.#layout.place(least);
    const { end } = this.#layout;
    this.#layout.place(before);
    if (end > page * mostPages) throw this.#tooLarge(least, end);
  }

  #tooLarge({ steps, batch }: Rows, end: number): RangeError {
    return new RangeError(
      `${this.#description.cell}: ${steps} steps of ${batch} entries need ${end} bytes of WebAssembly memory, ${
        end > page * mostPages
          ? `which ends at ${page * mostPages}`
          : "which the machine does not give"
      }`,
    );
  }

  #makeSlots(adjoint: boolean): void {
    const { slots, adjoint: differentiable } = this.#description;
    type Record_ = Readonly<Record<string, Floats>>;
    const views = (each: readonly WasmSlot[]): Record_ =>
      Object.fromEntries(each.map((slot) => [slot.name, this.#view(slot)]));
    this.#slots = {
      inputs: views(slots.inputs),
      context: views(slots.context),
      buffers: views(slots.buffers),
      initial: views(slots.initial),
      outputs: views(slots.outputs),
      final: views(slots.final),
    };
    this.#adjoint = adjoint
      ? {
          outputs: views(differentiable.outputs),
          final: views(differentiable.final),
          inputs: views(differentiable.inputs),
          context: views(differentiable.context),
          initial: views(differentiable.initial),
        }
      : noSlots;
  }

  #view({ array, first, all }: WasmSlot): Floats {
    const plan = this.#description.arrays[array]!;
    const row = this.#layout.row(plan);
    const Numbers = (
      plan.token ? Int32Array : Float32Array
    ) as Float32ArrayConstructor;
    return new Numbers(
      this.#memory.buffer,
      this.#layout.address(array) + first * row,
      (row * (all ? this.#layout.rows.steps : 1)) / 4,
    );
  }

  #sized(): Views {
    if (!this.#views)
      throw new Error(`${this.#description.cell}: resize comes before calls`);
    return this.#views;
  }

  /** What every call touches, so that a call makes no objects. */
  #makeViews(): Views {
    const { params, grads, lengths, present, begun, keys } = this.#description;
    const { buffer } = this.#memory;
    const layout = this.#layout;
    const whole = (array: number): Int32Array =>
      layout.rows.adjoint
        ? new Int32Array(
            buffer,
            layout.address(array),
            layout.length(array) / 4,
          )
        : new Int32Array(0);
    return {
      header: new Int32Array(buffer, 0, header.given + keys.length),
      lengths: new Int32Array(
        buffer,
        layout.address(lengths),
        layout.rows.batch,
      ),
      present: whole(present),
      begun: whole(begun),
      params: new Float32Array(
        buffer,
        layout.address(params),
        this.params.length,
      ),
      grads: new Float32Array(buffer, layout.address(grads), this.grads.length),
    };
  }

  forward({ t0, lengths, keep, given, sameParams }: ForwardOptions): void {
    const { description, rows } = this.#layout;
    if (keep && !rows.adjoint)
      throw new Error(
        `${description.cell}: to keep values, resize with the adjoint first`,
      );
    if (keep !== this.#kept) {
      this.#kept = keep;
      this.#layout.write(this.#memory.buffer, keep);
    }
    const { header: table, lengths: own, params } = this.#sized();
    table[header.steps] = rows.steps;
    table[header.batch] = rows.batch;
    table[header.t0] = t0;
    table[header.kept] = keep ? 1 : 0;
    table[header.lengths] = lengths ? own.byteOffset : 0;
    if (lengths) own.set(lengths);
    const { keys } = description;
    for (let i = 0; i < keys.length; i++)
      table[header.given + i] = given.has(keys[i]!) ? 1 : 0;
    const settled = sameParams === true && this.#settled;
    table[header.settled] = settled ? 1 : 0;
    if (!settled) params.set(this.params);
    this.#settled = true;
    this.#exports.forward();
  }

  /** @param sum to which the gradient of the parameters is added */
  backward({ inputs }: BackwardOptions, sum = this.grads): void {
    const { header: table, grads, lengths, present, begun } = this.#sized();
    const { steps, batch } = this.#layout.rows;
    const given = table[header.lengths] === 0 ? undefined : lengths;
    const { leavesOutEmpty } = this.#description;
    table[header.present] = present.byteOffset;
    table[header.presentCount] = writeRuns(present, given, steps, batch);
    table[header.begun] = begun.byteOffset;
    table[header.begunCount] = writeRuns(
      begun,
      leavesOutEmpty ? given : undefined,
      1,
      batch,
    );
    table[header.inputs] = inputs ? 1 : 0;
    grads.set(sum);
    this.#exports.backward();
    sum.set(grads);
  }

  /** The parameters may have changed, whatever the next call says. */
  unsettle(): void {
    this.#settled = false;
  }

  dispose(): void {
    this.#slots = noSlots;
    this.#adjoint = noSlots;
  }
}
