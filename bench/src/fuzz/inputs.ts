/**
 * Inputs for the compiler that nobody would write: mutated specs, soups of tokens, and bytes. Input `index` of seed `seed` is
 * always the same, so that a failure is two numbers.
 */

/** Mulberry32. */
export function randomNumbers(seed: number): () => number {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const words = [
  "cell",
  "extends",
  "import",
  "from",
  "const",
  "fn",
  "return",
  "input",
  "context",
  "state",
  "param",
  "buffer",
  "fix",
  "gate",
  "output",
  "token",
  "t",
  "A",
  "B",
  "N",
  "M",
  "x",
  "h",
  "c",
  "W_h",
  "[N]",
  "[N, M]",
  "[]",
  "[t-1]",
  "[t-2]",
  "[t-99999999999]",
  "[t+1]",
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  ",",
  ":",
  "=",
  "~",
  "+",
  "-",
  "*",
  "/",
  "^",
  "@",
  ".T",
  ".",
  "<",
  ">=",
  "==",
  "!=",
  "and",
  "or",
  "not",
  "where(",
  "affine(",
  "linear(",
  "peephole(",
  "coupled(",
  "tanh(",
  "sum(",
  "slice(",
  "concat(",
  "onehot(",
  "layer_norm(",
  "softmax(",
  "outer(",
  "iota(",
  "normal(0, 1)",
  "glorot",
  "0",
  "1",
  "1e-5",
  "1e999",
  "0.0",
  "3.",
  "pi",
  '"./other.cell"',
  '"',
  "//",
  "///",
  "/*",
  "\n",
  "é",
  "𝛼",
  "\u0000",
  "\ufeff",
];

type Random = () => number;

const below = (random: Random, n: number): number => Math.floor(random() * n);

const choose = <T>(random: Random, from: readonly T[]): T =>
  from[below(random, from.length)]!;

const soup = (random: Random): string =>
  Array.from({ length: 1 + below(random, 120) }, () =>
    choose(random, words),
  ).join(random() < 0.5 ? " " : "");

/** The soup inside a cell, so that it meets the later stages more often. */
const soupCell = (random: Random): string =>
  `cell Soup { input x: [M] state h: [N] h = tanh(affine(x, h[t-1])) ${soup(random)} output h }`;

function bytes(random: Random): string {
  const buffer = Uint8Array.from({ length: below(random, 400) }, () =>
    below(random, 256),
  );
  return new TextDecoder("utf-8").decode(buffer);
}

/** Brackets, operators and declarations, far more of them than any cell has. */
function heap(random: Random): string {
  const count = choose(random, [10, 100, 1000, 20000]);
  const expression = choose(random, [
    () => "(".repeat(count) + "x" + ")".repeat(count),
    () => "-".repeat(count) + "x",
    () => "tanh(".repeat(count) + "x" + ")".repeat(count),
    () => "x" + "+x".repeat(count),
    () => "x" + "^x".repeat(count),
    () => "x" + ".T".repeat(count),
    () => "[".repeat(count),
  ])();
  return choose(random, [
    () => `cell Heap { input x: [N] state h: [N] h = ${expression} output h }`,
    () => `cell Heap { input x: [N${"+N".repeat(count)}] output x }`,
    () => "{".repeat(count),
    () => "cell A { ".repeat(Math.min(count, 1000)),
    () =>
      Array.from(
        { length: Math.min(count, 1000) },
        (_, i) => `v${i} = v${i + 1}`,
      )
        .join(" ")
        .replace(/^/, "cell Heap { input x: [N] ") + " output v0 }",
    () =>
      Array.from(
        { length: Math.min(count, 200) },
        (_, i) => `cell C${i} extends C${i + 1} { }`,
      ).join("\n"),
    () =>
      Array.from(
        { length: Math.min(count, 40) },
        (_, i) => `fn f${i + 1}(a) = f${i}(f${i}(a))`,
      ).join("\n") +
      ` fn f0(a) = a + 1 cell Heap { input x: [N] y = f${Math.min(count, 40)}(x) output y }`,
  ])();
}

function mutate(random: Random, spec: string): string {
  let text = spec;
  const edits = 1 + below(random, 4);
  for (let edit = 0; edit < edits; edit++) {
    const at = below(random, text.length + 1);
    const end = Math.min(text.length, at + below(random, 30));
    text = choose(random, [
      () => text.slice(0, at) + text.slice(end),
      () => text.slice(0, at) + choose(random, words) + text.slice(at),
      () => text.slice(0, at) + choose(random, words) + text.slice(end),
      () => text.slice(0, end) + text.slice(at),
      () => text.slice(0, at),
      () =>
        text.slice(0, at) +
        text.slice(at).replace(/\w+/, choose(random, words)),
      () => swapNames(random, text),
      () =>
        text.slice(0, at) +
        String.fromCharCode(below(random, 0x3000)) +
        text.slice(at),
    ])();
  }
  return text;
}

/** One identifier in the place of another: still a cell, but seldom a right one. */
function swapNames(random: Random, text: string): string {
  const names = text.match(/[A-Za-z_]\w*/g) ?? ["x"];
  const [from, to] = [choose(random, names), choose(random, names)];
  return text.replace(new RegExp(`\\b${from}\\b`), to);
}

/** Input number `index` of `seed`, made from `specs`. */
export function fuzzInput(
  seed: number,
  index: number,
  specs: readonly string[],
): string {
  const random = randomNumbers(
    Math.imul(seed, 0x9e3779b1) ^ (index * 2654435761),
  );
  const kind = random();
  if (kind < 0.7) return mutate(random, choose(random, specs));
  if (kind < 0.8) return soup(random);
  if (kind < 0.9) return soupCell(random);
  if (kind < 0.95) return bytes(random);
  return heap(random);
}
