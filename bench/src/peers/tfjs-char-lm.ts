/** The character model of `training.ts` with the operations of TensorFlow.js: one update of Adam per call. */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";

export interface CharShape {
  readonly T: number;
  readonly B: number;
  /** Characters. */
  readonly V: number;
  /** Numbers that stand for a character. */
  readonly D: number;
  readonly N: number;
}

/** By layer and name as in the generated model; matrices row-major, one row per unit. */
export type Weights = Readonly<Record<string, Float32Array>>;

export interface TfjsModel {
  readonly choose: () => Promise<unknown>;
  /** Mean loss before the update. */
  readonly update: (inputs: Int32Array, targets: Int32Array) => number;
  readonly dispose: () => void;
}

const gates = ["i", "f", "o", "g"] as const;

export async function makeTfjsCharModel(
  { T, B, V, D, N }: CharShape,
  weights: Weights,
  rate: number,
  backend: "cpu" | "wasm",
): Promise<TfjsModel> {
  const choose = (): Promise<boolean> => tf.setBackend(backend);
  await choose();
  await tf.ready();
  /** Gates side by side, one column per unit: as the library multiplies fastest. */
  const stacked = (kind: string, width: number): tf.Variable => {
    const all = gates.flatMap((gate) => [...weights[`rnn.${kind}_${gate}`]!]);
    return tf.tidy(() =>
      tf.variable(
        width === 1
          ? tf.tensor1d(all)
          : tf.transpose(tf.tensor2d(all, [4 * N, width])),
      ),
    );
  };
  const E = tf.variable(tf.tensor2d(weights["embedding.E"]!, [V, D]));
  const [W, R, b] = [stacked("W", D), stacked("R", N), stacked("b", 1)];
  const out = tf.tidy(() =>
    tf.variable(tf.transpose(tf.tensor2d(weights["logits.W_y"]!, [V, N]))),
  );
  const bias = tf.variable(tf.tensor1d(weights["logits.b_y"]!));
  const variables = [E, W, R, b, out, bias];
  const adam = tf.train.adam(rate);

  const loss = (inputs: Int32Array, targets: Int32Array): tf.Scalar => {
    const tokens = tf.oneHot(tf.tensor1d(inputs, "int32"), V);
    // The gradient of a look-up is not there on every backend; a product with one-hot rows is.
    const x = tf.matMul(
      tf.cast(tokens, "float32") as tf.Tensor2D,
      E as tf.Tensor2D,
    );
    const fromInput = tf.add(tf.matMul(x, W as tf.Tensor2D), b);
    const steps = tf.split(fromInput, T) as tf.Tensor2D[];
    let h: tf.Tensor2D = tf.zeros([B, N]);
    let c: tf.Tensor2D = tf.zeros([B, N]);
    const hidden = steps.map((step) => {
      const sums = tf.add(step, tf.matMul(h, R as tf.Tensor2D));
      const [i, f, o, g] = tf.split(sums, 4, 1);
      c = tf.add(
        tf.mul(tf.sigmoid(f!), c),
        tf.mul(tf.sigmoid(i!), tf.tanh(g!)),
      );
      h = tf.mul(tf.sigmoid(o!), tf.tanh(c));
      return h;
    });
    const logits = tf.add(
      tf.matMul(tf.concat(hidden), out as tf.Tensor2D),
      bias,
    ) as tf.Tensor2D;
    const wanted = tf.cast(
      tf.oneHot(tf.tensor1d(targets, "int32"), V),
      "float32",
    );
    const picked = tf.sum(tf.mul(logits, wanted), 1);
    return tf.mean(tf.sub(tf.logSumExp(logits, 1), picked));
  };

  return {
    choose,
    update: (inputs, targets) =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => loss(inputs, targets),
          variables,
        );
        adam.applyGradients(grads as Record<string, tf.Variable>);
        return value.dataSync()[0]!;
      }),
    dispose: () => {
      tf.dispose(variables);
      adam.dispose();
    },
  };
}
