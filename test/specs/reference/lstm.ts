/** The LSTM family. One routine in the order of the papers, with what a variant changes given by name. */
import {
  attention,
  givenMask,
  logistics,
  noMask,
  normalised,
  plus,
  product,
  tanhs,
  times,
  transposed,
} from "./frame.js";
import type { Frame, Mask, Reference, Vector } from "./frame.js";

/** W_d x + Σ R s + b_d; the matrices are named as the language says. */
function sum(
  f: Frame,
  d: string,
  recurrent: Readonly<Record<string, Vector>>,
  bias = true,
): number[] {
  let total = product(f.matrix(`W_${d}`), f.vector("x"));
  for (const [name, s] of Object.entries(recurrent))
    total = plus(total, product(f.matrix(name), s));
  return bias ? plus(total, f.vector(`b_${d}`)) : total;
}

const weights = (
  names: readonly string[],
  width = "N",
  bias = true,
): Record<string, string[]> =>
  Object.fromEntries(
    names.flatMap((d) => [
      [`W_${d}`, ["N", "M"]],
      [`R_${d}`, ["N", width]],
      ...(bias ? [[`b_${d}`, ["N"]]] : []),
    ]),
  );

const diagonals = (names: readonly string[]): Record<string, string[]> =>
  Object.fromEntries(names.map((d) => [`p_${d}`, ["N"]]));

const ones = (f: Frame): number[] =>
  Array.from({ length: f.sizes["N"]! }, () => 1);

/** What one variant of the search space study does otherwise than the vanilla network. */
interface Change {
  readonly one?: "i" | "f" | "o";
  readonly linearInput?: true;
  readonly linearOutput?: true;
  readonly coupled?: true;
  readonly noPeepholes?: true;
  readonly gateRecurrence?: true;
}

function odyssey(cell: string, change: Change): Reference {
  const computed = ["i", "f", "o"].filter(
    (d) => d !== change.one && !(d === "f" && change.coupled),
  );
  const gates = ["i", "f", "o"];
  return {
    cell,
    params: {
      ...weights(["z", ...computed]),
      ...(change.noPeepholes ? {} : diagonals(computed)),
      ...(change.gateRecurrence
        ? Object.fromEntries(
            gates.flatMap((d) => gates.map((g) => [`R_${d}_${g}`, ["N", "N"]])),
          )
        : {}),
    },
    states: {
      y: ["N"],
      c: ["N"],
      ...(change.gateRecurrence ? { i: ["N"], f: ["N"], o: ["N"] } : {}),
    },
    outputs: ["y"],
    step: (f) => {
      const [y, c] = [f.previous("y"), f.previous("c")];
      const gate = (d: "i" | "f" | "o", seen: Vector): number[] => {
        if (change.one === d) return ones(f);
        let a = sum(f, d, { [`R_${d}`]: y });
        if (!change.noPeepholes) a = plus(a, times(f.vector(`p_${d}`), seen));
        if (change.gateRecurrence)
          for (const g of gates)
            a = plus(a, product(f.matrix(`R_${d}_${g}`), f.previous(g)));
        return logistics(a);
      };
      const squash = (v: Vector, linear?: true): readonly number[] =>
        linear ? v : tanhs(v);

      const z = squash(sum(f, "z", { R_z: y }), change.linearInput);
      const i = gate("i", c);
      const forget = change.coupled ? i.map((a) => 1 - a) : gate("f", c);
      const cell = plus(times(z, i), times(c, forget));
      const o = gate("o", cell);
      return {
        y: times(squash(cell, change.linearOutput), o),
        c: cell,
        i,
        f: forget,
        o,
      };
    },
  };
}

const four = ["i", "f", "o", "g"] as const;

const layerNormSizes = (rows: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, [rows]]));

const luong = (cell: string, mask: Mask): Reference => ({
  cell,
  params: {
    ...weights(four),
    ...Object.fromEntries(four.map((d) => [`R_${d}_feed`, ["N", "P"]])),
    W_c: ["P", "2N"],
  },
  states: { h: ["N"], c: ["N"], feed: ["P"] },
  outputs: ["feed", "a"],
  step: (f) => {
    const [h, feed] = [f.previous("h"), f.previous("feed")];
    const a = (d: string): number[] =>
      sum(f, d, { [`R_${d}`]: h, [`R_${d}_feed`]: feed });
    const c = plus(
      times(logistics(a("f")), f.previous("c")),
      times(logistics(a("i")), tanhs(a("g"))),
    );
    const out = times(logistics(a("o")), tanhs(c));
    const weightsOverSource = attention(product(f.matrix("m"), out), mask(f));
    const attended = transposed(f.matrix("m"), weightsOverSource);
    return {
      h: out,
      c,
      a: weightsOverSource,
      feed: tanhs(product(f.matrix("W_c"), [...attended, ...out])),
    };
  },
});

