/** The report of `cellc explain`: what the compiler did with a cell, in a page. */
import { KernelEquations } from "../backends/equations.js";
import { packedMatrices } from "../backends/wasm/index.js";
import { dispatchesOf } from "../backends/wgsl/index.js";
import type { DispatchCount } from "../backends/wgsl/index.js";
import type { CompiledCell } from "../compile.js";
import {
  adjointEquations,
  cellEquations,
  showDeclarations,
  showEquation,
  startEquations,
} from "../ir/equations.js";
import { multiplySizes, showShape, sizeNumber } from "../ir/size.js";
import type { Equation } from "../ir/naming.js";
import type { Kernel } from "../passes/kernels.js";
import { classifyRecurrences } from "../passes/recurrences.js";
import type { StateRecurrence } from "../passes/recurrences.js";
import { multiplications, spaced, tapeArrays, tapeWidth } from "./costs.js";
import type { Multiplications } from "./costs.js";
import { callLines, makeGpuReport, trafficLines } from "./explain-gpu.js";
import type { CallOptions, GpuReport } from "./explain-gpu.js";

/** Backends that a report tells of. */
export const explained = ["ts", "wasm", "wgsl"] as const;
export type Explained = (typeof explained)[number];

/** Bytes of a number in the kernels' default precision. */
const bytes = sizeNumber(4);

interface StageReport {
  readonly direction: "forward" | "backward";
  readonly runs: string;
  readonly kernels: readonly {
    readonly name: string;
    readonly kind: Kernel["kind"];
    readonly computes: readonly string[];
  }[];
}

export interface Report {
  readonly cell: string;
  readonly file: string;
  readonly doc: readonly string[];
  readonly declarations: readonly string[];
  readonly start: readonly string[];
  readonly equations: readonly string[];
  readonly derivatives: readonly string[];
  /** How each state depends on its own past, and why. */
  readonly recurrences: readonly StateRecurrence[];
  readonly stages: readonly StageReport[];
  readonly tape: {
    readonly values: readonly {
      readonly holds: string;
      readonly numbers: string;
    }[];
    readonly bytesPerStep: string;
  };
  readonly multiplications: {
    readonly forward: { readonly once: string; readonly loop: string };
    readonly backward: { readonly once: string; readonly loop: string };
  };
  /** Of the wgsl backend. */
  readonly dispatches: Record<"forward" | "backward", DispatchCount>;
  readonly gpu: GpuReport;
  /** What the wasm backend packs before its products. */
  readonly packed: readonly {
    readonly direction: "forward" | "backward";
    readonly holds: readonly string[];
    readonly shape: string;
    readonly bytes: string;
  }[];
}

export function makeReport(cell: CompiledCell, call: CallOptions): Report {
  const { program, adjoint, schedule } = cell;
  const show = (equations: readonly Equation[]): string[] =>
    equations.map(showEquation);
  const spelled = ({ once, loop }: Multiplications) => ({
    once: spaced(once),
    loop: spaced(loop),
  });
  return {
    cell: cell.name,
    file: program.file,
    doc: program.doc,
    declarations: showDeclarations(program),
    start: show(startEquations(program)),
    equations: show(cellEquations(program)),
    derivatives: show(adjointEquations(adjoint)),
    recurrences: classifyRecurrences(program),
    stages: [
      ...stageReports("forward", cell),
      ...stageReports("backward", cell),
    ],
    tape: {
      values: tapeArrays(schedule).map(({ holds, width }) => ({
        holds,
        numbers: spaced(width),
      })),
      bytesPerStep: spaced(multiplySizes(tapeWidth(schedule), bytes)),
    },
    multiplications: {
      forward: spelled(multiplications(schedule.forward)),
      backward: spelled(multiplications(schedule.backward)),
    },
    dispatches: dispatchesOf(schedule),
    gpu: makeGpuReport(cell, call),
    packed: packedMatrices(schedule).map(({ direction, holds, shape }) => ({
      direction,
      holds,
      shape: showShape(shape),
      bytes: spaced([...shape, bytes].reduce(multiplySizes)),
    })),
  };
}

