/**
 * `cellc/nn/webgpu`: the models of `cellc/nn` on a GPU. The names are those of `cellc/nn`, the calls are `async`, and
 * values stay on the device until they are read. What does not depend on the place (data, schedules, random numbers,
 * noise, weights of other libraries) is there.
 */
export { CarriedStates } from "./carried-states.js";
export { Criterion, loadCriterion } from "./criterion.js";
export type { LoadCriterionOptions, Loss, Targets } from "./criterion.js";
export {
  decodeCheckpoint,
  decodeModel,
  encodeCheckpoint,
  encodeModel,
} from "./files.js";
export { Bidirectional } from "./layers/bidirectional.js";
export { CellLayer, loadLayer } from "./layers/cell-layer.js";
export type {
  GpuArrays,
  GpuTensors,
  LayerOptions,
} from "./layers/cell-layer.js";
export { Dropout } from "./layers/dropout.js";
export { EncoderDecoder } from "./layers/encoder-decoder.js";
export type {
  Attention,
  Bridge,
  EncoderDecoderParts,
  PairGradient,
} from "./layers/encoder-decoder.js";
export type { AnyLayer, Layer } from "./layers/layer.js";
export { Stack } from "./layers/stack.js";
export { LastStep, Repeat } from "./layers/steps.js";
export { Model } from "./model.js";
export type { BackwardOptions, ForwardOptions, States } from "./model.js";
export { Adam, AdamW } from "./optimisers/adam.js";
export { Clipping } from "./optimisers/clip.js";
export { EarlyStopping } from "./optimisers/early-stopping.js";
export type { Optimiser } from "./optimisers/optimiser.js";
export { ParameterAverage } from "./optimisers/parameter-average.js";
export { RmsProp } from "./optimisers/rms-prop.js";
export { Sgd } from "./optimisers/sgd.js";
export { WeightNoise } from "./optimisers/weight-noise.js";
export type { GpuSequence, Uploaded } from "./sequence.js";
export { Trainer } from "./trainer.js";
export type { StepOptions, StepResult, TrainerParts } from "./trainer.js";
