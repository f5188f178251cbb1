/** `cellc/runtime`: what generated entry modules import. Knows nothing of the compiler. */
export type {
  BackendName,
  CellInfo,
  CellNames,
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
export { bindCell, defineCell, loadCell } from "./load.js";
export type {
  ArrayOf,
  BackwardCall,
  CellModule,
  Cotangents,
  Gradients,
  LoadedCell,
  LoadOptions,
  SequenceOptions,
  SequenceResult,
  StateArrays,
  Stepper,
  StepperOptions,
} from "./types.js";
