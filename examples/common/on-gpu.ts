/** Nets on a GPU, where everything stays but a loss now and then. */
import {
  Adam,
  CarriedStates,
  decodeModel,
  Dropout,
  EarlyStopping,
  encodeModel,
  loadCriterion,
  loadLayer,
  Model,
  ParameterAverage,
  RmsProp,
  Stack,
  Trainer,
  WeightNoise,
} from "cellc/nn/webgpu";
import type { Layer } from "cellc/nn/webgpu";
import { findDevice } from "cellc/runtime";
import { UserError } from "./command.js";
import type { Net, NetPlan } from "./net.js";
import { netOn } from "./place.js";

export async function makeGpuNet(plan: NetPlan): Promise<Net> {
  const device = await openDevice();
  const layers = await plan.layers<Layer>({
    load: (cell, sizes) => loadLayer(cell, { device, sizes }),
    drop: (rate) => new Dropout(rate),
  });
  const model = new Model(new Stack(layers), plan.seed);
  const criterion = await loadCriterion(plan.loss, {
    device,
    sizes: plan.lossSizes,
  });
  return netOn(
    {
      model,
      set: (name, values) => model.set(name, values),
      read: ({ values }) => values.read(),
      loss: async (output, targets) => {
        const loss = await criterion.forward(output, targets, { keep: false });
        return loss.read();
      },
      states: () => new CarriedStates(),
      trainer: ({ optimiser: chosen, noise, rate, random, largestNorm }) => {
        const optimiser =
          "Adam" in chosen
            ? new Adam(chosen.Adam)
            : new RmsProp(chosen.RmsProp);
        const trainer = new Trainer({
          model,
          criterion,
          optimiser,
          noise: noise === undefined ? undefined : new WeightNoise(noise),
          rate,
          random,
          largestNorm,
        });
        return {
          trainer,
          optimiser,
          step: ({ inputs, targets }, states) =>
            trainer.step(inputs, targets, { states }),
        };
      },
      average: (keep) => new ParameterAverage(keep),
      stopping: (patience) => new EarlyStopping(patience),
      // Reading one loss of ten keeps the host from running ahead, and hardly holds up the device.
      every: 10,
      encode: () => encodeModel(model),
      decode: (bytes, what) => decodeModel(bytes, model, what),
      dispose: () => {
        model.dispose();
        criterion.dispose();
        // What listeners and trainings hold goes with it.
        device.destroy();
      },
    },
    plan.start,
  );
}

async function openDevice(): Promise<GPUDevice> {
  try {
    return (await findDevice()).device;
  } catch (error) {
    throw new UserError(`--backend webgpu: ${(error as Error).message}`);
  }
}
