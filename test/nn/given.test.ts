/** What callers without types get wrong: each is told what came in, and what is wanted. */
import { describe, expect, it } from "vitest";
import * as nn from "cellc/nn";
import * as onGpu from "cellc/nn/webgpu";
import { Affine } from "../../generated/affine.js";
import { Embedding } from "../../generated/embedding.js";
import { LSTM } from "../../generated/lstm.js";
import { SoftmaxCrossEntropy } from "../../generated/softmax-cross-entropy.js";
import { VariationalGRU } from "../../generated/variational-gru.js";
import { Pace } from "../../src/nn/optimisers/pace.js";
import { loading } from "./check.js";

/** As plain JavaScript sees it. */
const {
  loadLayer,
  loadCriterion,
  sequence,
  pad,
  Adam,
  AdamW,
  Bidirectional,
  Dropout,
  EarlyStopping,
  EncoderDecoder,
  Model,
  ParameterAverage,
  Random,
  Repeat,
  RmsProp,
  Sgd,
  Stack,
  Streams,
  Trainer,
  Vocabulary,
  WeightNoise,
} = nn as unknown as Readonly<Record<string, any>>;

const sizes = { M: 3, N: 4 };
const layer = () => loadLayer(LSTM, { ...loading, sizes });
const model = async () => new Model(await layer(), 1);
const input = () => nn.sequence(new Float64Array(9), { batch: 1, width: 3 });

const loss = () =>
  loadCriterion(SoftmaxCrossEntropy, { ...loading, sizes: { K: 2 } });
const targets = async (given: unknown) =>
  (await loss()).forward(
    nn.sequence(new Float64Array(2), { batch: 1, width: 2 }),
    given,
  );
const noisy = (noise: unknown) =>
  loadLayer(VariationalGRU, { ...loading, sizes, noise });

