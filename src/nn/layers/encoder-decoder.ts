/**
 * Encoder and decoder (Cho et al., 2014; Sutskever, Vinyals, Le, 2014): final states of the one start the other.
 * With attention the decoder's cell also sees all outputs of the encoder, as a context.
 */
import { checkParts } from "../given.js";
import type { Numbers } from "../../runtime/info.js";
import type { Floats } from "../../runtime/kernel.js";
import { Scratch } from "../sequence.js";
import type { Sequence } from "../sequence.js";
import type { CellLayer } from "./cell-layer.js";
import type { AnyLayer, Layer, Pass } from "./layer.js";
import { fillMask, layersOf, noSuchState } from "./pair.js";
import type { AttentionOf, BridgeOf, JoinedParts, Pair } from "./pair.js";
import { own } from "../../runtime/own.js";

export interface PairGradient {
  readonly source: Floats | undefined;
  readonly target: Floats | undefined;
}

export type Bridge = BridgeOf<CellLayer, Layer>;
export type Attention = AttentionOf<CellLayer>;
export type EncoderDecoderParts = JoinedParts<CellLayer, Layer>;

export class EncoderDecoder implements Layer<Pair, PairGradient> {
  readonly parts: Readonly<Record<string, AnyLayer>>;
  readonly #layers: EncoderDecoderParts;
  readonly #context = new Scratch();
  readonly #mask = new Scratch();
  readonly #encoded = new Scratch();
  #shape: Sequence | undefined;

  constructor(layers: EncoderDecoderParts) {
    checkParts("EncoderDecoder", layers, ["encoder", "decoder"]);
    this.#layers = layers;
    this.parts = layersOf(layers);
  }

  forward({ source, target }: Pair, pass: Pass): Sequence {
    const { encoder, decoder, bridges = [], attention } = this.#layers;
    const encoded = encoder.forward(source, pass);
    this.#shape = encoded;
    for (const bridge of bridges) {
      const { from, state, through, to, into = state } = bridge;
      let values = own(from.final, state);
      if (!values) throw noSuchState(from.cell.name, state);
      if (through) {
        const { batch } = source;
        const width = values.length / batch;
        const one = { values, steps: 1, batch, width };
        values = through.forward(one, pass).values;
      }
      to.initial = { ...to.initial, [into]: values };
    }
    if (attention) {
      const { to, context, mask } = attention;
      const values = encoded.values as Floats;
      const { steps, batch, width } = encoded;
      const turned = this.#context.take(values, values.length);
      swap(values, turned, steps, batch, width);
      to.context = { ...to.context, [context]: turned };
      if (mask !== undefined) {
        const array = this.#mask.take(values, batch * steps);
        fillMask(array, encoded);
        to.context = { ...to.context, [mask]: array };
      }
    }
    return decoder.forward(target, pass);
  }

  backward(gradient: Floats, inputs: boolean): PairGradient {
    const { encoder, decoder, bridges = [], attention } = this.#layers;
    const target = decoder.backward(gradient, inputs);
    for (const bridge of bridges) {
      const { from, state, through, to, into = state } = bridge;
      const start = to.initialGradient[into]!;
      const found = through ? through.backward(start, true) : start;
      const before = own(from.finalGradient, state);
      from.finalGradient = {
        ...from.finalGradient,
        [state]: before && found ? sum(before, found) : found!,
      };
    }
    const { values, steps, batch, width } = this.#shape!;
    const ofEncoded = this.#encoded.take(gradient, values.length).fill(0);
    if (attention) {
      const { to, context } = attention;
      swap(to.contextGradient[context]!, ofEncoded, batch, steps, width);
    }
    return { source: encoder.backward(ofEncoded, inputs), target };
  }
}

/** `[a, b, width]` as `[b, a, width]`. */
function swap(
  from: Floats,
  to: Floats,
  a: number,
  b: number,
  width: number,
): void {
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < width; k++)
        to[(j * a + i) * width + k] = from[(i * b + j) * width + k]!;
}

const sum = (a: Numbers, b: Numbers): number[] =>
  Array.from(a, (value, i) => value + b[i]!);