const runs = {
  static: "once per call",
  context: "once per batch entry",
  rows: "once, for all T·B rows together",
  loop: "in the time loop",
} as const;

function stageReports(
  direction: "forward" | "backward",
  { schedule }: CompiledCell,
): StageReport[] {
  const equations = new KernelEquations(schedule);
  return schedule[direction].map(({ kind, kernels }) => ({
    direction,
    runs: runs[kind],
    kernels: kernels.map((kernel) => ({
      name: kernel.name,
      kind: kernel.kind,
      computes: equations.of(kernel),
    })),
  }));
}

/** The report for people. */
export function showReport(
  report: Report,
  backends: readonly Explained[],
  heading: (text: string) => string,
): string {
  const of = (backend: Explained, lines: readonly string[]) =>
    backends.includes(backend) ? lines : [];
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0
      ? []
      : ["", heading(title), ...lines.map((line) => `  ${line}`)];
  const { forward, backward } = report.multiplications;
  const stages = report.stages.flatMap(({ direction, runs: when, kernels }) => [
    "",
    heading(`${direction}, ${when}`),
    ...kernels.flatMap(({ name, kind, computes }) => [
      `  ${name} (${kind === "product" ? "matrix product" : "elementwise"})`,
      ...computes.map((line) => `    ${line}`),
    ]),
  ]);
  return [
    heading(report.cell),
    ...report.doc.map((line) => `  ${line}`.trimEnd()),
    `  ${report.file}`,
    ...section("declarations", report.declarations),
    ...section("initial values", report.start),
    ...section("equations, all sugar gone", report.equations),
    ...section(
      "derivatives: the step backwards in time (seed: the caller's cotangent, carried: from the step after)",
      report.derivatives,
    ),
    ...section(
      "recurrences",
      report.recurrences.map(
        ({ name, recurrence, why }) => `${name}: ${recurrence} (${why})`,
      ),
    ),
    ...stages,
    ...section(
      "kept for the backward pass, per step and batch entry, beside inputs, states and outputs",
      [
        ...report.tape.values.map(
          ({ holds, numbers }) => `${holds}: ${numbers}`,
        ),
        `together ${report.tape.bytesPerStep} bytes in f32`,
      ],
    ),
    ...section("multiplications per step and batch entry", [
      `forward:  ${forward.once} for all steps at once, ${forward.loop} in the time loop`,
      `backward: ${backward.once} for all steps at once, ${backward.loop} in the time loop`,
    ]),
    ...section("kernels", [
      ...of("ts", [`ts: ${kernelCounts(report)}; no dispatches`]),
      ...of("wasm", [
        `wasm: ${kernelCounts(report)}, elementwise ones four lanes at a time; one call for a whole sequence`,
      ]),
      ...of("wgsl", [
        `wgsl: ${dispatchCount(report, "forward")} forward, ${dispatchCount(report, "backward")} backward; sizes and device decide which, \`cell.regime\` tells`,
      ]),
    ]),
    ...section(
      "wasm: matrices packed once per call, eight columns of the result to a panel",
      of(
        "wasm",
        report.packed.map(
          (each) =>
            `${each.direction}: ${each.holds.join(", ")} as ${each.shape}: ${each.bytes} bytes`,
        ),
      ),
    ),
    ...section(
      "wgsl: bytes that a dispatch reads and writes",
      of("wgsl", trafficLines(report.gpu)),
    ),
    ...section("wgsl: one call", of("wgsl", callLines(report.gpu))),
    "",
  ].join("\n");
}

const dispatchCount = (
  { dispatches }: Report,
  direction: StageReport["direction"],
): string => {
  const { once, eachStep, loop } = dispatches[direction];
  if (eachStep === 0) return `${once} dispatches`;
  const whole = loop === undefined ? "" : `${loop} dispatches, or `;
  return `${whole}${once} and ${eachStep} a step`;
};

const kernelCounts = (report: Report): string =>
  `${kernelCount(report, "forward")} forward, ${kernelCount(report, "backward")} backward`;

const kernelCount = (
  { stages }: Report,
  wanted: StageReport["direction"],
): number =>
  stages
    .filter(({ direction }) => direction === wanted)
    .reduce((count, { kernels }) => count + kernels.length, 0);