const cases: Readonly<Record<string, readonly [() => unknown, string]>> = {
  "no cell": [() => loadLayer(), "loadLayer takes a cell"],
  "something else": [
    () => loadLayer({}, { sizes }),
    'import { LSTM } from "./generated/lstm.js"); got an object',
  ],
  "no sizes": [() => loadLayer(LSTM), "size M is missing (sizes: M, N)"],
  "a loaded cell": [
    async () => loadLayer(await LSTM.load({ ...loading, sizes }), { sizes }),
    "not what its load gave",
  ],
  "no loss": [() => loadCriterion(), "loadCriterion takes a cell"],
  "one target": [
    () => loadCriterion(SoftmaxCrossEntropy, { sizes: { K: 2 }, targets: "y" }),
    'targets are a list of inputs\' names, such as ["y"]',
  ],
  "an unknown reduction": [
    () =>
      loadCriterion(SoftmaxCrossEntropy, { sizes: { K: 2 }, reduction: "avg" }),
    'the reduction is "avg"; there are: sum, mean, sequence, element',
  ],
  "values without a shape": [
    () => sequence(new Float32Array(12)),
    "the shape takes an object with batch; got undefined",
  ],
  "a shape as numbers": [() => sequence(new Float32Array(12), 3, 1), "got 3"],
  "a batch of text": [
    () => sequence(new Float32Array(12), { batch: "2" }),
    'the batch is "2"; it must be a whole number from 1 on',
  ],
  "nested values": [
    () => sequence([[1, 2]], { batch: 1, width: 2 }),
    "the first argument of sequence is a Array: a typed array is wanted",
  ],
  "nested sequences": [() => pad([[1, 2], [3]]), "a typed array is wanted"],
  "a model of nothing": [
    () => new Model(),
    "the layer of a model is undefined: a layer is wanted",
  ],
  "a model of a cell": [
    () => new Model(LSTM),
    "the cell LSTM without kernels; await loadLayer makes a layer of it",
  ],
  "a seed of text": [
    async () => new Model(await layer(), "one"),
    'the seed of the model is "one"',
  ],
  "no input": [
    async () => (await model()).forward(),
    "the input of the model is undefined: a Sequence is wanted, sequence(values, { batch, width }) makes one",
  ],
  "an array as input": [
    async () => (await model()).forward(new Float32Array(9)),
    "the input of the model is a Float32Array",
  ],
  "an input that does not add up": [
    async () => (await model()).forward({ ...input(), steps: 2 }),
    "the input of the model has 9 values: [T=2, B=1, width=3] are wanted",
  ],
  "no gradient": [
    async () => (await model()).backward(),
    "the gradient of the model's output is undefined",
  ],
  "a stack of nothing": [() => new Stack(), "a stack takes a list of layers"],
  "a stack of one layer": [
    async () => new Stack(await layer()),
    "a stack takes a list of layers, or a record of layers by name; got a CellLayer",
  ],
  "a promise in a stack": [
    () => new Stack({ rnn: Promise.resolve() }),
    "rnn of the stack is a promise; write await in front of loadLayer",
  ],
  "one side": [
    async () => new Bidirectional(await layer()),
    "the second side of a bidirectional layer is undefined",
  ],
  "an unknown merge": [
    async () => new Bidirectional(await layer(), await layer(), "add"),
    'how a bidirectional layer merges its sides is "add"; there are: concat, sum',
  ],
  "no number of steps": [
    () => new Repeat(),
    "the steps of Repeat is undefined",
  ],
  "half a pair": [
    () => new EncoderDecoder({ encoder: {} }),
    "EncoderDecoder also needs decoder",
  ],
  "half a trainer": [
    async () => new Trainer({ model: await model(), rate: 1 }),
    "a trainer also needs criterion, optimiser, random",
  ],
  "a rate of text": [
    async () =>
      new Trainer({
        model: await model(),
        criterion: {},
        optimiser: {},
        random: {},
        rate: "fast",
      }),
    'the rate is "fast"; it must be a number from 0 on',
  ],
  "no targets": [
    async () => {
      const K = 4;
      const criterion = await loadCriterion(SoftmaxCrossEntropy, {
        ...loading,
        sizes: { K },
      });
      return criterion.forward((await model()).forward(input()));
    },
    "SoftmaxCrossEntropy: targets are undefined: an array is wanted",
  ],
  "an object for a sequence": [
    async () => (await model()).forward({ data: new Float64Array(3) }),
    "the input of the model has the fields data: a Sequence has values, steps, batch, width",
  ],
  "an empty object for a sequence": [
    async () => (await model()).forward({}),
    "the input of the model has the fields of no Sequence: a Sequence has",
  ],
  "a bad sequence of several": [
    async () =>
      (await model()).forward({ source: input(), target: { data: [] } }),
    "the input of the model: target has the fields data: a Sequence has",
  ],
  "a target's data": [
    () => targets({ data: Int32Array.of(0) }),
    "SoftmaxCrossEntropy: input data is unknown among the targets: its target is the array [T, B, …] of y, alone or as { y }",
  ],
  "a sequence as target": [
    () => targets(nn.sequence(Int32Array.of(0), { batch: 1 })),
    "SoftmaxCrossEntropy: the target is a Sequence; give its values: its target is the array [T, B, …] of y",
  ],
  "a sequence as a named target": [
    () => targets({ y: nn.sequence(Int32Array.of(0), { batch: 1 }) }),
    "the target y is a Sequence; give its values, [T, B, …]",
  ],
  "a prediction as target": [
    () => targets({ y: Int32Array.of(0), logits: [] }),
    "logits is what the model puts out, and no target",
  ],
  "no target by name": [() => targets({}), "the target y is missing"],
  "a number as target": [
    () => targets({ y: 3 }),
    "SoftmaxCrossEntropy: the target y is 3: an array is wanted",
  ],
  "an array as prediction": [
    async () => (await loss()).forward(new Float64Array(2), Int32Array.of(0)),
    "SoftmaxCrossEntropy: the prediction is a Float64Array: a Sequence is wanted",
  ],
  "dropout of tokens": [
    () =>
      new Dropout(0).forward(nn.sequence(Int32Array.of(1), { batch: 1 }), {}),
    "Dropout gets tokens, which are no numbers to be scaled: put it behind the Embedding",
  ],
  "a rate of dropout of text": [
    () => new Dropout("0.5"),
    'the rate of dropout is "0.5"; it must be a number from 0 on and below 1',
  ],
  "no rate of dropout": [() => new Dropout(NaN), "the rate of dropout is NaN"],
  "a negative rate of zoneout": [
    () => nn.zoneoutNoise(-0.1),
    "the rate of zoneout is -0.1",
  ],
  "a mistyped option of dropout": [
    () => new Dropout(0.5, { variationl: true }),
    "Dropout: the constructor has no option variationl; did you mean variational?",
  ],
  "a switch of text": [
    () => new Dropout(0.5, { variational: "no" }),
    'Dropout: variational is "no"; it is true or false',
  ],
  "Nesterov of text": [
    () => new Sgd({ nesterov: "yes" }),
    'Sgd: nesterov is "yes"; it is true or false',
  ],
  "a negative epsilon": [
    () => new Adam({ epsilon: -1 }),
    "Adam: epsilon is -1; it must be a number from 0 on",
  ],
  "a decay that is no number": [
    () => new AdamW({ decay: NaN }),
    "AdamW: decay is NaN",
  ],
  "noise that is no noise": [
    () => noisy({ mask: 0.5 }),
    "VariationalGRU: the noise of mask takes an object with value, chance, rest; got 0.5",
  ],
  "noise by chance above 1": [
    () => noisy({ mask: { value: 1, chance: 2, rest: 1 } }),
    "VariationalGRU: the noise of mask: chance is 2; it must be a number from 0 to 1",
  ],
  "noise on tokens": [
    () =>
      loadLayer(Embedding, {
        ...loading,
        sizes: { V: 3, D: 2 },
        input: "k",
        noise: { k: nn.dropoutNoise(0.5) },
      }),
    "Embedding: k is a token; noise goes into numbers",
  ],
  "an average of text": [
    () => new ParameterAverage("0.9"),
    'what an average keeps is "0.9"',
  ],
  "no steps of Repeat, later": [
    () => {
      const repeat = new Repeat(2);
      repeat.steps = -1;
      return repeat.forward(nn.sequence(new Float64Array(1), { batch: 1 }));
    },
    "the steps of Repeat is -1",
  ],
  "a schedule that gives no number": [
    () => new Pace(() => NaN).next(),
    "the rate of the schedule at step 0 is NaN",
  ],
  "a rate for Adam": [
    () => new Adam(0.1),
    "Adam: the constructor takes an object with betas, epsilon, decay; got 0.1",
  ],
  "a mistyped option": [
    () => new AdamW({ beta: [0.9, 0.99] }),
    "AdamW: the constructor has no option beta; did you mean betas?",
  ],
  "a beta of 1": [
    () => new Adam({ betas: [0.9, 1] }),
    "Adam: a beta is 1; it must be a number from 0 on and below 1",
  ],
  "one beta": [() => new Adam({ betas: 0.9 }), "Adam: betas are two numbers"],
  "too much momentum": [
    () => new Sgd({ momentum: 1 }),
    "Sgd: momentum is 1; it must be a number from 0 on and below 1",
  ],
  "an unknown place": [
    () => new RmsProp({ place: "under" }),
    'RmsProp: place is "under"; there are: inside, outside',
  ],
  "noise below nothing": [
    () => new WeightNoise(-1),
    "the standard deviation of weight noise is -1",
  ],
  "no patience": [() => new EarlyStopping(), "the patience is undefined"],
  "no seed": [() => new Random(), "the seed of Random is undefined"],
  "no text": [() => Vocabulary.of(), "Vocabulary.of takes a text, one string"],
  "no tokens": [
    () => new Streams("text", 8, 2),
    'the tokens of Streams is "text": a typed array is wanted',
  ],
};

