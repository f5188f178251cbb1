/** Calls of products in the order of their dispatches, and the table that each kernel of products reads. */
import { multiplySizes, sizeNumber, sizeValue } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { ArrayPlan, Place, Product } from "../../passes/kernels.js";
import type { GpuField, GpuGroup } from "../../runtime/webgpu/description.js";
import { mostCalls } from "../../runtime/webgpu/description.js";
import { summingForms } from "../sums.js";
import { partsOf } from "./accesses.js";
import type { Work } from "./work.js";

/** Calls that run in one dispatch: one form, the same buffers, no result that another one needs. */
export interface CallGroup {
  readonly calls: readonly Product[];
  /** Gradients of inputs, which are not always wanted. */
  readonly optional: boolean;
}

export const panelForms = new Set<Product["form"]>(["nt", "nn"]);

const key = ({ array, shift, offset }: Place): string =>
  `${array.id}@${shift}+${offset.key}`;

export function groupCalls(calls: readonly Product[], work: Work): CallGroup[] {
  const groups: { calls: Product[]; optional: boolean; kind: string }[] = [];
  for (const call of calls) {
    const optional = work.optional.has(call.y.array);
    const kind = [
      // Both read packed matrices.
      panelForms.has(call.form) ? "rows" : call.form,
      // Gradients have a function for each choice of buffers.
      ...(call.form === "tn" ? [] : [buffersOf(call, work)]),
      optional,
    ].join(" ");
    const last = groups.at(-1);
    const independent =
      last !== undefined &&
      last.calls.length < mostCalls &&
      !last.calls.some(({ y }) => key(y) === key(call.y)) &&
      !last.calls.some(
        ({ y }) => y.array === call.x.array || y.array === call.w.array,
      );
    if (last && last.kind === kind && independent) last.calls.push(call);
    else groups.push({ calls: [call], optional, kind });
  }
  return groups;
}

/** The buffers of the operands, as a key. */
export const buffersOf = ({ x, w, y }: Product, work: Work): string =>
  [x, w, y].map(({ array }) => work.groupOf(array)).join(" ");

/** How a result treats rows of finished entries: 1 zero, 2 left as it is. */
export const settling = (array: ArrayPlan, work: Work): number =>
  work.results.has(array) ? 1 : work.carried.has(array) ? 2 : 0;

/** Buffers of a call's operands, as variables. */
export interface Operands {
  readonly x: string;
  readonly w: string;
  readonly y: string;
}

/** Of the call `p`, for the steps at hand. */
export const rowCount = "let rows = range.steps * p.B * p.inner;";

/** `body` for the rows `first` … `last` of each run, as far as they are among those at hand. */
export const eachRun = (runs: string, body: readonly string[]): string[] => [
  `for (var i = p.at_runs; ${runs}[i] >= 0.0; i += 2) {`,
  "  let begin = range.start * p.B;",
  `  let first = max(i32(${runs}[i]) - begin, 0) * p.inner;`,
  `  let last = min(i32(${runs}[i + 1]) - begin, range.steps * p.B) * p.inner;`,
  ...body.map((line) => `  ${line}`),
  "}",
];

/** Names of the fields, in order; in uniform arrays a multiple of 4. */
export const callTable = `/** One product: elements where the operands begin, from row to row and from step to step. */
struct Call {
  x_at: i32,
  x_row: i32,
  x_step: i32,
  w_at: i32,
  w_row: i32,
  w_step: i32,
  y_at: i32,
  y_row: i32,
  y_step: i32,
  /** Columns of the result, and how many products each sums up. */
  n: i32,
  k: i32,
  /** Rows of each batch entry. */
  inner: i32,
  /** 1 where the result is added to. */
  adds: i32,
  /** Rows of finished entries: 1 become zero, 2 stay as they are. */
  settles: i32,
  at_lengths: i32,
  B: i32,
  /** Which of the kernel's choices of buffers. */
  variant: i32,
  /** Of sums: the runs of rows that they are over, and what rounding has taken from them. */
  at_runs: i32,
  at_lost: i32,
  unused: i32,
}
`;

const nothing: GpuField = ["number", 0];

/** The fields of one call. */
export function callFieldsOf(
  call: Product,
  adjoint: boolean,
  timed: boolean,
  variant: number,
  work: Work,
): GpuField[] {
  const { form, x, w, y, n, k, inner } = call;
  const at = ({ array, offset, shift }: Place): GpuField => [
    "at",
    work.array(array),
    array.extent === "sequence" ? array.lead + shift : 0,
    work.size(offset),
  ];
  const step = ({ array }: Place): GpuField =>
    timed && array.extent === "sequence"
      ? ["step", work.array(array)]
      : nothing;
  // Rows of a matrix follow each other; rows of a vector are a whole row of the array apart.
  const row = ({ array }: Place, columns: Product["n"]): GpuField => [
    "size",
    work.size(sizeValue(inner) === 1 ? array.width : columns),
  ];
  const panel = panelOf(call, adjoint, work);
  const toMatrix = summingForms.has(form);
  const none = work.size(sizeNumber(0));
  return [
    at(x),
    row(x, toMatrix ? n : k),
    step(x),
    panel === undefined ? at(w) : ["panel", panel],
    panel === undefined ? row(w, k) : ["quads", panel],
    panel === undefined ? step(w) : nothing,
    at(y),
    toMatrix ? ["size", work.size(k)] : row(y, n),
    toMatrix ? nothing : step(y),
    ["size", work.size(n)],
    ["size", work.size(k)],
    ["size", work.size(inner)],
    ["number", call.add ? 1 : 0],
    ["number", settling(y.array, work)],
    ["at", work.lengths, 0, none],
    ["batch"],
    ["number", variant],
    summingForms.has(form)
      ? ["at", work.runs(timed ? "rows" : "entries"), 0, none]
      : nothing,
    form === "add_column" || form === "add_row"
      ? ["at", work.lost(y, multiplySizes(n, k)), 0, none]
      : nothing,
    nothing,
  ];
}

/**
 * The packed form of the matrix of a product; undefined for those that read it as it is.
 * @param extent columns of each part, which begins at a whole number of `vec4`s
 */
export function panelOf(
  call: Product,
  adjoint: boolean,
  work: Work,
  extent = call.n,
): number | undefined {
  const { form, n, k } = call;
  if (!panelForms.has(form)) return undefined;
  return work.panel(panelKey(call, extent), {
    n: work.size(extent),
    parts: partsOf(n, extent)!,
    k: work.size(k),
    adjoint,
  });
}

export const panelKey = (
  { form, w, n, k }: Pick<Product, "form" | "w" | "n" | "k">,
  extent: Size,
): string =>
  [w.array.id, w.offset.key, form, n.key, k.key, extent.key].join(" ");

/** Where a matrix lies and how it is packed. */
export const sourceGroup = ({ w }: Product, work: Work): GpuGroup =>
  work.groupOf(w.array);
