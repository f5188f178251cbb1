/** Gated units without a memory cell. */
import {
  blend,
  logistics,
  oneMinus,
  plus,
  product,
  tanhs,
  times,
} from "./frame.js";
import type { Frame, Reference, Vector } from "./frame.js";

/** W_d x + R_d s + b_d */
const sum = (f: Frame, d: string, s: Vector): number[] =>
  plus(
    product(f.matrix(`W_${d}`), f.vector("x")),
    product(f.matrix(`R_${d}`), s),
    f.vector(`b_${d}`),
  );

const inputSum = (f: Frame, d: string): number[] =>
  plus(product(f.matrix(`W_${d}`), f.vector("x")), f.vector(`b_${d}`));

const full = (...names: string[]): Record<string, string[]> =>
  Object.fromEntries(
    names.flatMap((d) => [
      [`W_${d}`, ["N", "M"]],
      [`R_${d}`, ["N", "N"]],
      [`b_${d}`, ["N"]],
    ]),
  );

const inputOnly = (...names: string[]): Record<string, string[]> =>
  Object.fromEntries(
    names.flatMap((d) => [
      [`W_${d}`, ["N", "M"]],
      [`b_${d}`, ["N"]],
    ]),
  );

const unit = { states: { h: ["N"] }, outputs: ["h"] };

export const gated: readonly Reference[] = [
  {
    cell: "GRU",
    params: full("r", "z", "n"),
    ...unit,
    step: (f) => {
      const before = f.previous("h");
      const r = logistics(sum(f, "r", before));
      const z = logistics(sum(f, "z", before));
      const n = tanhs(sum(f, "n", times(r, before)));
      return { h: blend(oneMinus(z), before, z, n) };
    },
  },
  {
    cell: "GRUCho",
    params: full("r", "z", "n"),
    ...unit,
    step: (f) => {
      const before = f.previous("h");
      const r = logistics(sum(f, "r", before));
      const z = logistics(sum(f, "z", before));
      const n = tanhs(sum(f, "n", times(r, before)));
      return { h: blend(z, before, oneMinus(z), n) };
    },
  },
  {
    cell: "GRUResetAfter",
    params: { ...full("r", "z", "n"), b_n_h: ["N"] },
    ...unit,
    step: (f) => {
      const before = f.previous("h");
      const r = logistics(sum(f, "r", before));
      const z = logistics(sum(f, "z", before));
      const recurrent = plus(
        product(f.matrix("R_n"), before),
        f.vector("b_n_h"),
      );
      const n = tanhs(plus(inputSum(f, "n"), times(r, recurrent)));
      return { h: blend(oneMinus(z), n, z, before) };
    },
  },
  {
    cell: "UpdateGateRNN",
    params: full("u", "candidate"),
    states: { c: ["N"] },
    outputs: ["c"],
    step: (f) => {
      const before = f.previous("c");
      const update = logistics(sum(f, "u", before));
      const candidate = tanhs(sum(f, "candidate", before));
      return { c: blend(update, candidate, oneMinus(update), before) };
    },
  },
  {
    cell: "MinimalGatedUnit",
    params: full("f", "n"),
    ...unit,
    step: (f) => {
      const before = f.previous("h");
      const gate = logistics(sum(f, "f", before));
      const n = tanhs(sum(f, "n", times(gate, before)));
      return { h: blend(oneMinus(gate), before, gate, n) };
    },
  },
  {
    cell: "MinGRU",
    params: inputOnly("z", "n"),
    ...unit,
    step: (f) => {
      const z = logistics(inputSum(f, "z"));
      return { h: blend(oneMinus(z), f.previous("h"), z, inputSum(f, "n")) };
    },
  },
  {
    cell: "MinLSTM",
    params: inputOnly("f", "i", "candidate"),
    ...unit,
    step: (f) => {
      const forget = logistics(inputSum(f, "f"));
      const take = logistics(inputSum(f, "i"));
      const both = plus(forget, take);
      const keep = forget.map((a, i) => a / both[i]!);
      const add = take.map((a, i) => a / both[i]!);
      return {
        h: blend(keep, f.previous("h"), add, inputSum(f, "candidate")),
      };
    },
  },
];