describe("cellc/nn refuses", () => {
  it.each(Object.entries(cases))("%s", async (_, [make, message]) => {
    await expect(async () => make()).rejects.toThrow(message);
  });
});

it("takes layers that are no cells, alone or among others", async () => {
  const affine = await nn.loadLayer(Affine, {
    ...loading,
    sizes: { M: 3, K: 2 },
  });
  const stack = new nn.Stack([new nn.Dropout(0.5), affine, new nn.LastStep()]);
  const { width, steps } = new nn.Model(stack).forward(input());
  expect([width, steps]).toEqual([2, 1]);
});

describe("cellc/nn/webgpu refuses the same", () => {
  const gpu = onGpu as unknown as Readonly<Record<string, any>>;
  it.each<readonly [string, () => unknown, string]>([
    ["no cell", () => gpu["loadLayer"](), "loadLayer takes a cell"],
    ["no loss", () => gpu["loadCriterion"](), "loadCriterion takes a cell"],
    ["a model of a cell", () => new gpu["Model"](LSTM), "await loadLayer"],
    ["a stack of nothing", () => new gpu["Stack"](), "a stack takes a list"],
    ["an unknown merge", () => new gpu["Bidirectional"](1), "first side"],
    ["no steps", () => new gpu["Repeat"](), "the steps of Repeat"],
    ["half a trainer", () => new gpu["Trainer"]({}), "a trainer also needs"],
    ["a rate for Adam", () => new gpu["Adam"](0.1), "Adam: the constructor"],
    ["no patience", () => new gpu["EarlyStopping"](), "the patience is"],
    ["noise", () => new gpu["WeightNoise"](-1), "the standard deviation"],
    ["a rate of text", () => new gpu["Dropout"]("0.5"), "the rate of dropout"],
    ["a switch", () => new gpu["Sgd"]({ nesterov: 1 }), "it is true or false"],
    ["an average", () => new gpu["ParameterAverage"](2), "0 ≤ keep < 1"],
  ])("%s", async (_, make, message) => {
    await expect(async () => make()).rejects.toThrow(message);
  });
});
