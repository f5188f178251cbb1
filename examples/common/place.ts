/** Nets once for both places: `cellc/nn` and `cellc/nn/webgpu` have the same names over other vectors. */
import type {
  AsyncPersistent,
  Loss,
  Persistent,
  Random,
  Sequence,
  Targets,
} from "cellc/nn";
import type { ParameterRange } from "cellc/runtime";
import type {
  Batch,
  Listener,
  Net,
  NetPlan,
  Study,
  StudyOptions,
} from "./net.js";

type Kept = Persistent | AsyncPersistent;

/** On a device work is handed over, and waited for. */
type MayWait<T> = T | Promise<T>;

/**
 * One model with its loss on the host or on a device, and what trains it there.
 *
 * `V` is its vectors, `S` its states, `O` what it puts out.
 */
export interface Place<V, S, O> {
  readonly model: Kept & {
    readonly params: V & { readonly length: number };
    readonly layout: readonly ParameterRange[];
    forward(
      inputs: Sequence,
      options: {
        readonly states: S;
        readonly weights: V;
        readonly keep: boolean;
      },
    ): MayWait<O>;
    finalStates(): S;
  };
  readonly set: (name: string, values: Float32Array) => void;
  readonly read: (output: O) => MayWait<ArrayLike<number>>;
  readonly loss: (output: O, targets: Targets) => MayWait<Loss>;
  readonly states: () => Kept & {
    readonly current: S;
    keep(states: S): void;
    clear(): void;
    forget(batch: number, chance: number, random: Random): void;
  };
  /** With an optimiser of its own. */
  readonly trainer: (options: StudyOptions) => {
    readonly trainer: Kept & { readonly steps: number };
    readonly optimiser: Kept;
    readonly step: (batch: Batch, states: S) => ReturnType<Study["update"]>;
  };
  readonly average: (keep: number) => Kept & {
    observe(params: V): void;
    mean(params: V): V;
  };
  readonly stopping: (patience: number) => Kept & {
    readonly stopped: boolean;
    observe(loss: number, params: V): void;
    recall(params: V): void;
  };
  /** So many updates for each loss that is read. */
  readonly every: number;
  readonly encode: () => MayWait<Uint8Array>;
  readonly decode: (bytes: Uint8Array, what: string) => void;
  readonly dispose: () => void;
}

export function netOn<V, S, O>(
  place: Place<V, S, O>,
  start: NetPlan["start"],
): Net {
  const { model, decode, dispose } = place;
  for (const { name, shape } of model.layout) {
    const values = start?.(name, shape);
    if (values) place.set(name, values);
  }
  return {
    size: model.params.length,
    listen: () => listener(place, () => model.params),
    study: (options) => study(place, options),
    encode: async () => place.encode(),
    decode,
    dispose,
  };
}

/** @param weights what it reads with at the time */
function listener<V, S, O>(place: Place<V, S, O>, weights: () => V): Listener {
  const { model } = place;
  const states = place.states();
  const read = async (inputs: Sequence): Promise<O> => {
    const output = await model.forward(inputs, {
      states: states.current,
      weights: weights(),
      keep: false,
    });
    states.keep(model.finalStates());
    return output;
  };
  return {
    clear: () => states.clear(),
    logits: async (inputs) => place.read(await read(inputs)),
    loss: async ({ inputs, targets }) =>
      place.loss(await read(inputs), targets),
  };
}

function study<V, S, O>(place: Place<V, S, O>, options: StudyOptions): Study {
  const { model, every } = place;
  const { params } = model;
  const states = place.states();
  const { trainer, optimiser, step } = place.trainer(options);
  const average =
    options.average === undefined ? undefined : place.average(options.average);
  const stopping =
    options.patience === undefined
      ? undefined
      : place.stopping(options.patience);
  const judged = (): V => average?.mean(params) ?? params;
  return {
    get updates() {
      return trainer.steps;
    },
    parts: {
      model,
      optimiser,
      states,
      trainer,
      ...(average && { average }),
      ...(stopping && { stopping }),
    },
    every,
    states,
    update: async (batch) => {
      const result = await step(batch, states.current);
      states.keep(model.finalStates());
      average?.observe(params);
      return result;
    },
    listen: () => listener(place, judged),
    judge: (loss) => stopping?.observe(loss, judged()),
    get stopped() {
      return stopping?.stopped ?? false;
    },
    recall: () => stopping?.recall(params),
  };
}
