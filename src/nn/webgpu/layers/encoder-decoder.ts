/** Encoder and decoder, joined on the device by states, and by attention where there is one. */
import { checkParts } from "../../given.js";
import type { GpuTensor } from "../../../runtime/webgpu/tensor.js";
import type { Pass } from "../../layers/layer.js";
import { fillMask, layersOf, noSuchState } from "../../layers/pair.js";
import type {
  AttentionOf,
  BridgeOf,
  JoinedParts,
  Pair,
} from "../../layers/pair.js";
import { Scratch } from "../../sequence.js";
import { Computed } from "../device/computed.js";
import { GpuMemory } from "../device/memory.js";
import { Recording } from "../device/recording.js";
import type { GpuSequence } from "../sequence.js";
import type { CellLayer } from "./cell-layer.js";
import type { AnyLayer, Layer } from "./layer.js";
import { own } from "../../../runtime/own.js";

export type Bridge = BridgeOf<CellLayer, Layer>;
export type Attention = AttentionOf<CellLayer>;
export type EncoderDecoderParts = JoinedParts<CellLayer, Layer>;

export interface PairGradient {
  readonly source: GpuTensor | undefined;
  readonly target: GpuTensor | undefined;
}

const likeFloats = new Float32Array(0);

export class EncoderDecoder implements Layer<Pair<GpuSequence>, PairGradient> {
  readonly parts: Readonly<Record<string, AnyLayer>>;
  readonly #layers: EncoderDecoderParts;
  readonly #context = new Computed("swap", "context of the decoder");
  readonly #ones = new Scratch();
  readonly #mask = new GpuMemory("mask of the encoder's steps");
  readonly #encoded = new Computed("swap", "gradient of the encoder");
  readonly #nothing = new GpuMemory("gradient of the encoder");
  readonly #sums: readonly Computed<"add">[];
  #shape: GpuSequence | undefined;

  constructor(layers: EncoderDecoderParts) {
    checkParts("EncoderDecoder", layers, ["encoder", "decoder"]);
    this.#layers = layers;
    this.parts = layersOf(layers);
    this.#sums = (layers.bridges ?? []).map(
      ({ state }) => new Computed("add", `gradients of ${state}`),
    );
  }

  async forward(
    { source, target }: Pair<GpuSequence>,
    pass: Pass,
  ): Promise<GpuSequence> {
    const { encoder, decoder, bridges = [], attention } = this.#layers;
    const encoded = await encoder.forward(source, pass);
    this.#shape = encoded;
    for (const { from, state, through, to, into = state } of bridges) {
      let values = own(from.final, state);
      if (!values) throw noSuchState(from.cell.name, state);
      if (through) {
        const { batch } = source;
        const width = values.length / batch;
        const one = { values, steps: 1, batch, width };
        ({ values } = await through.forward(one, pass));
      }
      to.initial = { ...to.initial, [into]: values };
    }
    if (attention) {
      const { to, context, mask } = attention;
      const { values, steps, batch, width } = encoded;
      const turned = swap(this.#context, values, steps, batch, width);
      to.context = { ...to.context, [context]: turned };
      if (mask !== undefined)
        to.context = { ...to.context, [mask]: this.#maskOf(encoded) };
    }
    return decoder.forward(target, pass);
  }

  async backward(gradient: GpuTensor, inputs: boolean): Promise<PairGradient> {
    const { encoder, decoder, bridges = [] } = this.#layers;
    const target = await decoder.backward(gradient, inputs);
    for (const [i, bridge] of bridges.entries()) {
      const { from, state, through, to, into = state } = bridge;
      const start = to.initialGradient[into]!;
      const found = through ? await through.backward(start, true) : start;
      const before = from.finalGradient[state] as GpuTensor | undefined;
      from.finalGradient = {
        ...from.finalGradient,
        [state]:
          before && found ? added(this.#sums[i]!, before, found) : found!,
      };
    }
    const source = await encoder.backward(this.#ofEncoded(gradient), inputs);
    return { source, target };
  }

  dispose(): void {
    this.#context.dispose();
    this.#mask.dispose();
    this.#encoded.dispose();
    this.#nothing.dispose();
    for (const sum of this.#sums) sum.dispose();
  }

  #maskOf(encoded: GpuSequence): GpuTensor {
    const { values, steps, batch } = encoded;
    const ones = this.#ones.take(likeFloats, batch * steps);
    fillMask(ones, encoded);
    return this.#mask.fill(values.device, [batch, steps], ones);
  }

  /** The gradient of the encoder's outputs: what comes through the attention, or zero. */
  #ofEncoded({ device }: GpuTensor): GpuTensor {
    const { attention } = this.#layers;
    const { steps, batch, width } = this.#shape!;
    if (attention) {
      const { to, context } = attention;
      const found = to.contextGradient[context]!;
      return swap(this.#encoded, found, batch, steps, width);
    }
    const zeros = this.#nothing.take(device, [steps, batch, width]);
    const work = new Recording(device);
    work.clear(zeros);
    work.submit();
    return zeros;
  }
}

/** `[rows, columns, width]` as `[columns, rows, width]`. */
function swap(
  place: Computed<"swap">,
  a: GpuTensor,
  rows: number,
  columns: number,
  width: number,
): GpuTensor {
  const work = new Recording(a.device);
  const numbers = { rows, columns, width };
  const result = place.record(work, [columns, rows, width], { a }, numbers);
  work.submit();
  return result;
}

function added(place: Computed<"add">, a: GpuTensor, b: GpuTensor): GpuTensor {
  const work = new Recording(a.device);
  const sum = place.record(work, a.shape, { a, b }, {});
  work.submit();
  return sum;
}
