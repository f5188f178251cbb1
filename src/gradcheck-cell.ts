/** The gradient check of a compiled cell: joins the engine with the backends. */
import type { Assembler } from "./backends/wasm/index.js";
import { makeExecutor, makeGpuExecutor, makeWasmExecutor } from "./compile.js";
import type { CompiledCell } from "./compile.js";
import {
  checkGradients,
  compareWithoutLengths,
  gradcheckRuns,
} from "./gradcheck/index.js";
import type { GradcheckOptions, GradcheckReport } from "./gradcheck/index.js";
import type { CellGradients, CellResult } from "./ir/data.js";

export type CellGradcheckOptions = Omit<
  GradcheckOptions,
  "backend" | "precision"
> & {
  /** What computes the analytic gradients; default `ts`, the generated kernels. */
  readonly backend?: "ts" | "wasm" | "interpreter";
  /** What `loadAssembler` gives; `wasm` needs it. */
  readonly assembler?: Assembler;
};

export function gradcheckCell(
  cell: CompiledCell,
  { backend = "ts", assembler, ...options }: CellGradcheckOptions = {},
): GradcheckReport {
  const kernels: Readonly<Record<typeof backend, Partial<GradcheckOptions>>> = {
    ts: { backend: () => makeExecutor(cell) },
    wasm: {
      backend: () => makeWasmExecutor(cell, assembler),
      precision: "f32",
    },
    interpreter: {},
  };
  const check = (more: Partial<GradcheckOptions> = {}): GradcheckReport =>
    checkGradients(cell.program, cell.adjoint, {
      ...options,
      ...kernels[backend],
      ...more,
    });
  const report = check();
  return failedWithLengths(report, options)
    ? compareWithoutLengths(report, check({ lengths: false }))
    : report;
}

const failedWithLengths = (
  report: GradcheckReport,
  { lengths = true }: Pick<GradcheckOptions, "lengths">,
): boolean => !report.ok && lengths && report.batch > 1;

/** The same for the WebGPU kernels: they run first, and the check takes what they gave. */
export async function gradcheckCellOnGpu(
  cell: CompiledCell,
  device: GPUDevice,
  options: GpuGradcheckOptions = {},
): Promise<GradcheckReport> {
  const report = await checkOnGpu(cell, device, options);
  return failedWithLengths(report, options)
    ? compareWithoutLengths(
        report,
        await checkOnGpu(cell, device, { ...options, lengths: false }),
      )
    : report;
}

type GpuGradcheckOptions = Omit<CellGradcheckOptions, "backend" | "assembler">;

async function checkOnGpu(
  cell: CompiledCell,
  device: GPUDevice,
  options: GpuGradcheckOptions,
): Promise<GradcheckReport> {
  const { program, adjoint } = cell;
  const kernels = makeGpuExecutor(cell, device);
  const given: { result: CellResult; gradients: CellGradients }[] = [];
  try {
    for (const { data, cotangents } of gradcheckRuns(program, adjoint, options))
      given.push({
        result: await kernels.forward(data),
        gradients: await kernels.backward(cotangents),
      });
  } finally {
    kernels.dispose();
  }
  let run = -1;
  return checkGradients(program, adjoint, {
    ...options,
    precision: "f32",
    backend: () => ({
      name: kernels.name,
      forward: () => given[++run]!.result,
      backward: () => given[run]!.gradients,
    }),
  });
}
