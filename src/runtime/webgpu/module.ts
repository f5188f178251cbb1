/** What a generated `webgpu.js` exports: data. The code that executes them is fetched when a cell is loaded. */
import type { GpuDescription } from "./description.js";

export interface GpuModule {
  readonly description: GpuDescription;
}

export const webgpuKernels = (description: GpuDescription): GpuModule => ({
  description,
});
