/** Pieces of WAT for the micro-kernels. Addresses, strides and counts are i32 locals. */

export interface MicroKernel {
  readonly wat: (relaxed: boolean) => string;
  /** Other micro-kernels that this one calls. */
  readonly uses: readonly string[];
}

/** Columns of the result in one panel. */
export const panelColumns = 8;

export type Wat = string;

export const upTo = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => i);
export const get = (name: string): Wat => `(local.get $${name})`;
export const set = (name: string, value: Wat): Wat =>
  `(local.set $${name} ${value})`;
export const int = (value: number): Wat => `(i32.const ${value})`;
export const plus = (a: Wat, b: Wat): Wat => `(i32.add ${a} ${b})`;
export const minus = (a: Wat, b: Wat): Wat => `(i32.sub ${a} ${b})`;
export const times = (a: Wat, b: Wat): Wat => `(i32.mul ${a} ${b})`;
export const twice = (a: Wat, times: number): Wat =>
  `(i32.shl ${a} ${int(times)})`;
export const half = (a: Wat, times: number): Wat =>
  `(i32.shr_u ${a} ${int(times)})`;
export const masked = (a: Wat, mask: number): Wat =>
  `(i32.and ${a} ${int(mask)})`;
export const below = (a: Wat, b: Wat): Wat => `(i32.lt_s ${a} ${b})`;
export const smaller = (a: Wat, b: Wat): Wat =>
  `(select ${a} ${b} ${below(a, b)})`;
/** local += amount. */
export const bump = (name: string, amount: Wat): Wat =>
  set(name, plus(get(name), amount));
export const call = (name: string, ...args: Wat[]): Wat =>
  `(call $${name} ${args.join(" ")})`;
export const when = (condition: Wat, ...body: Wat[]): Wat =>
  `(if ${condition} (then\n${body.join("\n")}))`;
export const either = (condition: Wat, yes: Wat[], no: Wat[]): Wat =>
  `(if ${condition} (then\n${yes.join("\n")}) (else\n${no.join("\n")}))`;

/** `count` times, which the local is counted down for; the body may run no time at all. */
export const countDown = (count: string, ...body: Wat[]): Wat =>
  when(
    get(count),
    `(loop $${count}_loop`,
    ...body,
    `(br_if $${count}_loop (local.tee $${count} ${minus(get(count), int(1))})))`,
  );

export const load = (address: Wat, offset = 0): Wat =>
  `(v128.load offset=${offset} align=4 ${address})`;
export const store = (address: Wat, value: Wat, offset = 0): Wat =>
  `(v128.store offset=${offset} align=4 ${address} ${value})`;
export const loadFloat = (address: Wat): Wat => `(f32.load ${address})`;
export const storeFloat = (address: Wat, value: Wat, offset = 0): Wat =>
  `(f32.store offset=${offset} ${address} ${value})`;
export const splat = (address: Wat, offset = 0): Wat =>
  `(v128.load32_splat offset=${offset} ${address})`;
export const storeLane = (address: Wat, value: Wat, lane: number): Wat =>
  `(v128.store32_lane ${lane} ${address} ${value})`;
export const sum = (a: Wat, b: Wat): Wat => `(f32x4.add ${a} ${b})`;
export const zero: Wat = "(v128.const i32x4 0 0 0 0)";

/** sum += a·b, in one rounding or two. */
export const accumulate = (
  name: string,
  a: Wat,
  b: Wat,
  relaxed: boolean,
): Wat =>
  set(
    name,
    relaxed
      ? `(f32x4.relaxed_madd ${a} ${b} ${get(name)})`
      : `(f32x4.add ${get(name)} (f32x4.mul ${a} ${b}))`,
  );

export const procedure = (
  name: string,
  parameters: readonly string[],
  locals: { readonly i32: readonly string[]; readonly v128: readonly string[] },
  body: readonly Wat[],
): string =>
  [
    `(func $${name} ${parameters.map((each) => `(param $${each} i32)`).join(" ")}`,
    ...locals.i32.map((each) => `(local $${each} i32)`),
    ...locals.v128.map((each) => `(local $${each} v128)`),
    ...body,
    ")",
  ].join("\n");
