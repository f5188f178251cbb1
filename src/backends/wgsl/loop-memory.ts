/**
 * Which arrays of a time loop lie in workgroup memory when the loop is one dispatch: values of one step, and
 * the latest steps of what the loop itself reads again. The latter are written to their buffers too, for the
 * kernels after the loop, and are brought from there when a dispatch begins.
 */
import {
  addSizes,
  multiplySizes,
  sizeNumber,
  sizeValue,
} from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { ArrayPlan, Kernel, Place } from "../../passes/kernels.js";
import { accessesOf } from "./accesses.js";
import { addIndices, multiplyIndices } from "./expression.js";
import type { SharedMemory, WgslFile } from "./file.js";

interface Resident {
  readonly offset: Size;
  /** The earliest step that is touched, from the one at hand, and how many there are from there on. */
  readonly earliest: number;
  readonly slots: number;
  /** Steps that are touched before anything is written to them. */
  readonly before: readonly number[];
}

export class LoopMemory implements SharedMemory {
  readonly #residents = new Map<ArrayPlan, Resident>();
  /** Numbers for each batch entry. */
  readonly entry: Size;
  readonly buffersWait: boolean;

  constructor(kernels: readonly Kernel[]) {
    const accesses = kernels.flatMap((kernel) => accessesOf(kernel, 0));
    const unfit = unfitArrays(kernels);
    let entry = sizeNumber(0);
    let buffersWait = false;
    for (const array of new Set(accesses.map((access) => access.array))) {
      const own = accesses.filter((access) => access.array === array);
      const written = own.filter(({ writes }) => writes);
      if (written.length === 0) continue;
      const fits =
        written.length < own.length &&
        ["step", "sequence"].includes(array.extent) &&
        !unfit.has(array);
      if (!fits) {
        // Whoever touches it a second time may be another invocation.
        if (own.length > 1) buffersWait = true;
        continue;
      }
      const steps = own.map(({ step }) => step);
      const earliest = Math.min(...steps);
      const slots = Math.max(...steps) - earliest + 1;
      const touched = Array.from({ length: slots }, (_, i) => earliest + i);
      this.#residents.set(array, {
        offset: entry,
        earliest,
        slots,
        before: touched.filter(
          (step) => !written.some((access) => access.step === step),
        ),
      });
      entry = addSizes(entry, multiplySizes(array.width, sizeNumber(slots)));
    }
    this.entry = entry;
    this.buffersWait = buffersWait;
  }

  has(array: ArrayPlan): boolean {
    return this.#residents.has(array);
  }

  isOnly(array: ArrayPlan): boolean {
    return this.has(array) && array.extent === "step";
  }

  at({ array, offset, shift }: Place, b: string, file: WgslFile): string {
    const { offset: own, earliest, slots } = this.#residents.get(array)!;
    // Steps may be negative before the first one.
    const steps = slots - earliest + shift;
    const slot = slots === 1 ? "0" : `((t + ${steps}) % ${slots})`;
    return addIndices([
      multiplyIndices(`(${b} - first_entry)`, file.size(this.entry)),
      file.size(own),
      multiplyIndices(slot, file.size(array.width)),
      file.size(offset),
    ]);
  }

  fill(file: WgslFile): string[] {
    return [...this.#residents].flatMap(([array, { before }]) =>
      before.flatMap((shift) => {
        const width = file.size(array.width);
        const place = { array, offset: sizeNumber(0), shift };
        const from = addIndices([
          file.at(place),
          file.row(array, "t"),
          `(first + i / ${width}) * ${width}`,
          `i % ${width}`,
        ]);
        const to = addIndices([
          this.at(place, `(first + i / ${width})`, file),
          `i % ${width}`,
        ]);
        return [
          `for (var i = lane; i < entries * ${width}; i += lanes) {`,
          `  shared_values[${to}] = ${file.buffer(array)}[${from}];`,
          "}",
        ];
      }),
    );
  }

  /** Workgroup memory and the first entry of the workgroup. */
  declare(file: WgslFile): void {
    file.declare("var<private> first_entry: i32;");
    file.declare("override shared_length: i32 = 1024;");
    file.declare("var<workgroup> shared_values: array<f32, shared_length>;");
  }
}

/** Arrays with several rows for an entry, and sequences that are added to what is there already. */
function unfitArrays(kernels: readonly Kernel[]): Set<ArrayPlan> {
  const found = new Set<ArrayPlan>();
  for (const kernel of kernels)
    if (kernel.kind === "product") {
      for (const { x, y, inner, add } of kernel.calls) {
        if (sizeValue(inner) !== 1) found.add(x.array).add(y.array);
        if (add && y.array.extent === "sequence") found.add(y.array);
      }
    } else
      for (const { body, after } of kernel.segments)
        for (const statement of [...body, ...after])
          if (
            statement.kind === "store" &&
            statement.add &&
            statement.place.array.extent === "sequence"
          )
            found.add(statement.place.array);
  return found;
}
