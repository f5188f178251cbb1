/**
 * One WGSL module in the making: the table that it reads sizes and places from, the buffers and functions
 * that it uses, and its own text.
 */
import { sameSize, sizeValue } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { ArrayPlan, Place } from "../../passes/kernels.js";
import type { GpuField, GpuGroup } from "../../runtime/webgpu/description.js";
import type { TextFeature } from "../../runtime/webgpu/text.js";
import { lineComments } from "../../text/comments.js";
import { mathFunctions } from "./math.js";
import { reserved } from "./reserved.js";
import type { Work } from "./work.js";

/** Bindings of group 0; the table is binding 0. */
const bindings: readonly (readonly [GpuGroup, number, string])[] = [
  ["params", 1, "read"],
  ["given", 2, "read"],
  ["work", 3, "read_write"],
  ["adjoint", 4, "read_write"],
  ["grads", 5, "read_write"],
];
export const panelsBinding = 6;

/** Identifiers in a struct: letters and digits of all scripts. */
const identifier = (text: string): string => {
  const clean = text
    .replaceAll("*", "_")
    .replaceAll("^", "_to_")
    .replaceAll("+", "_plus_")
    .replaceAll("-", "_minus_")
    .replaceAll("/", "_over_")
    .replaceAll(/[^\p{XID_Continue}_]/gu, "_");
  return /^\p{XID_Start}/u.test(clean) && !reserved.has(clean)
    ? clean
    : `of_${clean}`;
};

const away = (shift: number): string =>
  shift === 0
    ? ""
    : `_${shift < 0 ? "prev" : "next"}${Math.abs(shift) > 1 ? Math.abs(shift) : ""}`;

/** Arrays of a whole loop that lie in workgroup memory. */
export interface SharedMemory {
  has(array: ArrayPlan): boolean;
  /** Whether the array is nowhere else. */
  isOnly(array: ArrayPlan): boolean;
  /** The first number of the row of entry b at the place's step. */
  at(place: Place, b: string, file: WgslFile): string;
  /** Whether invocations read what others have written in a buffer. */
  readonly buffersWait: boolean;
  /** Brings what the first step finds, by all lanes. */
  fill(file: WgslFile): string[];
  declare(file: WgslFile): void;
}

export class WgslFile {
  readonly fields: GpuField[] = [];
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #groups = new Set<GpuGroup>();
  readonly #functions = new Set<string>();
  readonly #variables = new Set<string>();
  #panels: "read" | "read_write" | undefined;
  /** Whether some lines are for devices with subgroups. */
  #chooses = false;
  #memory: SharedMemory | undefined;

  /**
   * @param memory of a whole loop: arrays in workgroup memory
   */
  constructor(
    readonly work: Work,
    memory?: SharedMemory,
  ) {
    this.#memory = memory;
    memory?.declare(this);
  }

  get memory(): SharedMemory | undefined {
    return this.#memory;
  }

  /** What \`print\` gives for arrays that lie in their buffers, all of them. */
  inBuffers<T>(print: () => T): T {
    const memory = this.#memory;
    this.#memory = undefined;
    const printed = print();
    this.#memory = memory;
    return printed;
  }

