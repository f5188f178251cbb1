/** From a description of kernels to a cell on a device. */
import type { CellPlan } from "../plan.js";
import { GpuCell } from "./cell.js";
import type { GpuDescription } from "./description.js";
import { findDevice, isSoftware } from "./device.js";
import { GpuKernels } from "./instance.js";
import type { GpuLoadOptions } from "./types.js";

export async function loadOnGpu(
  plan: CellPlan,
  description: GpuDescription,
  { regime = "auto", ...options }: GpuLoadOptions,
): Promise<GpuCell> {
  if (!["auto", "loop", "steps"].includes(regime))
    throw new TypeError(
      `${description.cell}: regime is ${String(regime)}; it must be auto, loop or steps`,
    );
  const found = await findDevice(options);
  try {
    const kernels = new GpuKernels(
      found.device,
      description,
      plan.sizes,
      regime,
      isSoftware(found.device),
    );
    return new GpuCell(plan, kernels, found);
  } catch (error) {
    if (found.own) found.device.destroy();
    throw error;
  }
}
