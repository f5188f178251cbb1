/** Units with dropout or zoneout inside the recurrence. */
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

const params = (...names: string[]): Record<string, string[]> =>
  Object.fromEntries(
    names.flatMap((d) => [
      [`W_${d}`, ["N", "M"]],
      [`R_${d}`, ["N", "N"]],
      [`b_${d}`, ["N"]],
    ]),
  );

const unit = { states: { h: ["N"] }, outputs: ["h"] };
const lstm = {
  params: params("i", "f", "o", "g"),
  states: { h: ["N"], c: ["N"] },
  outputs: ["h"],
};
const gru = { params: params("r", "z", "n"), ...unit };

/** The new cell and the output gate, from a source that stands for h of the step before. */
function lstmStep(f: Frame, source: Vector): { c: number[]; o: number[] } {
  const gate = (d: string): number[] => logistics(sum(f, d, source));
  const g = tanhs(sum(f, "g", source));
  return { c: blend(gate("f"), f.previous("c"), gate("i"), g), o: gate("o") };
}

/** The new state of a GRU whose gates and candidate see `source`. */
function gruStep(f: Frame, source: Vector): number[] {
  const r = logistics(sum(f, "r", source));
  const z = logistics(sum(f, "z", source));
  const n = tanhs(sum(f, "n", times(r, source)));
  return blend(oneMinus(z), f.previous("h"), z, n);
}

const masked = (f: Frame): number[] => times(f.vector("mask"), f.previous("h"));

export const regularized: readonly Reference[] = [
  {
    cell: "VariationalLSTM",
    ...lstm,
    step: (f) => {
      const { c, o } = lstmStep(f, masked(f));
      return { c, h: times(o, tanhs(c)) };
    },
  },
  {
    cell: "VariationalGRU",
    ...gru,
    step: (f) => ({ h: gruStep(f, masked(f)) }),
  },
  {
    cell: "VariationalElman",
    params: params("h"),
    ...unit,
    step: (f) => ({ h: tanhs(sum(f, "h", masked(f))) }),
  },
  {
    cell: "ZoneoutLSTM",
    ...lstm,
    step: (f) => {
      const before = f.previous("h");
      const { c, o } = lstmStep(f, before);
      const [keepC, keepH] = [f.vector("keep_c"), f.vector("keep_h")];
      return {
        c: blend(keepC, f.previous("c"), oneMinus(keepC), c),
        h: blend(keepH, before, oneMinus(keepH), times(o, tanhs(c))),
      };
    },
  },
  {
    cell: "ZoneoutGRU",
    ...gru,
    step: (f) => {
      const before = f.previous("h");
      const keep = f.vector("keep_h");
      return { h: blend(keep, before, oneMinus(keep), gruStep(f, before)) };
    },
  },
];
