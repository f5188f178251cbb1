/**
 * The published equations, written by hand with plain loops, as the independent meaning of the library of cells.
 * Nothing here knows the compiler: a reference is a function from one step's numbers to the next.
 */

export type Vector = readonly number[];
export type Matrix = readonly Vector[];
export type Value = number | Vector | Matrix;

/** Everything that one step of one batch entry may look at. */
export interface Frame {
  readonly sizes: Readonly<Record<string, number>>;
  /** Number of the step. */
  readonly t: number;
  number(name: string): number;
  vector(name: string): Vector;
  matrix(name: string): Matrix;
  /** The value of a state `lag` steps ago. */
  previous(name: string, lag?: number): Vector;
  previousNumber(name: string): number;
  previousMatrix(name: string): Matrix;
}

export interface Reference {
  readonly cell: string;
  /** Parameters with their shapes, sizes by name: the names that the language documents. */
  readonly params: Readonly<Record<string, readonly string[]>>;
  /** States with their shapes. */
  readonly states: Readonly<Record<string, readonly string[]>>;
  /** Steps that a state reaches back; 1 where it is missing. */
  readonly lags?: Readonly<Record<string, number>>;
  /** Initial values that are not zero, where the caller gives none. */
  readonly start?: (frame: Frame) => Readonly<Record<string, Value>>;
  readonly outputs: readonly string[];
  /** Values of this step: all outputs and all states. */
  step(frame: Frame): Readonly<Record<string, Value>>;
}

/** W x */
export function product(W: Matrix, x: Vector): number[] {
  const y: number[] = [];
  for (const row of W) {
    let sum = 0;
    for (let j = 0; j < x.length; j++) sum += row[j]! * x[j]!;
    y.push(sum);
  }
  return y;
}

/** Wᵀ x */
export function transposed(W: Matrix, x: Vector): number[] {
  const y: number[] = Array.from(W[0]!, () => 0);
  for (let i = 0; i < W.length; i++)
    for (let j = 0; j < y.length; j++) y[j]! += W[i]![j]! * x[i]!;
  return y;
}

export const plus = (...vectors: readonly Vector[]): number[] =>
  vectors[0]!.map((_, i) => {
    let sum = 0;
    for (const v of vectors) sum += v[i]!;
    return sum;
  });

export const times = (a: Vector, b: Vector): number[] =>
  a.map((value, i) => value * b[i]!);

export const logistic = (a: number): number => 1 / (1 + Math.exp(-a));

export const logistics = (v: Vector): number[] => v.map(logistic);

export const tanhs = (v: Vector): number[] => v.map(Math.tanh);

/** keep ⊙ old + take ⊙ candidate */
export const blend = (
  keep: Vector,
  old: Vector,
  take: Vector,
  candidate: Vector,
): number[] => plus(times(keep, old), times(take, candidate));

export const oneMinus = (v: Vector): number[] => v.map((a) => 1 - a);

export function softmax(v: Vector): number[] {
  const largest = Math.max(...v);
  const powers = v.map((a) => Math.exp(a - largest));
  let sum = 0;
  for (const power of powers) sum += power;
  return powers.map((power) => power / sum);
}

/** Where an attention finds its mask: `noMask` for cells that have none. */
export type Mask = (f: Frame) => Vector | undefined;
export const noMask: Mask = () => undefined;
export const givenMask: Mask = (f) => f.vector("mask");

/** Weights of attention; rows whose mask is not above zero are left out, as if they were not there. */
export function attention(scores: Vector, mask?: Vector): number[] {
  const rows = [...scores.keys()].filter((i) => !mask || mask[i]! > 0);
  const weights = softmax(rows.map((i) => scores[i]!));
  return scores.map((_, i) => weights[rows.indexOf(i)] ?? 0);
}

/** (v − mean) / √(variance + 1e-5) · gain + bias, the variance divided by the number of elements. */
export function normalised(v: Vector, gain: Vector, bias: Vector): number[] {
  let mean = 0;
  for (const a of v) mean += a / v.length;
  let variance = 0;
  for (const a of v) variance += (a - mean) ** 2 / v.length;
  return v.map(
    (a, i) => ((a - mean) / Math.sqrt(variance + 1e-5)) * gain[i]! + bias[i]!,
  );
}
