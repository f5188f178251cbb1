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
import { multiplySizes, showShape, showSize, sizeNumber } from "../ir/size.js";
import type { Size } from "../ir/size.js";
import type { Equation } from "../ir/naming.js";
import type { Kernel } from "../passes/kernels.js";
import { classifyRecurrences } from "../passes/recurrences.js";
import type { StateRecurrence } from "../passes/recurrences.js";
import { multiplications, tapeArrays, tapeWidth } from "./costs.js";
import type { Multiplications } from "./costs.js";

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
  /** What the wasm backend packs before its products. */
  readonly packed: readonly {
    readonly direction: "forward" | "backward";
    readonly holds: readonly string[];
    readonly shape: string;
    readonly bytes: string;
  }[];
}

export function makeReport(cell: CompiledCell): Report {
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

/** `4*N^2+M` as `4*N^2 + M`. */
const spaced = (size: Size): string =>
  showSize(size).replaceAll(/(?<=.)([+-])/g, " $1 ");

/** The report for people. */
export function showReport(
  report: Report,
  heading: (text: string) => string,
): string {
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
      `ts: ${kernelCount(report, "forward")} forward, ${kernelCount(report, "backward")} backward; no dispatches`,
      `wasm: the same, elementwise ones four lanes at a time; one call for a whole sequence`,
      `wgsl: ${dispatchCount(report, "forward")} forward, ${dispatchCount(report, "backward")} backward; sizes and device decide which, \`cell.regime\` tells`,
    ]),
    ...section(
      "wasm: matrices packed once per call, eight columns of the result to a panel",
      report.packed.map(
        (each) =>
          `${each.direction}: ${each.holds.join(", ")} as ${each.shape}: ${each.bytes} bytes`,
      ),
    ),
    "",
  ].join("\n");
}

const dispatchCount = (
  { dispatches }: Report,
  direction: StageReport["direction"],
): string => {
  const { once, eachStep, loops } = dispatches[direction];
  if (eachStep === 0) return `${once} dispatches`;
  const whole = loops === 0 ? "" : `${once + loops} dispatches, or `;
  return `${whole}${once} and ${eachStep} a step`;
};

const kernelCount = (
  { stages }: Report,
  wanted: StageReport["direction"],
): number =>
  stages
    .filter(({ direction }) => direction === wanted)
    .reduce((count, { kernels }) => count + kernels.length, 0);
