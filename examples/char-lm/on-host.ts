/** The model on the kernels of the host: TypeScript, or WebAssembly. */
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
} from "cellc/nn";
import type { Criterion, Layer } from "cellc/nn";
import type { Backend } from "../common/command.js";
import { isForgetBias, makeLayers } from "./layers.js";
import type {
  CharCells,
  CharModel,
  Listener,
  ModelOptions,
  Study,
  StudyOptions,
} from "./model.js";

export interface HostOptions {
  readonly backend: Backend;
  readonly threads?: number;
}

export async function makeModel(
  cells: CharCells,
  vocabulary: number,
  options: ModelOptions,
  { backend, threads }: HostOptions,
): Promise<CharModel & { readonly model: Model }> {
  const layers = await makeLayers<Layer>(cells, vocabulary, options, {
    load: (cell, sizes) => loadLayer(cell, { backend, threads, sizes }),
    drop: (rate) => new Dropout(rate),
  });
  const model = new Model(new Stack(layers), options.seed);
  for (const name in model.param)
    if (isForgetBias(name)) model.param[name]!.fill(1);
  const criterion = await loadCriterion(cells.loss, {
    backend,
    sizes: { K: vocabulary },
  });
  return {
    model,
    size: model.params.length,
    listen: () => listener(model, criterion),
    study: (options) => study(model, criterion, options),
    encode: async () => encodeModel(model),
    decode: (bytes, what) => decodeModel(bytes, model, what),
    dispose: () => {
      model.dispose();
      criterion.dispose();
    },
  };
}

function listener(model: Model, criterion: Criterion): Listener {
  const states = new CarriedStates();
  const read = (inputs: Parameters<Model["forward"]>[0]) => {
    const output = model.forward(inputs, {
      states: states.current,
      keep: false,
    });
    states.keep(model.finalStates());
    return output;
  };
  return {
    logits: async (inputs) => read(inputs).values,
    loss: async ({ inputs, targets }) =>
      criterion.forward(read(inputs), targets, { keep: false }),
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
    every: 1,
    update: async ({ inputs, targets, first }) => {
      if (first) states.clear();
      states.forget(inputs.batch, forgetting, random);
      const { current } = states;
      const { value } = trainer.step(inputs, targets, { states: current });
      states.keep(model.finalStates());
      return value;
    },
  };
}
