/** `cellc/nn`: models made of loaded cells, and what it takes to train them. Runs wherever the cells run. */
export { Bidirectional } from "./layers/bidirectional.js";
export { CellLayer, loadLayer } from "./layers/cell-layer.js";
export type { CellLayerOptions } from "./layers/cell-ports.js";
export { Dropout } from "./layers/dropout.js";
export { EncoderDecoder } from "./layers/encoder-decoder.js";
export type {
  Attention,
  Bridge,
  EncoderDecoderParts,
  PairGradient,
} from "./layers/encoder-decoder.js";
export type { Pair } from "./layers/pair.js";
export type { AnyLayer, Layer, Pass } from "./layers/layer.js";
export { dropoutNoise, zoneoutNoise } from "./layers/noise.js";
export type { DropoutOptions, Noise } from "./layers/noise.js";
export type { Merge } from "./layers/sides.js";
export { Stack } from "./layers/stack.js";
export { LastStep, Repeat } from "./layers/steps.js";
export { Criterion, loadCriterion } from "./criterion.js";
export type {
  CriterionOptions,
  Loss,
  LossOptions,
  Targets,
} from "./criterion.js";
export type { Reduction } from "./loss-plan.js";
export { CarriedStates } from "./carried-states.js";
export { Model } from "./model.js";
export type { BackwardOptions, ForwardOptions, States } from "./model.js";
export { Adam, AdamW } from "./optimisers/adam.js";
export { clipByNorm, clipByValue, norm } from "./optimisers/clip.js";
export { EarlyStopping } from "./optimisers/early-stopping.js";
export { NotFiniteGradient } from "./optimisers/not-finite.js";
export type { NotFinite } from "./optimisers/not-finite.js";
export type { Optimiser } from "./optimisers/optimiser.js";
export { ParameterAverage } from "./optimisers/parameter-average.js";
export { RmsProp } from "./optimisers/rms-prop.js";
export type {
  AdamOptions,
  RmsPropOptions,
  SgdOptions,
} from "./optimisers/rules.js";
export {
  constant,
  cosine,
  exponential,
  linear,
  piecewise,
  warmup,
} from "./optimisers/schedules.js";
export type { Schedule } from "./optimisers/schedules.js";
export { Sgd } from "./optimisers/sgd.js";
export { WeightNoise } from "./optimisers/weight-noise.js";
export { Random } from "./random.js";
export { countSteps, sequence } from "./sequence.js";
export type { Sequence, Values } from "./sequence.js";
export type { AnyCheckpointParts } from "./saved-parts.js";
export type {
  AsyncPersistent,
  Persistent,
  Snapshot,
  Tensor,
} from "./snapshot.js";
export { Trainer } from "./trainer.js";
export type { StepOptions, StepResult, TrainerParts } from "./trainer.js";
export { batchesByLength } from "./data/batches.js";
export { pad, unpad } from "./data/pad.js";
export {
  fromRoll,
  keys,
  lowestKey,
  parseMusic,
  toRoll,
} from "./data/piano-roll.js";
export type { MusicParts, Notes } from "./data/piano-roll.js";
export { Streams } from "./data/streams.js";
export type { Piece } from "./data/streams.js";
export { Vocabulary } from "./data/vocabulary.js";
export { decodeCheckpoint, encodeCheckpoint } from "./files/checkpoint.js";
export type { CheckpointParts } from "./files/checkpoint.js";
export type { CellWeights } from "./files/gates.js";
export { kerasGRU, kerasLSTM, kerasRNN } from "./files/keras.js";
export type { KerasPlace } from "./files/keras.js";
export { decodeTensors, encodeTensors } from "./files/safetensors.js";
export type { TensorFile, Tensors } from "./files/safetensors.js";
export { torchGRU, torchLSTM, torchRNN } from "./files/torch.js";
export type { TorchPlace } from "./files/torch.js";
export { decodeModel, encodeModel } from "./files/weights.js";
