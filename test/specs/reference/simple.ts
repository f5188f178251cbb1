/** Elman, Jordan, higher-order and clockwork networks. */
import { logistic, logistics, plus, product, softmax, tanhs } from "./frame.js";
import type { Frame, Reference, Vector } from "./frame.js";

const elman = (cell: string, activation: (a: number) => number): Reference => ({
  cell,
  params: { W_h: ["N", "M"], R_h: ["N", "N"], b_h: ["N"] },
  states: { h: ["N"] },
  outputs: ["h"],
  step: (f) => {
    const [W, R, b, x] = [
      f.matrix("W_h"),
      f.matrix("R_h"),
      f.vector("b_h"),
      f.vector("x"),
    ];
    const before = f.previous("h");
    const h: number[] = [];
    for (let i = 0; i < b.length; i++) {
      let sum = b[i]!;
      for (let j = 0; j < x.length; j++) sum += W[i]![j]! * x[j]!;
      for (let j = 0; j < before.length; j++) sum += R[i]![j]! * before[j]!;
      h.push(activation(sum));
    }
    return { h };
  },
});

const readOutParams = { V: ["K", "N"], c: ["K"], U: ["N", "M"], b: ["N"] };

/** tanh(b + W r + U x) for a recurrent source r, and c + V h. */
function hiddenAndScores(f: Frame, source: Vector): [number[], number[]] {
  const h = tanhs(
    plus(
      f.vector("b"),
      product(f.matrix("W"), source),
      product(f.matrix("U"), f.vector("x")),
    ),
  );
  return [h, plus(f.vector("c"), product(f.matrix("V"), h))];
}

const jordan = (cell: string, readOut: (v: Vector) => number[]): Reference => ({
  cell,
  params: { ...readOutParams, W: ["N", "K"] },
  states: { o: ["K"] },
  outputs: ["o"],
  step: (f) => ({ o: readOut(hiddenAndScores(f, f.previous("o"))[1]) }),
});

export const simple: readonly Reference[] = [
  elman("ElmanTanh", Math.tanh),
  elman("ElmanSigmoid", logistic),
  elman("ElmanRelu", (a) => (a > 0 ? a : 0)),
  {
    cell: "SoftmaxRNN",
    params: { ...readOutParams, W: ["N", "N"] },
    states: { h: ["N"] },
    outputs: ["y", "o"],
    step: (f) => {
      const [h, o] = hiddenAndScores(f, f.previous("h"));
      return { h, o, y: softmax(o) };
    },
  },
  jordan("JordanSoftmax", softmax),
  jordan("JordanSigmoid", logistics),
  {
    cell: "JordanTeacherForced",
    params: { ...readOutParams, W: ["N", "K"] },
    states: { y: ["K"] },
    outputs: ["o"],
    step: (f) => ({
      o: softmax(hiddenAndScores(f, f.previous("y"))[1]),
      y: f.vector("y"),
    }),
  },
  {
    cell: "HigherOrderRNN",
    params: {
      W_h: ["N", "M"],
      R_h: ["N", "N"],
      R_h_h2: ["N", "N"],
      R_h_h3: ["N", "N"],
      b_h: ["N"],
    },
    states: { h: ["N"] },
    lags: { h: 3 },
    outputs: ["h"],
    step: (f) => ({
      h: tanhs(
        plus(
          product(f.matrix("W_h"), f.vector("x")),
          product(f.matrix("R_h"), f.previous("h")),
          product(f.matrix("R_h_h2"), f.previous("h", 2)),
          product(f.matrix("R_h_h3"), f.previous("h", 3)),
          f.vector("b_h"),
        ),
      ),
    }),
  },
  {
    cell: "ClockworkRNN",
    params: { W: ["N", "M"], R: ["N", "N"], b: ["N"] },
    states: { h: ["N"] },
    outputs: ["h"],
    step: (f) => {
      const [W, R, b, x] = [
        f.matrix("W"),
        f.matrix("R"),
        f.vector("b"),
        f.vector("x"),
      ];
      const before = f.previous("h");
      const h: number[] = [];
      for (let i = 0; i < b.length; i++) {
        const group = Math.trunc(i / 4);
        if (f.t % 2 ** group !== 0) {
          h.push(before[i]!);
          continue;
        }
        let sum = b[i]!;
        for (let j = 0; j < x.length; j++) sum += W[i]![j]! * x[j]!;
        // Groups are contiguous: the own group starts at 4 · group, slower ones follow.
        for (let j = 4 * group; j < b.length; j++)
          sum += R[i]![j]! * before[j]!;
        h.push(Math.tanh(sum));
      }
      return { h };
    },
  },
];
