/** Starting values of parameters from a seed: the same numbers on every machine and backend. */
import { elements } from "./check.js";
import type { InitializerInfo } from "./info.js";
import type { Floats } from "./kernel.js";

/** Uniform numbers in [0, 1): sfc32 (Doty-Humphrey's small fast chaotic generator). */
export function randomNumbers(seed: string): () => number {
  let [a, b, c, counter] = [hash(seed, 0), hash(seed, 1), hash(seed, 2), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

/** FNV-1a over the UTF-16 units, with a final mix. */
function hash(text: string, salt: number): number {
  let value = 2166136261 ^ Math.imul(salt + 1, 0x9e3779b9);
  for (let i = 0; i < text.length; i++)
    value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return value ^ (value >>> 13);
}

/** Standard normal numbers (Box and Muller, 1958). */
const normalNumbers = (random: () => number) => (): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/**
 * Fills `array` (row-major, of the given shape). A matrix `[rows, columns]` takes `columns` numbers in
 * and puts `rows` out; a vector counts as a matrix of one column.
 */
export function initialize(
  array: Floats,
  shape: readonly number[],
  initializer: InitializerInfo,
  random: () => number,
): void {
  const [rows = 1, columns = 1] = shape;
  const normal = normalNumbers(random);
  switch (initializer.kind) {
    case "constant":
      array.fill(initializer.value);
      return;
    case "uniform": {
      const { from, to } = initializer;
      each(array, () => from + (to - from) * random());
      return;
    }
    case "normal":
      each(array, () => initializer.mean + initializer.sd * normal());
      return;
    // Glorot and Bengio, 2010: uniform within ±√(6 / (in + out)).
    case "glorot": {
      const limit = Math.sqrt(6 / (rows + columns));
      each(array, () => limit * (2 * random() - 1));
      return;
    }
    // He et al., 2015: normal with variance 2 / in.
    case "he": {
      const sd = Math.sqrt(2 / columns);
      each(array, () => sd * normal());
      return;
    }
    case "orthogonal":
      orthogonal(array, rows, elements(shape) / rows, normal);
  }
}

function each(array: Floats, next: () => number): void {
  for (let i = 0; i < array.length; i++) array[i] = next();
}

/**
 * Orthonormal rows, or columns where there are fewer of them (Saxe, McClelland, Ganguli, 2014).
 * Gram–Schmidt, done twice for each vector so that rounding does not add up.
 */
function orthogonal(
  array: Floats,
  rows: number,
  columns: number,
  normal: () => number,
): void {
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, normal);
    for (const other of [...vectors, ...vectors]) {
      const overlap = dot(vector, other);
      for (let i = 0; i < length; i++) vector[i]! -= overlap * other[i]!;
    }
    const norm = Math.sqrt(dot(vector, vector));
    // A draw that (nearly) lies in the span of the others is drawn again.
    if (norm < 1e-6) continue;
    vectors.push(vector.map((x) => x / norm));
  }
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      array[i * columns + j] =
        rows <= columns ? vectors[i]![j]! : vectors[j]![i]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
