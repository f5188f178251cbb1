/** The gradient check of a compiled cell: joins the engine with the backends. */
import type { Assembler } from "./backends/wasm/index.js";
import { makeExecutor, makeWasmExecutor } from "./compile.js";
import type { CompiledCell } from "./compile.js";
import { checkGradients } from "./gradcheck/index.js";
import type { GradcheckOptions, GradcheckReport } from "./gradcheck/index.js";

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
  return checkGradients(cell.program, cell.adjoint, {
    ...options,
    ...kernels[backend],
  });
}
