/** The program of a page that trains a model on WebGPU, as an application does. */
import { Random } from "cellc/nn";
import {
  Adam,
  loadCriterion,
  loadLayer,
  Model,
  Stack,
  Trainer,
} from "cellc/nn/webgpu";
import { findDevice } from "cellc/runtime";
import type { CellModule } from "cellc/runtime";
import { batches, rate, seed, sizes, updates } from "./webgpu-task.js";

export interface PageCells {
  readonly recurrent: CellModule;
  readonly readOut: CellModule;
  readonly loss: CellModule;
}

/** What the program of the page leaves for the test. */
export interface TrainingPage {
  trainInPage(): Promise<number[]>;
}

/** The losses of all updates. */
export async function trainInPage({
  recurrent,
  readOut,
  loss,
}: PageCells): Promise<number[]> {
  const { device } = await findDevice();
  const model = new Model(
    new Stack({
      rnn: await loadLayer(recurrent, { device, sizes: sizes.rnn }),
      logits: await loadLayer(readOut, { device, sizes: sizes.logits }),
    }),
    seed,
  );
  const criterion = await loadCriterion(loss, { device, sizes: sizes.loss });
  const trainer = new Trainer({
    model,
    criterion,
    optimiser: new Adam(),
    rate,
    random: new Random(seed),
    largestNorm: 1,
  });
  const losses: number[] = [];
  for (const { inputs, targets } of batches(updates))
    losses.push((await (await trainer.step(inputs, targets)).read()).value);
  model.dispose();
  criterion.dispose();
  device.destroy();
  return losses;
}
