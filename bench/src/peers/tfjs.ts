/**
 * The same cells with the operations of TensorFlow.js, as its users write them: per step one product for the input, one for
 * the state, then split and elementwise operations; gradients by `tf.grads`. Matrices lie as the library's own layers have them,
 * one column per gate and unit: transposed ones make its WebAssembly backend fall back to slow loops.
 */
import * as tf from "@tensorflow/tfjs";
import type { Problem } from "../problem.js";
import { timed } from "./peer.js";
import type { Peer } from "./peer.js";

type Parameters = readonly [
  x: tf.Tensor3D,
  W: tf.Tensor2D,
  R: tf.Tensor2D,
  b: tf.Tensor1D,
];

function lstm(
  { B, N }: Problem,
  [x, W, R, b]: Parameters,
  p: tf.Tensor1D | undefined,
): tf.Tensor {
  const [pi, pf, po] = p ? tf.split(p, 3) : [];
  let h: tf.Tensor2D = tf.zeros([B, N]);
  let c: tf.Tensor2D = tf.zeros([B, N]);
  const outputs = tf.unstack(x).map((step) => {
    const a: tf.Tensor2D = tf.add(
      tf.add(tf.matMul(step as tf.Tensor2D, W), tf.matMul(h, R)),
      b,
    );
    const [ai, af, ao, ag] = tf.split(a, 4, 1);
    const i = tf.sigmoid(pi ? tf.add(ai!, tf.mul(c, pi)) : ai!);
    const f = tf.sigmoid(pf ? tf.add(af!, tf.mul(c, pf)) : af!);
    c = tf.add(tf.mul(f, c), tf.mul(i, tf.tanh(ag!)));
    const o = tf.sigmoid(po ? tf.add(ao!, tf.mul(c, po)) : ao!);
    h = tf.mul(o, tf.tanh(c));
    return h;
  });
  return tf.stack(outputs);
}

function gru({ B, N }: Problem, [x, W, R, b]: Parameters): tf.Tensor {
  const [Rrz, Rn] = tf.split(R, [2 * N, N], 1) as [tf.Tensor2D, tf.Tensor2D];
  let h: tf.Tensor2D = tf.zeros([B, N]);
  const outputs = tf.unstack(x).map((step) => {
    const fromInput = tf.add(tf.matMul(step as tf.Tensor2D, W), b);
    const [xrz, xn] = tf.split(fromInput, [2 * N, N], 1);
    const [r, z] = tf.split(tf.sigmoid(tf.add(xrz!, tf.matMul(h, Rrz))), 2, 1);
    const n = tf.tanh(tf.add(xn!, tf.matMul(tf.mul(r!, h) as tf.Tensor2D, Rn)));
    h = tf.add(tf.mul(tf.sub(1, z!), h), tf.mul(z!, n));
    return h;
  });
  return tf.stack(outputs);
}

/** `[a, b]` as `[b, a]`. */
const transposed = (values: Float32Array, a: number, b: number): Float32Array =>
  values.map((_, at) => values[(at % a) * b + Math.floor(at / a)]!);

type Numbers = readonly Float32Array[];

/** Waits only for what is not there yet. */
const then = <From, To>(
  value: From | Promise<From>,
  next: (value: From) => To,
): To | Promise<To> =>
  value instanceof Promise ? value.then(next) : next(value);

export async function makeTfjs(
  problem: Problem,
  /** Registered by the caller, who imports it. */
  backend: "cpu" | "wasm" | "webgpu",
): Promise<Peer> {
  // The library has one backend at a time; the others may have taken their turn in between.
  const choose = (): Promise<boolean> => tf.setBackend(backend);
  await choose();
  await tf.ready();
  const { T, B, M, N } = problem;
  const rows = problem.gates.length * N;
  const x = tf.tensor3d(problem.x, [T, B, M]);
  const W = tf.tidy(() => tf.transpose(tf.tensor2d(problem.W, [rows, M])));
  const R = tf.tidy(() => tf.transpose(tf.tensor2d(problem.R, [rows, N])));
  const b = tf.tensor1d(problem.b);
  const p = problem.p.length > 0 ? tf.tensor1d(problem.p) : undefined;
  const dy = tf.tensor3d(problem.dy, [T, B, N]);
  const run = (parameters: Parameters, peepholes = p): tf.Tensor =>
    problem.cell === "gru"
      ? gru(problem, parameters)
      : lstm(problem, parameters, peepholes);

  // The peepholes are trained too, so that the backward pass has as much to do as ours.
  const gradients = tf.grads((...values: tf.Tensor[]) => {
    const [x, W, R, b, p] = values;
    const y = run(
      [x, W, R, b] as unknown as Parameters,
      p as tf.Tensor1D | undefined,
    );
    return tf.sum(tf.mul(y, dy));
  });
  /** The numbers of tensors, which are freed. Those of a GPU come when they are ready. */
  const take = (tensors: tf.Tensor[]): Numbers | Promise<Numbers> => {
    const free = (values: Numbers): Numbers => {
      tf.dispose(tensors);
      return values;
    };
    return backend === "webgpu"
      ? Promise.all(
          tensors.map((tensor) => tensor.data() as Promise<Float32Array>),
        ).then(free)
      : free(tensors.map((tensor) => tensor.dataSync() as Float32Array));
  };
  const trained: tf.Tensor[] = [x, W, R, b, ...(p ? [p] : [])];

  return {
    name: `tfjs ${backend}`,
    forward: timed(
      () => then(take([tf.tidy(() => run([x, W, R, b]))]), ([y]) => y!),
      choose,
    ),
    forwardBackward: timed(
      () =>
        then(take(tf.tidy(() => gradients(trained))), ([dx, dW, dR, db]) => ({
          dx: dx!,
          get dW() {
            return transposed(dW!, M, rows);
          },
          get dR() {
            return transposed(dR!, N, rows);
          },
          db: db!,
        })),
      choose,
    ),
    dispose: () => tf.dispose([...trained, dy]),
  };
}
