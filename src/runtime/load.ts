/** From an entry module's description of a cell to a cell that runs. */
import { KernelCell } from "./cell.js";
import { chooseKernels, notCompiled } from "./choose.js";
import type { CellInfo, CellNames, HostBackend } from "./info.js";
import type { KernelInstance, KernelModule, Precision } from "./kernel.js";
import { checkOptions, gpuLoadOptions, loadOptions } from "./options.js";
import { planCell } from "./plan.js";
import type { CellPlan } from "./plan.js";
import { missingThreads } from "./threads/pool.js";
import type {
  ArrayOf,
  CellModule,
  GpuCellOptions,
  LoadedCell,
  LoadOptions,
} from "./types.js";
import type { GpuModule } from "./webgpu/module.js";
import type { LoadedGpuCell } from "./webgpu/types.js";

/** Fetches the kernels, binds the sizes, fills the parameters from the seed. */
export function loadCell<N extends CellNames = CellNames>(
  info: CellInfo,
  options: GpuCellOptions<N>,
): Promise<LoadedGpuCell<N>>;
export function loadCell<
  N extends CellNames = CellNames,
  P extends Precision = "f32",
>(
  info: CellInfo,
  options: LoadOptions<N, P>,
): Promise<LoadedCell<N, ArrayOf<P>>>;
export async function loadCell<N extends CellNames, P extends Precision>(
  info: CellInfo,
  // Callers without types may give nothing at all, and are told of the sizes.
  options: LoadOptions<N, P> | GpuCellOptions<N> = {} as LoadOptions<N, P>,
): Promise<LoadedCell<N, ArrayOf<P>> | LoadedGpuCell<N>> {
  if (options?.backend === "webgpu") {
    const fetch = info.backends.webgpu;
    if (!fetch) throw notCompiled(info, "webgpu");
    return bindGpuCell(info, await fetch(), options);
  }
  checkOptions(info.name, "load", options, loadOptions);
  const count = checkThreads(info, options.threads);
  const { backend, module } = await chooseKernels(info, options);
  const { plan, precision } = planLoad(info, options);
  const threaded =
    count === 1
      ? undefined
      : await startThreads(module, backend, plan, precision, count);
  const kernel = threaded ?? module.create(plan.sizes, precision);
  return fill(new KernelCell(plan, kernel, backend, precision), options);
}

/** A cell on a GPU, from a kernel module that is already there. */
export async function bindGpuCell<N extends CellNames = CellNames>(
  info: CellInfo,
  module: GpuModule,
  options: GpuCellOptions<N>,
): Promise<LoadedGpuCell<N>> {
  checkOptions(info.name, "load on webgpu", options, gpuLoadOptions);
  const plan = planCell(info, options.sizes ?? {});
  const { loadOnGpu } = await import("./webgpu/load.js");
  const cell = await loadOnGpu(plan, module.description, options);
  try {
    cell.init(options.seed);
    if (options.buffers) cell.giveBuffers(options.buffers);
  } catch (error) {
    cell.dispose();
    throw error;
  }
  return cell as unknown as LoadedGpuCell<N>;
}

/** The same for a kernel module that is already there, with one thread. */
export function bindCell<
  N extends CellNames = CellNames,
  P extends Precision = "f32",
>(
  info: CellInfo,
  module: KernelModule,
  backend: HostBackend,
  options: LoadOptions<N, P>,
): LoadedCell<N, ArrayOf<P>> {
  checkOptions(info.name, "load", options, loadOptions);
  const { plan, precision } = planLoad(info, options);
  const kernel = module.create(plan.sizes, precision);
  return fill(new KernelCell(plan, kernel, backend, precision), options);
}

function planLoad(
  info: CellInfo,
  { precision = "f32", sizes }: Pick<AnyLoadOptions, "precision" | "sizes">,
): { plan: CellPlan; precision: Precision } {
  if (precision !== "f32" && precision !== "f64")
    throw new TypeError(
      `${info.name}: precision is ${String(precision)}; it must be f32 or f64`,
    );
  return { plan: planCell(info, sizes ?? {}), precision };
}

function fill<N extends CellNames, P extends Precision>(
  cell: KernelCell,
  { seed, buffers }: LoadOptions<N, P>,
): LoadedCell<N, ArrayOf<P>> {
  cell.init(seed);
  if (buffers) cell.giveBuffers(buffers);
  // The kernel's names are plain strings; the declaration file of the entry module knows them.
  return cell as unknown as LoadedCell<N, ArrayOf<P>>;
}

/** More would only wait for each other. */
const mostThreads = 256;

function checkThreads(info: CellInfo, threads = 1): number {
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads)
    throw new RangeError(
      `${info.name}: threads is ${String(threads)}; it must be a whole number from 1 to ${mostThreads}`,
    );
  return threads;
}

/** Kernels over several threads; where there are none, a warning and nothing. */
async function startThreads(
  module: KernelModule,
  backend: HostBackend,
  { info, sizes }: CellPlan,
  precision: Precision,
  threads: number,
): Promise<KernelInstance | undefined> {
  let why = module.createThreads
    ? missingThreads()
    : `the backend "${backend}" has none`;
  if (why === undefined)
    try {
      return await module.createThreads!(sizes, precision, threads);
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
  console.warn(
    `${info.name}: no ${threads} threads here, one computes: ${why}`,
  );
  return undefined;
}

type AnyLoadOptions = LoadOptions<CellNames, Precision>;

/** What a generated entry module exports: the description with `load`. */
export const defineCell = <N extends CellNames = CellNames>(
  info: CellInfo,
): CellModule<N> => ({
  ...info,
  load: ((options: GpuCellOptions<N> | LoadOptions<N, Precision>) =>
    loadCell(
      info,
      options as LoadOptions<N, Precision>,
    )) as CellModule<N>["load"],
});
