/** The kernel module of a cell on WebGPU. */
import type { CellPlan } from "../plan.js";
import { GpuCell } from "./cell.js";
import type { GpuDescription } from "./description.js";
import { findDevice } from "./device.js";
import type { DeviceOptions } from "./device.js";
import { GpuKernels } from "./instance.js";
import type { RegimeName } from "./regime.js";

export interface GpuLoadOptions extends DeviceOptions {
  /** How time loops run; `auto` lets a cost model choose. */
  readonly regime?: RegimeName;
}

/** What a generated `webgpu.js` exports. */
export interface GpuModule {
  load(plan: CellPlan, options: GpuLoadOptions): Promise<GpuCell>;
}

export const webgpuKernels = (description: GpuDescription): GpuModule => ({
  async load(plan, { regime = "auto", ...options }) {
    if (!["auto", "loop", "steps"].includes(regime))
      throw new TypeError(
        `${description.cell}: regime is ${String(regime)}; it must be auto, loop or steps`,
      );
    const found = await findDevice(options);
    const { adapterInfo } = found.device as {
      adapterInfo?: { isFallbackAdapter?: boolean };
    };
    const kernels = new GpuKernels(
      found.device,
      description,
      plan.sizes,
      regime,
      adapterInfo?.isFallbackAdapter ?? false,
    );
    return new GpuCell(plan, kernels, found);
  },
});
