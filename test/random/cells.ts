/**
 * Random valid cells. A cell is decoded from a list of small numbers: each choice of the grammar takes the next one, and when
 * the list is at its end every choice falls on its simplest branch. fast-check shrinks the list, and the cell with it.
 */
import fc from "fast-check";

type Kind = "vector" | "scalar" | "matrix";

const shapes: Readonly<Record<Kind, string>> = {
  vector: "[N]",
  scalar: "[]",
  matrix: "[N, N]",
};

const prefixes: Readonly<Record<Kind, string>> = {
  vector: "v",
  scalar: "s",
  matrix: "a",
};

class Decoder {
  #at = 0;
  #params: string[] = [];
  readonly #known: { readonly name: string; readonly kind: Kind }[] = [];
  #lagged: { readonly name: string; readonly kind: Kind }[] = [
    { name: "h", kind: "vector" },
  ];

  constructor(readonly genes: readonly number[]) {}

  #take(choices: number): number {
    const gene = this.genes[this.#at++] ?? 0;
    return gene % choices;
  }

  #choose<T>(from: readonly T[]): T {
    return from[this.#take(from.length)]!;
  }

  #param(shape: string): string {
    const name = `P${this.#params.length}`;
    this.#params.push(`param ${name}: ${shape}`);
    return name;
  }

  #now(kind: Kind): string | undefined {
    const names = this.#known.filter((value) => value.kind === kind);
    return names.length > 0 ? this.#choose(names).name : undefined;
  }

  #earlier(kind: Kind): string | undefined {
    const names = this.#lagged.filter((value) => value.kind === kind);
    return names.length > 0
      ? `${this.#choose(names).name}[t-${1 + this.#take(3)}]`
      : undefined;
  }

  #expression(kind: Kind, depth: number): string {
    if (kind === "vector") return this.#vector(depth);
    return kind === "scalar" ? this.#scalar(depth) : this.#matrix(depth);
  }

  #vector(depth: number): string {
    const leaf = (): string =>
      this.#choose([
        () => "h[t-1]",
        () => `${this.#param("[N, M]")} @ x`,
        () => this.#now("vector") ?? "h[t-2]",
        () => this.#earlier("vector")!,
        () => this.#param("[N]"),
        () => `embed(${this.#param("[N, N]")}, k)`,
        () => `${this.#param("[N, N]")} @ onehot(k)`,
        () => "m.T @ softmax(m @ h[t-1])",
        () => "c",
      ])();
    if (depth <= 0) return leaf();
    const v = (): string => this.#vector(depth - 1);
    const s = (): string => this.#scalar(depth - 1);
    return this.#choose([
      leaf,
      () => `tanh(${v()})`,
      () => `sigmoid(${v()})`,
      () => `(${v()} + ${v()})`,
      () => `(${v()} * ${v()})`,
      () => `(${v()} - ${v()})`,
      () => `${this.#param("[N, N]")} @ tanh(${v()})`,
      () => `(${s()} * ${v()})`,
      () => `softmax(${v()})`,
      () => `relu(${v()})`,
      () => `softplus(${v()})`,
      () => `(${v()} / (1 + square(${v()})))`,
      () => `max(${v()}, ${v()})`,
      () => `min(${v()}, ${s()})`,
      () => `where(${v()} > ${v()}, ${v()}, ${v()})`,
      () => `slice(concat(${v()}, ${v()}), 1, N + 1)`,
      () => `(${this.#matrix(depth - 1)}) @ tanh(${v()})`,
      () => `(${this.#matrix(depth - 1)}).T @ tanh(${v()})`,
      () => `rms_norm(${v()}, ${this.#param("[N]")})`,
      () => `sin(${v()})`,
      () => `abs(${v()})`,
      () => `exp(tanh(${v()}))`,
      () => `log1p(square(${v()}))`,
      () => `sqrt(1 + square(${v()}))`,
      () => `gelu(${v()})`,
      () => `softsign(${v()})`,
      () => `sum(${this.#matrix(depth - 1)})`,
      () => `stop_gradient(${v()})`,
      () => `clamp(${v()}, -0.7, 0.7)`,
      () => `-${v()}`,
      () => `layer_norm(${v()}, ${this.#param("[N]")}, ${this.#param("[N]")})`,
      () => `log_softmax(${v()})`,
      () => `normalize(${v()} + 2)`,
      () => `mean(${this.#matrix(depth - 1)})`,
      () => `logsumexp(${this.#matrix(depth - 1)})`,
      () => `max_of(${this.#matrix(depth - 1)})`,
      () => `(${s()} - ${v()}) * ones(N)`,
      () => `${v()} ^ 2`,
      () => `concat(slice(${v()}, 0, N - 1), slice(${v()}, N - 1, N))`,
      () => `mod(t + iota(N), 3) * ${v()}`,
      () => `elu(${v()})`,
      () => `hard_sigmoid(${v()})`,
      () => `square(${this.#param("[M, N]")}.T @ x)`,
      () => `mine(${v()}, ${s()})`,
      () => `leaky_relu(${v()})`,
      () => `leaky_relu(${v()}, 0.3)`,
      () => `elu(${v()}, 1.5)`,
      () => `selu(${v()})`,
      () => `silu(${v()})`,
      () => `log_sigmoid(${v()})`,
      () => `hard_tanh(${v()})`,
      () => `expm1(tanh(${v()}))`,
      () => `log(1 + abs(${v()}))`,
      () => `rsqrt(1 + square(${v()}))`,
      () => `(sign(${v()}) * ${v()})`,
      () => `floor(3 * ${v()})`,
      () => `cos(${v()})`,
      () => `erf(${v()})`,
      () => `reciprocal(2 + tanh(${v()}))`,
      () => `pow(1 + square(${v()}), tanh(${v()}))`,
      () => `max(${v()}, ${s()}, ${v()})`,
      () => `(max_of(${v()} * ${v()}) * ${v()})`,
      () => `min_of(${this.#matrix(depth - 1)} * ${this.#matrix(depth - 1)})`,
      () => `norm(${this.#matrix(depth - 1)})`,
      () => `var(${this.#matrix(depth - 1)})`,
      () => `normalize(${v()})`,
      () => `(${this.#condition(depth)} * ${v()})`,
      () => `where(${v()} == max_of(${v()}), ${v()}, ${s()})`,
      () => `(onehot(k) * ${v()})`,
      () => `(1 - iota(N) / N * ${v()})`,
      () => `(b * ${v()})`,
    ])();
  }

  #scalar(depth: number): string {
    const leaf = (): string =>
      this.#choose([
        () => "0.5",
        () => this.#now("scalar") ?? "1",
        () => this.#earlier("scalar") ?? "2",
        () => this.#param("[]"),
        () => "pick(h[t-1], k)",
        () => "cos(t)",
        () => "1 / sqrt(N)",
      ])();
    if (depth <= 0) return leaf();
    const v = (): string => this.#vector(depth - 1);
    return this.#choose([
      leaf,
      () => `dot(tanh(${v()}), tanh(${v()}))`,
      () => `sum(${v()})`,
      () => `mean(${v()})`,
      () => `max_of(${v()})`,
      () => `logsumexp(${v()})`,
      () => `tanh(${this.#scalar(depth - 1)})`,
      () => `(${this.#scalar(depth - 1)} + ${this.#scalar(depth - 1)})`,
      () => `total(tanh(${this.#matrix(depth - 1)}))`,
      () => `pick(${v()}, k)`,
      () => `var(${v()})`,
      () => `min_of(${v()} * ${v()})`,
      () => `norm(${v()})`,
      () => `max_of(outer(${v()}, ${v()}) @ (${v()}))`,
      () => `max(${this.#scalar(depth - 1)}, ${this.#scalar(depth - 1)})`,
      () => `sum(hardest(${v()}))`,
    ])();
  }

  /** 1 or 0 for each element. */
  #condition(depth: number): string {
    const v = (): string => this.#vector(depth - 1);
    return this.#choose([
      () => `where(${v()} >= ${v()}, 1, 0)`,
      () => `where(${v()} < 0 or not ${v()} <= 0.3, 1, 0)`,
      () => `where(${v()} != ${v()} and ${this.#scalar(depth - 1)} > 0, 1, 0)`,
    ])();
  }

  #matrix(depth: number): string {
    const leaf = (): string =>
      this.#choose([
        () => this.#param("[N, N]"),
        () => this.#now("matrix") ?? this.#param("[N, N]"),
        () => this.#earlier("matrix") ?? this.#param("[N, N]"),
      ])();
    if (depth <= 0) return leaf();
    const m = (): string => this.#matrix(depth - 1);
    return this.#choose([
      leaf,
      () =>
        `outer(tanh(${this.#vector(depth - 1)}), tanh(${this.#vector(depth - 1)}))`,
      () => `tanh(${m()})`,
      () => `(${m()} + ${m()})`,
      () => `(${m()} * ${m()})`,
      () => `(${this.#scalar(depth - 1)} * ${m()})`,
      () => `(${m()}) @ tanh(${m()})`,
      () => `(${m()}).T`,
      () => `softmax(${m()})`,
      () => `(${m()} + ${this.#vector(depth - 1)})`,
      () => `log_softmax(${m()})`,
      () => `normalize(${m()})`,
      () => `rms_norm(${m()}, ${this.#param("[N]")})`,
      () => `layer_norm(${m()}, ${this.#param("[N]")}, ${this.#param("[N]")})`,
      () => `max(${m()}, ${m()})`,
      () => `where(${m()} > ${m()}, ${m()}, ${m()})`,
      () => `relu(${m()})`,
      () => "X",
    ])();
  }

  /** Bounded, so that no sequence explodes. */
  #definition(kind: Kind): string {
    const bounded = this.#choose(["tanh", "sigmoid"]);
    if (kind === "vector" && this.#take(6) === 2)
      return `${bounded}(linear(${this.#choose(["x", "c"])}) + peephole(${this.#earlier("vector")!}))`;
    if (kind === "vector" && this.#take(3) === 1) {
      const sources = ["x", "h[t-1]", "h[t-2]", "c", "onehot(k)"];
      const chosen = sources.filter((_, i) => this.#take(2) === 1 || i === 0);
      return `${bounded}(affine(${chosen.join(", ")}))`;
    }
    return `${bounded}(${this.#expression(kind, this.#take(4))})`;
  }

  decode(): string {
    const lines: string[] = [];
    // Which definitions there are is drawn first, so that each may use all of them one step back.
    const kinds = Array.from(
      { length: this.#take(5) },
      () => (["vector", "scalar", "matrix"] as const)[this.#take(3)]!,
    );
    const named = kinds.map((kind, i) => ({
      name: `${prefixes[kind]}${i}`,
      kind,
    }));
    this.#lagged = [...this.#lagged, ...named];
    for (const value of named) {
      lines.push(
        `${value.name}: ${shapes[value.kind]} = ${this.#definition(value.kind)}`,
      );
      this.#known.push(value);
    }
    lines.push(`h = ${this.#definition("vector")}`);
    const outputs = [
      "h",
      ...named.filter(() => this.#take(2) === 1).map((v) => v.name),
    ];
    const start = this.#choose([
      () => "",
      () => " = 0.5",
      () => ` = ${this.#param("[N]")}`,
    ])();
    return [
      "fn mine(v, s) { d = v - mean(v)  return tanh(d * s) + d }",
      "fn hardest(v) = where(v == max_of(v), v, 0)",
      "cell Random {",
      "  input x: [M]",
      "  input k: token[N]",
      "  context m: [S, N]",
      "  context c: [N]",
      "  context e: [S]",
      "  input X: [N, N]",
      "  buffer b: [N]",
      `  state h: [N]${start}`,
      ...this.#params.map((line) => `  ${line}`),
      ...lines.map((line) => `  ${line}`),
      `  output ${outputs.join(", ")}`,
      "}",
    ].join("\n");
  }
}

/** Source text of a valid cell named `Random`; its sizes are M, N and S. */
export const randomCell: fc.Arbitrary<string> = fc
  .array(fc.nat({ max: 5039 }), { maxLength: 100, size: "max" })
  .map((genes) => new Decoder(genes).decode());

const size = fc.constantFrom(1, 2, 3, 5, 8);

/** How a random cell is run. */
export const randomSetting = fc.record({
  sizes: fc.record({ M: size, N: size, S: size }),
  steps: fc.integer({ min: 1, max: 4 }),
  batch: fc.integer({ min: 1, max: 3 }),
  lengths: fc.boolean(),
  empty: fc.boolean(),
});
