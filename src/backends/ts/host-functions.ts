/** Functions of the host code that every module has, as source text. */
import type { SourceFunction } from "./micro-kernels.js";

export const hostFunctions: Readonly<
  Record<string, SourceFunction & { readonly result: string }>
> = {
  grow: {
    doc: ["The array, or a longer one where it is too short."],
    parameters: [
      ["array", "Floats"],
      ["length", "number"],
      ["Floats", "Float32ArrayConstructor | Float64ArrayConstructor"],
    ],
    result: "Floats",
    body: "return array.length >= length ? array : new Floats(length);",
  },
  growTokens: {
    doc: ["As `grow`, for tokens."],
    parameters: [
      ["array", "Int32Array"],
      ["length", "number"],
    ],
    result: "Int32Array",
    body: "return array.length >= length ? array : new Int32Array(length);",
  },
  readLast: {
    doc: [
      "Copies what each entry has `shift` steps before the end of its own sequence.",
      "`history` is [shift + lag + T, B, width].",
    ],
    parameters: [
      ["last", "Floats | Int32Array"],
      ["history", "Floats | Int32Array"],
      ["width", "number"],
      ["shift", "number"],
      ["T", "number"],
      ["B", "number"],
      ["lengths", "Int32Array | null"],
    ],
    result: "void",
    body: `for (let b = 0; b < B; b++) {
  const steps = lengths ? lengths[b] : T;
  const from = ((steps + shift) * B + b) * width;
  for (let i = 0; i < width; i++) {
    last[b * width + i] = history[from + i];
  }
}`,
  },
  clearFinished: {
    doc: ["Zeros for entries whose sequence is over, in the steps from … to."],
    parameters: [
      ["array", "Floats | Int32Array"],
      ["width", "number"],
      ["lead", "number"],
      ["from", "number"],
      ["to", "number"],
      ["B", "number"],
      ["lengths", "Int32Array | null"],
    ],
    result: "void",
    body: `if (!lengths) return;
for (let b = 0; b < B; b++) {
  for (let t = Math.max(from, lengths[b]); t < to; t++) {
    const start = ((lead + t) * B + b) * width;
    array.fill(0, start, start + width);
  }
}`,
  },
  presentRows: {
    doc: [
      "Rows t · B + b of the steps of each entry: from … to, from … to, each as long as it can be.",
    ],
    parameters: [
      ["lengths", "Int32Array | null"],
      ["T", "number"],
      ["B", "number"],
    ],
    result: "Int32Array",
    body: `if (!lengths) return Int32Array.of(0, T * B);
const runs = new Int32Array(T * B + 1);
let length = 0;
for (let t = 0; t < T; t++) {
  for (let b = 0; b < B; b++) {
    if (t >= lengths[b]) continue;
    const r = t * B + b;
    if (length === 0 || runs[length - 1] !== r) {
      runs[length] = r;
      length += 2;
    }
    runs[length - 1] = r + 1;
  }
}
return runs.subarray(0, length);`,
  },
  arrive: {
    doc: [
      "Fills the rows from … to of what steps send back, where no step computes them: the cotangents of the",
      "final values (the last one first), and zeros.",
    ],
    parameters: [
      ["back", "Floats"],
      ["finals", "readonly Floats[]"],
      ["width", "number"],
      ["from", "number"],
      ["to", "number"],
      ["T", "number"],
      ["B", "number"],
      ["lengths", "Int32Array | null"],
    ],
    result: "void",
    body: `for (let b = 0; b < B; b++) {
  const steps = lengths ? lengths[b] : T;
  for (let t = Math.max(from, steps); t < to; t++) {
    const final = finals[steps + finals.length - t - 1];
    const start = (t * B + b) * width;
    for (let i = 0; i < width; i++) {
      back[start + i] = final ? final[b * width + i] : 0;
    }
  }
}`,
  },
  addRows: {
    doc: ["Adds `length` elements of `from`, beginning at `start`."],
    parameters: [
      ["to", "Floats"],
      ["from", "Floats"],
      ["start", "number"],
      ["length", "number"],
    ],
    result: "void",
    body: `for (let i = 0; i < length; i++) {
  to[i] += from[start + i];
}`,
  },
};
