/**
 * Products with one-hot vectors as WAT: columns and rows of a matrix at the tokens of the rows. Strides and addresses in bytes; `ts` from one token to the next.
 */
import { add, constant, countUp, get, set, when } from "./wat.js";
import type { Wat } from "./wat.js";

interface RowMove {
  /** What moves from row to row besides the tokens. */
  readonly at: string;
  readonly stride: string;
}

/** `body` for every row, with its token in `token`. */
const eachRow = (
  name: string,
  parameters: readonly string[],
  locals: readonly string[],
  move: RowMove,
  body: readonly Wat[],
): string =>
  [
    `(func $${name} ${parameters.map((each) => `(param $${each} i32)`).join(" ")}`,
    `  ${["token", "r", "i", ...locals].map((each) => `(local $${each} i32)`).join(" ")}`,
    countUp("r", constant(0), get("R"), 1, [
      set("token", `(i32.load ${get("tokens")})`),
      ...body,
      set(move.at, add(get(move.at), get(move.stride))),
      set("tokens", add(get("tokens"), get("ts"))),
    ]),
    ")",
  ].join("\n");

/** to[i] = (add ? to[i] : 0) + from[i] for `n` numbers that lie side by side. */
const moveRow = `(func $move_row (param $to i32) (param $from i32) (param $n i32) (param $add i32)
  (local $i i32) (local $value v128) (local $left i32)
  (local.set $n (i32.shl (local.get $n) (i32.const 2)))
${countUp("i", constant(0), `(i32.and ${get("n")} ${constant(-16)})`, 16, [
  `(local.set $value (v128.load (i32.add (local.get $from) (local.get $i))))`,
  when(get("add"), [
    `(local.set $value (f32x4.add (v128.load (i32.add (local.get $to) (local.get $i))) (local.get $value)))`,
  ]),
  `(v128.store (i32.add (local.get $to) (local.get $i)) (local.get $value))`,
])}
  (local.set $left (i32.shr_u (i32.sub (local.get $n) (local.get $i)) (i32.const 2)))
  (local.set $value (v128.load (i32.add (local.get $from) (local.get $i))))
${when(get("add"), [
  `(local.set $value (f32x4.add (v128.load (i32.add (local.get $to) (local.get $i))) (local.get $value)))`,
])}
  (call $store_left (i32.add (local.get $to) (local.get $i)) (local.get $value) (local.get $left)))`;

/** Stores the first `left` lanes: none to three. */
const storeLeft = `(func $store_left (param $at i32) (param $value v128) (param $left i32)
  (if (i32.and (local.get $left) (i32.const 2))
    (then
      (v128.store64_lane 0 (local.get $at) (local.get $value))
      (if (i32.and (local.get $left) (i32.const 1))
        (then (v128.store32_lane offset=8 2 (local.get $at) (local.get $value)))))
    (else
      (if (local.get $left)
        (then (v128.store32_lane 0 (local.get $at) (local.get $value)))))))`;

const strided = (to: Wat, toBy: Wat, from: Wat, fromBy: Wat): Wat[] => [
  set("to", to),
  set("from", from),
  countUp("i", constant(0), get("N"), 1, [
    `(f32.store ${get("to")} (f32.add (select (f32.load ${get("to")}) (f32.const 0) ${get("add")}) (f32.load ${get("from")})))`,
    set("to", add(get("to"), toBy)),
    set("from", add(get("from"), fromBy)),
  ]),
];

const tokenTimes = (bytes: Wat): Wat => `(i32.mul ${get("token")} ${bytes})`;
const shifted = (elements: string): Wat =>
  `(i32.shl ${get(elements)} ${constant(2)})`;
const four = constant(4);

export const gathers: Readonly<
  Record<string, { readonly wat: string; readonly uses: readonly string[] }>
> = {
  store_left: { wat: storeLeft, uses: [] },
  move_row: { wat: moveRow, uses: ["store_left"] },
  /** y[r, n] = w[n, token r] */
  gather_columns: {
    wat: eachRow(
      "gather_columns",
      ["y", "ys", "tokens", "ts", "w", "R", "N", "K", "add"],
      ["to", "from"],
      { at: "y", stride: "ys" },
      strided(get("y"), four, add(get("w"), tokenTimes(four)), shifted("K")),
    ),
    uses: [],
  },
  /** y[r, n] = w[token r, n] */
  gather_rows: {
    wat: eachRow(
      "gather_rows",
      ["y", "ys", "tokens", "ts", "w", "R", "N", "add"],
      [],
      { at: "y", stride: "ys" },
      [
        `(call $move_row ${get("y")} ${add(get("w"), tokenTimes(shifted("N")))} ${get("N")} ${get("add")})`,
      ],
    ),
    uses: ["move_row"],
  },
};
