/**
 * The arrays of a whole batch, in memory that all threads share, and the way of one slice's part of them
 * into and out of that thread's own kernels.
 */
import type { AdjointSlots, Floats, KernelInstance, Slots } from "../kernel.js";
import { emptyRecord } from "../own.js";
import type { Slice } from "./slices.js";

type Numbers = Floats | Int32Array;
type Group = Readonly<Record<string, Numbers>>;

/** One copy: `to.set(from)`, both made once. */
interface Copy {
  readonly to: Numbers;
  readonly from: Numbers;
}

/** What moves at which time. */
interface Copies {
  readonly beforeForward: Copy[];
  readonly afterForward: Copy[];
  readonly beforeBackward: Copy[];
  readonly afterBackward: Copy[];
}

export interface Rows {
  readonly steps: number;
  readonly batch: number;
}

/** Which axes an array has before its own. */
type Axes = "steps" | "batch" | "none";

const axesOf = {
  inputs: "steps",
  outputs: "steps",
  context: "batch",
  initial: "batch",
  final: "batch",
  buffers: "none",
} as const satisfies Record<keyof Slots, Axes>;

type GroupName = keyof typeof axesOf;

const forwardGroups = [
  "inputs",
  "context",
  "buffers",
  "initial",
  "outputs",
  "final",
] as const satisfies readonly GroupName[];
const adjointGroups = [
  "outputs",
  "final",
  "inputs",
  "context",
  "initial",
] as const satisfies readonly GroupName[];

/** Arrays start at multiples of this many bytes: threads do not write to one cache line. */
const alignment = 64;

const wholeLength = (
  own: Numbers,
  axes: Axes,
  batch: number,
  slice: Slice,
): number =>
  axes === "none" ? own.length : (own.length / slice.count) * batch;

const groupsOf = (
  kernel: KernelInstance,
  adjoint: boolean,
): readonly (readonly [GroupName, Group, boolean])[] => [
  ...forwardGroups.map(
    (name) => [name, kernel.slots[name] as Group, false] as const,
  ),
  ...(adjoint ? adjointGroups : []).map(
    (name) => [name, kernel.adjoint[name] as Group, true] as const,
  ),
];

/** Bytes that the arrays of the whole batch need. */
export function sharedBytes(
  kernel: KernelInstance,
  adjoint: boolean,
  { batch }: Rows,
  slice: Slice,
): number {
  let end = 0;
  for (const [name, group] of groupsOf(kernel, adjoint))
    for (const own of Object.values(group))
      end =
        align(end) +
        wholeLength(own, axesOf[name], batch, slice) * own.BYTES_PER_ELEMENT;
  return end;
}

const align = (bytes: number): number =>
  Math.ceil(bytes / alignment) * alignment;

/** The slice's own kernels must be sized already; all threads lay the same arrays out in the same way. */
export class Exchange {
  /** Arrays of the whole batch. */
  readonly slots: Slots;
  readonly adjoint: AdjointSlots;
  readonly #copies: Copies = {
    beforeForward: [],
    afterForward: [],
    beforeBackward: [],
    afterBackward: [],
  };

  constructor(
    kernel: KernelInstance,
    adjoint: boolean,
    rows: Rows,
    slice: Slice,
    memory: SharedArrayBuffer,
  ) {
    let end = 0;
    const made = { forward: {}, backward: {} } as Record<
      "forward" | "backward",
      Record<string, Record<string, Numbers>>
    >;
    for (const [name, group, backward] of groupsOf(kernel, adjoint)) {
      const axes = axesOf[name];
      const whole = emptyRecord<Numbers>();
      for (const [key, own] of Object.entries(group)) {
        end = align(end);
        const length = wholeLength(own, axes, rows.batch, slice);
        const Array_ = own.constructor as Float32ArrayConstructor;
        const array = new Array_(memory, end, length) as Numbers;
        end += array.byteLength;
        whole[key] = array;
        this.#add(name, backward, axes, own, array, rows, slice);
      }
      made[backward ? "backward" : "forward"][name] = whole;
    }
    this.slots = made.forward as unknown as Slots;
    this.adjoint = made.backward as unknown as AdjointSlots;
  }

  #add(
    name: GroupName,
    backward: boolean,
    axes: Axes,
    own: Numbers,
    whole: Numbers,
    { steps, batch }: Rows,
    { first, count }: Slice,
  ): void {
    const comesIn = backward
      ? name === "outputs" || name === "final"
      : name !== "outputs" && name !== "final";
    const list =
      this.#copies[
        backward
          ? comesIn
            ? "beforeBackward"
            : "afterBackward"
          : comesIn
            ? "beforeForward"
            : "afterForward"
      ];
    const times = axes === "steps" ? steps : 1;
    const row = own.length / (axes === "none" ? 1 : times * count);
    for (let t = 0; t < times; t++) {
      const part =
        axes === "none"
          ? whole
          : whole.subarray(
              (t * batch + first) * row,
              (t * batch + first + count) * row,
            );
      const mine = own.subarray(
        (t * own.length) / times,
        ((t + 1) * own.length) / times,
      );
      list.push(comesIn ? { to: mine, from: part } : { to: part, from: mine });
    }
  }

  move(when: keyof Copies): void {
    for (const { to, from } of this.#copies[when]) to.set(from);
  }
}
