/** Which kernels of a cell a call of `load` gets. */
import type { BackendName, CellInfo, CellNames, HostBackend } from "./info.js";
import type { KernelModule, Precision } from "./kernel.js";
import type { LoadOptions } from "./types.js";
import { missingWasm } from "./wasm/features.js";

/** Fastest first. */
const preference: readonly HostBackend[] = ["wasm", "ts"];

export interface ChosenKernels {
  readonly backend: HostBackend;
  /** Ready to be used. */
  readonly module: KernelModule;
}

type Wishes = Pick<LoadOptions<CellNames, Precision>, "backend" | "precision">;

/**
 * The kernels of the backend that is asked for; with "auto" the fastest that can be had, and a line on the console
 * where those are not the fastest that were compiled.
 * @throws where there are none, with the reason
 */
export async function chooseKernels(
  info: CellInfo,
  { backend = "auto", precision = "f32" }: Wishes,
): Promise<ChosenKernels> {
  const there = preference.filter((name) => info.backends[name]);
  if (there.length === 0)
    throw new TypeError(
      info.backends.webgpu
        ? `${info.name} was compiled for webgpu alone, whose calls are async: ask for it with backend: "webgpu"`
        : `${info.name} was compiled for no backend`,
    );
  if (backend !== "auto") {
    if (!there.includes(backend)) throw notCompiled(info, backend);
    return fetchKernels(info, backend);
  }
  if (!info.backends.ts) return fetchKernels(info, "wasm");
  if (info.backends.wasm && precision === "f32") {
    const missing = missingWasm();
    if (!missing)
      try {
        return await fetchKernels(info, "wasm");
      } catch (error) {
        sayWhyNot(error instanceof Error ? error.message : String(error));
      }
    else
      sayWhyNot(
        missing.mend === undefined
          ? missing.problem
          : `${missing.problem}; ${missing.mend}`,
      );
  }
  return fetchKernels(info, "ts");
}

async function fetchKernels(
  info: CellInfo,
  backend: HostBackend,
): Promise<ChosenKernels> {
  const module = await info.backends[backend]!();
  await module.prepare?.();
  return { backend, module };
}

export const notCompiled = (info: CellInfo, backend: BackendName): TypeError =>
  new TypeError(
    `${info.name} has no kernels for the backend ${String(backend)}; it was compiled for: ${[...preference, "webgpu" as const].filter((name) => info.backends[name]).join(", ")}`,
  );

/** Applications load many cells, and one line is enough for what they have in common. */
const said = new Set<string>();

function sayWhyNot(reason: string): void {
  if (said.has(reason)) return;
  said.add(reason);
  console.info(
    `cellc: kernels run in TypeScript, more slowly than in WebAssembly: ${reason}`,
  );
}