export const lstms: readonly Reference[] = [
  {
    cell: "LSTM",
    params: weights(four),
    states: { h: ["N"], c: ["N"] },
    outputs: ["h"],
    step: (f) => {
      const h = f.previous("h");
      const i = logistics(sum(f, "i", { R_i: h }));
      const forget = logistics(sum(f, "f", { R_f: h }));
      const o = logistics(sum(f, "o", { R_o: h }));
      const g = tanhs(sum(f, "g", { R_g: h }));
      const c = plus(times(forget, f.previous("c")), times(i, g));
      return { h: times(o, tanhs(c)), c };
    },
  },
  {
    cell: "LSTMProjection",
    params: {
      ...weights(four, "P"),
      ...diagonals(["i", "f", "o"]),
      W_r: ["P", "N"],
    },
    states: { r: ["P"], c: ["N"] },
    outputs: ["r"],
    step: (f) => {
      const [r, before] = [f.previous("r"), f.previous("c")];
      const peep = (d: string, seen: Vector): number[] =>
        logistics(
          plus(sum(f, d, { [`R_${d}`]: r }), times(f.vector(`p_${d}`), seen)),
        );
      const g = tanhs(sum(f, "g", { R_g: r }));
      const c = plus(
        times(peep("f", before), before),
        times(peep("i", before), g),
      );
      const m = times(peep("o", c), tanhs(c));
      return { r: product(f.matrix("W_r"), m), c };
    },
  },
  odyssey("VanillaLSTM", {}),
  odyssey("NIG", { one: "i" }),
  odyssey("NFG", { one: "f" }),
  odyssey("NOG", { one: "o" }),
  odyssey("NIAF", { linearInput: true }),
  odyssey("NOAF", { linearOutput: true }),
  odyssey("CIFG", { coupled: true }),
  odyssey("NP", { noPeepholes: true }),
  odyssey("FGR", { gateRecurrence: true }),
  {
    cell: "GravesLSTM",
    params: {
      ...weights(four),
      R_i_s: ["N", "N"],
      R_f_s: ["N", "N"],
      W_o_s: ["N", "N"],
    },
    states: { y: ["N"], s: ["N"] },
    outputs: ["y"],
    step: (f) => {
      const [y, before] = [f.previous("y"), f.previous("s")];
      const i = logistics(sum(f, "i", { R_i: y, R_i_s: before }));
      const forget = logistics(sum(f, "f", { R_f: y, R_f_s: before }));
      const g = tanhs(sum(f, "g", { R_g: y }));
      const s = plus(times(forget, before), times(i, g));
      const o = logistics(sum(f, "o", { R_o: y, W_o_s: s }));
      return { y: times(o, tanhs(s)), s };
    },
  },
  {
    cell: "GravesLSTMDiagonal",
    params: { ...weights(four), ...diagonals(["i", "f", "o"]) },
    states: { y: ["N"], s: ["N"] },
    outputs: ["y"],
    step: (f) => {
      const [y, before] = [f.previous("y"), f.previous("s")];
      const peep = (d: string, seen: Vector): number[] =>
        logistics(
          plus(sum(f, d, { [`R_${d}`]: y }), times(f.vector(`p_${d}`), seen)),
        );
      const g = tanhs(sum(f, "g", { R_g: y }));
      const s = plus(
        times(peep("f", before), before),
        times(peep("i", before), g),
      );
      return { y: times(peep("o", s), tanhs(s)), s };
    },
  },
  {
    cell: "ChungLSTM",
    params: {
      ...weights(["i", "f", "candidate", "o"], "N", false),
      ...diagonals(["i", "f", "o"]),
    },
    states: { h: ["N"], c: ["N"] },
    outputs: ["h"],
    step: (f) => {
      const [h, before] = [f.previous("h"), f.previous("c")];
      const plain = (d: string): number[] =>
        sum(f, d, { [`R_${d}`]: h }, false);
      const peep = (d: string, seen: Vector): number[] =>
        logistics(plus(plain(d), times(f.vector(`p_${d}`), seen)));
      const candidate = tanhs(plain("candidate"));
      const c = plus(
        times(peep("f", before), before),
        times(peep("i", before), candidate),
      );
      return { h: times(peep("o", c), tanhs(c)), c };
    },
  },
  {
    cell: "LayerNormLSTM",
    params: {
      W_x: ["4N", "M"],
      W_h: ["4N", "N"],
      ...layerNormSizes("4N", ["gain_x", "gain_h", "bias_x", "bias_h", "b"]),
      ...layerNormSizes("N", ["gain_c", "bias_c"]),
    },
    states: { h: ["N"], c: ["N"] },
    outputs: ["h"],
    step: (f) => {
      const N = f.sizes["N"]!;
      const a = plus(
        normalised(
          product(f.matrix("W_h"), f.previous("h")),
          f.vector("gain_h"),
          f.vector("bias_h"),
        ),
        normalised(
          product(f.matrix("W_x"), f.vector("x")),
          f.vector("gain_x"),
          f.vector("bias_x"),
        ),
        f.vector("b"),
      );
      const part = (k: number): number[] => a.slice(k * N, (k + 1) * N);
      const c = plus(
        times(logistics(part(0)), f.previous("c")),
        times(logistics(part(1)), tanhs(part(3))),
      );
      const squashed = tanhs(
        normalised(c, f.vector("gain_c"), f.vector("bias_c")),
      );
      return { h: times(logistics(part(2)), squashed), c };
    },
  },
  {
    cell: "LayerNormGRU",
    params: {
      W_x: ["2N", "M"],
      W_h: ["2N", "N"],
      W: ["N", "M"],
      U: ["N", "N"],
      ...layerNormSizes("2N", ["gain_x", "gain_h", "bias_x", "bias_h"]),
      ...layerNormSizes("N", ["gain_w", "gain_u", "bias_w", "bias_u"]),
    },
    states: { h: ["N"] },
    outputs: ["h"],
    step: (f) => {
      const N = f.sizes["N"]!;
      const [x, h] = [f.vector("x"), f.previous("h")];
      const norm = (v: Vector, name: string): number[] =>
        normalised(v, f.vector(`gain_${name}`), f.vector(`bias_${name}`));
      const a = plus(
        norm(product(f.matrix("W_h"), h), "h"),
        norm(product(f.matrix("W_x"), x), "x"),
      );
      const z = logistics(a.slice(0, N));
      const r = logistics(a.slice(N));
      const n = tanhs(
        plus(
          norm(product(f.matrix("W"), x), "w"),
          times(r, norm(product(f.matrix("U"), h), "u")),
        ),
      );
      return { h: h.map((old, i) => (1 - z[i]!) * old + z[i]! * n[i]!) };
    },
  },
  luong("LuongDecoder", noMask),
  luong("MaskedLuongDecoder", givenMask),
  {
    cell: "CharLSTM",
    params: {
      h_start: ["N"],
      c_start: ["N"],
      ...Object.fromEntries(
        four.flatMap((d) => [
          [`W_${d}`, ["N", "V"]],
          [`R_${d}`, ["N", "N"]],
          [`b_${d}`, ["N"]],
        ]),
      ),
      W_logits: ["V", "N"],
      b_logits: ["V"],
    },
    states: { h: ["N"], c: ["N"] },
    start: (f) => ({ h: f.vector("h_start"), c: f.vector("c_start") }),
    outputs: ["logits"],
    step: (f) => {
      const [k, before] = [f.number("k"), f.previous("h")];
      const a = (d: string): number[] =>
        plus(
          f.matrix(`W_${d}`).map((row) => row[k]!),
          product(f.matrix(`R_${d}`), before),
          f.vector(`b_${d}`),
        );
      const c = plus(
        times(logistics(a("f")), f.previous("c")),
        times(logistics(a("i")), tanhs(a("g"))),
      );
      const h = times(logistics(a("o")), tanhs(c));
      const logits = plus(
        product(f.matrix("W_logits"), h),
        f.vector("b_logits"),
      );
      return { h, c, logits };
    },
  },
];