  /** A field of the table, as an expression. */
  field(name: string, field: GpuField): string {
    const key = JSON.stringify(field);
    let known = this.#names.get(key);
    if (known === undefined) {
      const wanted = identifier(name);
      known = wanted;
      for (let i = 1; this.#taken.has(known); i++) known = `${wanted}_${i}`;
      this.#taken.add(known);
      this.#names.set(key, known);
      this.fields.push(field);
    }
    return `w.${known}`;
  }

  /** A size as a number of elements. */
  size(size: Size): string {
    const value = sizeValue(size);
    return value === undefined
      ? this.field(size.key, ["size", this.work.size(size)])
      : String(value);
  }

  get batch(): string {
    return this.field("B", ["batch"]);
  }

  /** The first element of a place, before the row is added. */
  at(place: Place): string {
    const { array, offset, shift } = place;
    const part = array.parts.find((each) => sameSize(each.offset, offset));
    const steps = array.extent === "sequence" ? array.lead + shift : 0;
    return this.field(`at_${part?.name ?? array.id}${away(shift)}`, [
      "at",
      this.work.array(array),
      steps,
      this.work.size(offset),
    ]);
  }

  /** Elements from one step to the next; zero where the array has no steps. */
  step(array: ArrayPlan): string {
    return this.field(`step_of_${array.id}`, ["step", this.work.array(array)]);
  }

  /** What is added to an address for the step; "0" where all steps share a row. */
  row(array: ArrayPlan, t: string): string {
    if (array.extent === "sequence") return `${t} * ${this.step(array)}`;
    return this.work.plans.alternating.has(array)
      ? `(${t} & 1) * ${this.step(array)}`
      : "0";
  }

  /** The variable of the buffer that an array lies in. */
  buffer(array: ArrayPlan): string {
    return this.group(this.work.groupOf(array));
  }

  group(group: GpuGroup): string {
    this.#groups.add(group);
    return group;
  }

  panels(access: "read" | "read_write" = "read"): string {
    this.#panels = access;
    return "panels";
  }

  /** Whether step t of entry b belongs to its sequence. */
  lives(t: string, b: string): string {
    const at = this.field("at_lengths", [
      "at",
      this.work.lengths,
      0,
      this.work.size({ terms: [], key: "0" }),
    ]);
    return `f32(${t}) < ${this.group("given")}[${at} + ${b}]`;
  }

  /** Lines for devices with a feature, and for those without. */
  either(
    feature: TextFeature,
    having: readonly string[],
    lacking: readonly string[],
  ): string[] {
    this.#chooses = true;
    return [
      `//#if ${feature}`,
      ...having,
      ...(lacking.length > 0 ? ["//#else", ...lacking] : []),
      "//#end",
    ];
  }

  /** Where the invocations of a workgroup wait for what others have written. */
  get barrier(): readonly string[] {
    return [
      ...((this.memory?.buffersWait ?? true) ? ["storageBarrier();"] : []),
      "workgroupBarrier();",
    ];
  }

  /** Notes a function of the library; gives its name back. */
  use(name: string): string {
    const found = mathFunctions[name];
    if (!found || this.#functions.has(name)) return name;
    found.uses.forEach((each) => this.use(each));
    this.#functions.add(name);
    return name;
  }

  /** A declaration at module level, such as workgroup memory. */
  declare(text: string): void {
    this.#variables.add(text);
  }

  /**
   * The module.
   * @param head lines of the comment on top
   * @param body functions and entry point
   */
  print(
    head: readonly string[],
    body: readonly string[],
    table?: string,
  ): string {
    const fields = [...this.#names.values()];
    return [
      ...lineComments(head),
      "",
      ...(this.#chooses
        ? [
            "//#if subgroups",
            "enable subgroups;",
            "diagnostic(off, subgroup_uniformity);",
            "",
            "//#end",
          ]
        : []),
      ...(table === undefined
        ? [
            "/** Sizes, and where the arrays begin in their buffers. */",
            "struct Table {",
            ...(fields.length > 0 ? fields : ["unused"]).map(
              (name) => `  ${name}: i32,`,
            ),
            "}",
            "@group(0) @binding(0) var<uniform> w: Table;",
          ]
        : [table]),
      ...bindings
        .filter(([group]) => this.#groups.has(group))
        .map(
          ([group, binding, access]) =>
            `@group(0) @binding(${binding}) var<storage, ${access}> ${group}: array<f32>;`,
        ),
      ...(this.#panels
        ? [
            `@group(0) @binding(${panelsBinding}) var<storage, ${this.#panels}> panels: array<${this.#panels === "read" ? "vec4f" : "f32"}>;`,
          ]
        : []),
      ...this.#variables,
      "",
      ...[...this.#functions].flatMap((name) => [
        mathFunctions[name]!.wgsl,
        "",
      ]),
      ...body,
      "",
    ].join("\n");
  }
}

/** The steps that a dispatch covers; its place is chosen for every dispatch. */
export const range = `/** The first of the steps at hand, how many there are, and whether all results are wanted. */
struct Range {
  start: i32,
  steps: i32,
  wanted: i32,
}
@group(1) @binding(0) var<uniform> range: Range;`;
