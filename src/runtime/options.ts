/**
 * Names of options: TypeScript refuses unknown ones, and here is what tells everybody else. A mistyped option would change
 * nothing, silently.
 */
import type { CellNames } from "./info.js";
import type { Precision } from "./kernel.js";
import type {
  BackwardCall,
  Cotangents,
  GpuCellOptions,
  LoadOptions,
  SequenceOptions,
  StepperOptions,
} from "./types.js";
import type { GpuSequenceOptions, GpuStepperOptions } from "./webgpu/types.js";

/** The names of a type's properties: all of them, or it does not compile. */
const namesOf = <O>(
  names: Readonly<Record<keyof O, true>>,
): ReadonlySet<string> => new Set(Object.keys(names));

export const loadOptions = namesOf<LoadOptions<CellNames, Precision>>({
  backend: true,
  sizes: true,
  precision: true,
  threads: true,
  seed: true,
  buffers: true,
});

export const gpuLoadOptions = namesOf<GpuCellOptions<CellNames>>({
  backend: true,
  sizes: true,
  seed: true,
  buffers: true,
  regime: true,
  device: true,
  gpu: true,
  adapter: true,
});

export const forwardOptions = namesOf<SequenceOptions<CellNames>>({
  batch: true,
  steps: true,
  context: true,
  states: true,
  lengths: true,
  buffers: true,
  t0: true,
  keep: true,
  sameParams: true,
});

export const gpuForwardOptions = namesOf<GpuSequenceOptions<CellNames>>({
  batch: true,
  steps: true,
  context: true,
  states: true,
  lengths: true,
  buffers: true,
  t0: true,
  keep: true,
});

export const cotangentNames = namesOf<Cotangents<CellNames>>({
  outputs: true,
  states: true,
});

export const backwardOptions = namesOf<BackwardCall>({
  inputs: true,
  accumulate: true,
});

export const stepperOptions = namesOf<StepperOptions<CellNames>>({
  batch: true,
  context: true,
  states: true,
  buffers: true,
  t0: true,
  sameParams: true,
});

export const gpuStepperOptions = namesOf<GpuStepperOptions<CellNames>>({
  batch: true,
  context: true,
  states: true,
  buffers: true,
  t0: true,
});

/** A `TypeError` for an option that is not known. Makes no objects and no text unless there is one. */
export function checkOptions(
  cell: string,
  call: string,
  options: object,
  known: ReadonlySet<string>,
): void {
  if (typeof options !== "object" || options === null)
    throw new TypeError(
      `${cell}: ${call} takes an object with ${[...known].join(", ")}; got ${String(options)}`,
    );
  for (const name in options)
    if (!known.has(name)) throw unknownOption(cell, call, name, known);
}

function unknownOption(
  cell: string,
  call: string,
  name: string,
  known: ReadonlySet<string>,
): TypeError {
  const close = nearest(name, known);
  return new TypeError(
    `${cell}: ${call} has no option ${name}; ${close === undefined ? `it has: ${[...known].join(", ")}` : `did you mean ${close}?`}`,
  );
}

/** The name with the fewest edits, where a third of its letters or less differ. */
function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const candidate of known) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest && edits <= Math.max(1, candidate.length / 3)) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}

/** Insertions, deletions and replacements of letters (Levenshtein, 1966), row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          row[j]! + 1,
          next[j - 1]! + 1,
          row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length]!;
}
