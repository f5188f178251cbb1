/** Nets on the kernels of the host: TypeScript, or WebAssembly. */
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
} from "cellc/nn";
import type { Layer } from "cellc/nn";
import type { Net, NetPlan } from "./net.js";
import { netOn } from "./place.js";

export interface HostOptions {
  readonly backend: "auto" | "ts" | "wasm";
  readonly threads?: number;
}

export async function makeHostNet(
  plan: NetPlan,
  { backend, threads }: HostOptions,
): Promise<Net & { readonly model: Model }> {
  const layers = await plan.layers<Layer>({
    load: (cell, sizes) => loadLayer(cell, { backend, threads, sizes }),
    drop: (rate) => new Dropout(rate),
  });
  const model = new Model(new Stack(layers), plan.seed);
  const criterion = await loadCriterion(plan.loss, {
    backend,
    sizes: plan.lossSizes,
  });
  const net = netOn(
    {
      model,
      set: (name, values) => model.param[name]!.set(values),
      read: ({ values }) => values,
      loss: (output, targets) =>
        criterion.forward(output, targets, { keep: false }),
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
          step: async ({ inputs, targets }, states) => {
            const loss = trainer.step(inputs, targets, { states });
            return { read: async () => loss };
          },
        };
      },
      average: (keep) => new ParameterAverage(keep),
      stopping: (patience) => new EarlyStopping(patience),
      every: 1,
      encode: () => encodeModel(model),
      decode: (bytes, what) => decodeModel(bytes, model, what),
      dispose: () => {
        model.dispose();
        criterion.dispose();
      },
    },
    plan.start,
  );
  return { ...net, model };
}
