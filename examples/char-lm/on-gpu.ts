/** The model on a GPU, where everything stays but a loss now and then. */
import {
  Adam,
  CarriedStates,
  decodeModel,
  Dropout,
  encodeModel,
  loadCriterion,
  loadLayer,
  Model,
  Stack,
  Trainer,
} from "cellc/nn/webgpu";
import type { Criterion, Layer } from "cellc/nn/webgpu";
import { findDevice } from "cellc/runtime";
import { isForgetBias, makeLayers } from "./layers.js";
import type {
  CharCells,
  CharModel,
  Listener,
  ModelOptions,
  Study,
  StudyOptions,
} from "./model.js";

/** Reading one loss of ten keeps the host from running ahead, and hardly holds up the device. */
const every = 10;

export async function makeGpuModel(
  cells: CharCells,
  vocabulary: number,
  options: ModelOptions,
): Promise<CharModel> {
  const { device } = await findDevice();
  const layers = await makeLayers<Layer>(cells, vocabulary, options, {
    load: (cell, sizes) => loadLayer(cell, { device, sizes }),
    drop: (rate) => new Dropout(rate),
  });
  const model = new Model(new Stack(layers), options.seed);
  for (const { name, shape } of model.layout)
    if (isForgetBias(name))
      model.set(name, new Float32Array(shape[0]!).fill(1));
  const criterion = await loadCriterion(cells.loss, {
    device,
    sizes: { K: vocabulary },
  });
  return {
    size: model.params.length,
    listen: () => listener(model, criterion),
    study: (options) => study(model, criterion, options),
    encode: () => encodeModel(model),
    decode: (bytes, what) => decodeModel(bytes, model, what),
    dispose: () => {
      model.dispose();
      criterion.dispose();
      device.destroy();
    },
  };
}

function listener(model: Model, criterion: Criterion): Listener {
  const states = new CarriedStates();
  const read = async (inputs: Parameters<Model["forward"]>[0]) => {
    const output = await model.forward(inputs, {
      states: states.current,
      keep: false,
    });
    states.keep(model.finalStates());
    return output;
  };
  return {
    logits: async (inputs) => (await read(inputs)).values.read(),
    loss: async ({ inputs, targets }) => {
      const output = await read(inputs);
      const loss = await criterion.forward(output, targets, { keep: false });
      return loss.read();
    },
  };
}

function study(
  model: Model,
  criterion: Criterion,
  { rate, random, forgetting }: StudyOptions,
): Study {
  const states = new CarriedStates();
  const optimiser = new Adam();
  const trainer = new Trainer({
    model,
    criterion,
    optimiser,
    random,
    rate,
    largestNorm: 1,
  });
  return {
    get updates() {
      return trainer.steps;
    },
    parts: { model, optimiser, states, trainer },
    every,
    update: async ({ inputs, targets, first }) => {
      if (first) states.clear();
      states.forget(inputs.batch, forgetting, random);
      const { current } = states;
      const step = await trainer.step(inputs, targets, { states: current });
      states.keep(model.finalStates());
      if (trainer.steps % every !== 0) return undefined;
      return (await step.read()).value;
    },
  };
}
