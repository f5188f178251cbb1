/**
 * Random cells with branches of `where` that are never taken, as conditions show only when they are computed.
 * `bad(v)`, which only such branches call, is left to whoever completes the text.
 */
import fc from "fast-check";

/** Infinite, or no number, wherever it is computed: in its value, its derivative or both. */
export const poisons = [
  "sqrt(-1 - square(v))",
  "log(-1 - square(v))",
  "1 / (v - v)",
  "(-1 - square(v)) ^ 0.5",
  "exp(1000 + square(v))",
  "rsqrt(0 * v)",
  "sqrt(0 * v)",
  "log1p(-1 - square(v))",
  "(1 + square(v)) * 1e38 * 1e38 * 1e300",
] as const;

/** As finite as can be, and without a derivative. */
export const harmless = "stop_gradient(tanh(v))";

class Decoder {
  #at = 0;

  constructor(readonly genes: readonly number[]) {}

  #choose(from: readonly (() => string)[]): string {
    return from[(this.genes[this.#at++] ?? 0) % from.length]!();
  }

  /** Never holds. */
  #condition(depth: number): string {
    return this.#choose([
      () => `tanh(${this.vector(depth)}) > 2`,
      () => `tanh(${this.number(depth)}) > 2`,
      () => `sigmoid(${this.vector(depth)}) < 0 and x > 0`,
      () => "x > 0 and x < -1",
      () => "m > 0 and m < -1",
    ]);
  }

  vector(depth: number): string {
    if (depth <= 0)
      return this.#choose([
        () => "x",
        () => "h[t-1]",
        () => "(W @ x)",
        () => "p",
        () => "(R @ h[t-1])",
        () => "(1 + square(p))",
      ]);
    const v = (): string => this.vector(depth - 1);
    return this.#choose([
      () => this.#choice(depth, v),
      () => this.#choice(depth, v),
      () => `tanh(${v()})`,
      () => `(${v()} + ${v()})`,
      () => `(${v()} * ${v()})`,
      () => `(W @ ${v()})`,
      () => `(${this.number(depth - 1)} * ${v()})`,
      () => `softmax(${v()})`,
      () => `sum(${this.matrix(depth - 1)})`,
      () => `(${this.matrix(depth - 1)} @ ${v()})`,
      () => `slice(concat(${v()}, ${v()}), 1, N + 1)`,
      () => `relu(${v()})`,
      () => `layer_norm(${v()}, p, x)`,
    ]);
  }

  #choice(depth: number, finite: () => string): string {
    const condition = this.#condition(depth - 1);
    const bad = this.#choose([
      () => `bad(${finite()})`,
      () => `(W @ bad(${finite()}))`,
      () => `tanh(R @ bad(${finite()}))`,
      () => `(sum(bad(${finite()})) * ${finite()})`,
      () => `(${finite()} / bad(${finite()}))`,
      () => `softmax(bad(${finite()}))`,
      () => `sum(outer(bad(${finite()}), ${finite()}))`,
      () => `(bad(W) @ ${finite()})`,
      () => `max_of(outer(${finite()}, bad(${finite()})))`,
    ]);
    return this.#choose([
      () => `where(${condition}, ${bad}, ${finite()})`,
      () => `where(not (${condition}), ${finite()}, ${bad})`,
    ]);
  }

  number(depth: number): string {
    if (depth <= 0) return this.#choose([() => "m", () => "0.5"]);
    return this.#choose([
      () => `sum(${this.vector(depth - 1)})`,
      () => `where(m > 0 and m < -1, sum(bad(${this.vector(depth - 1)})), m)`,
      () => `dot(${this.vector(depth - 1)}, p)`,
    ]);
  }

  matrix(depth: number): string {
    if (depth <= 0) return this.#choose([() => "W", () => "tanh(R)"]);
    const v = (): string => this.vector(depth - 1);
    return this.#choose([
      () => `outer(${v()}, ${v()})`,
      () =>
        `where(outer(x, ones(N)) > 0 and outer(x, ones(N)) < -1, outer(bad(${v()}), ${v()}) @ bad(W), W)`,
      () =>
        `where(m > 0 and m < -1, bad(${this.matrix(depth - 1)}).T @ W, ${this.matrix(depth - 1)})`,
      () => `(${this.matrix(depth - 1)} * W)`,
    ]);
  }
}

/** The items of a cell. */
export const poisonedItems: fc.Arbitrary<string> = fc
  .array(fc.nat({ max: 89 }), { maxLength: 50 })
  .map((genes) => {
    const decoder = new Decoder([...genes]);
    return `input x: [N], m: []  param W, R: [N, N]  param p: [N]  state h: [N]
      y = ${decoder.vector(2)}
      h = tanh(${decoder.vector(3)})
      output h, y`;
  });
