/** `cellc/runtime`: what generated entry modules import. Knows nothing of the compiler. */
export type {
  BackendName,
  CellInfo,
  CellNames,
  HostBackend,
  InitializerInfo,
  InputInfo,
  Numbers,
  ParamInfo,
  RequirementInfo,
  StateInfo,
  ValueInfo,
} from "./info.js";
export type {
  Floats,
  KernelInstance,
  KernelModule,
  ParameterRange,
  Precision,
  Sizes,
} from "./kernel.js";
export type { WasmDescription } from "./wasm/description.js";
export { wasmKernels } from "./wasm/module.js";
export type { GpuDescription } from "./webgpu/description.js";
export { findAdapter, findDevice, findGpu } from "./webgpu/device.js";
export type { DeviceOptions, FoundDevice } from "./webgpu/device.js";
export { webgpuKernels } from "./webgpu/module.js";
export type { GpuModule } from "./webgpu/module.js";
export { GpuTensor } from "./webgpu/tensor.js";
export type {
  GpuBackwardOptions,
  GpuCotangents,
  GpuGradients,
  GpuLoadOptions,
  GpuNumbers,
  GpuSequenceOptions,
  GpuSequenceResult,
  GpuStepper,
  GpuStepperOptions,
  LoadedGpuCell,
} from "./webgpu/types.js";
export { bindCell, bindGpuCell, defineCell, loadCell } from "./load.js";
export type {
  ArrayOf,
  BackwardCall,
  CellModule,
  Cotangents,
  GpuCellOptions,
  Gradients,
  LoadedCell,
  LoadOptions,
  SequenceOptions,
  SequenceResult,
  StateArrays,
  Stepper,
  StepperOptions,
} from "./types.js";
