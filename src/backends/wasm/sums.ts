/**
 * Sums over rows as WAT, over the runs of rows that belong to sequences, and in parts: what 64 rows or more add up
 * to is added to the whole with what rounding took from the sums before (Kahan, 1965), so that a sum over any number
 * of rows is about as exact as one over 64. `part` and `lost` are arrays beside `y`; 0 where there are few rows.
 */
import { longRows } from "../../runtime/wasm/description.js";
import { add, constant, countUp, get, set, subtract, when } from "./wat.js";
import type { Wat } from "./wat.js";

const four = constant(4);
const bytesOf = (elements: Wat): Wat => `(i32.shl ${elements} ${constant(2)})`;

/** to[i] += from[i], exactly but for the last rounding; `lost` holds what has been rounded away so far. */
const addExactly = (store: (at: string, value: Wat) => Wat): Wat[] => [
  set(
    "value",
    `(f32x4.sub (v128.load ${add(get("from"), get("i"))}) (v128.load ${add(get("lost"), get("i"))}))`,
  ),
  set("before", `(v128.load ${add(get("to"), get("i"))})`),
  set("sum", `(f32x4.add ${get("before")} ${get("value")})`),
  store("to", get("sum")),
  store(
    "lost",
    `(f32x4.sub (f32x4.sub ${get("sum")} ${get("before")}) ${get("value")})`,
  ),
];

const addExactlyText = `(func $add_exactly (param $to i32) (param $from i32) (param $lost i32) (param $n i32)
  (local $i i32) (local $left i32) (local $value v128) (local $before v128) (local $sum v128)
${set("n", bytesOf(get("n")))}
${countUp(
  "i",
  constant(0),
  `(i32.and ${get("n")} ${constant(-16)})`,
  16,
  addExactly((at, value) => `(v128.store ${add(get(at), get("i"))} ${value})`),
)}
${set("left", `(i32.shr_u ${subtract(get("n"), get("i"))} ${constant(2)})`)}
${when(
  get("left"),
  addExactly(
    (at, value) =>
      `(call $store_left ${add(get(at), get("i"))} ${value} ${get("left")})`,
  ),
)})`;

/** As `add_exactly`, and begins the part anew. */
const fold = `(func $fold (param $to i32) (param $part i32) (param $lost i32) (param $n i32)
  (call $add_exactly ${["to", "part", "lost", "n"].map(get).join(" ")})
  (memory.fill ${get("part")} ${constant(0)} ${bytesOf(get("n"))}))`;

/** `body` for the rows `from` … `to` of every run. */
const eachRun = (body: readonly Wat[]): Wat =>
  countUp("i", constant(0), get("count"), 1, [
    set("at", add(get("runs"), `(i32.shl ${get("i")} ${constant(3)})`)),
    set("from", `(i32.mul (i32.load ${get("at")}) ${get("inner")})`),
    set("to", `(i32.mul (i32.load offset=4 ${get("at")}) ${get("inner")})`),
    ...body,
  ]);

const declared = (
  name: string,
  parameters: readonly string[],
  locals: readonly string[],
): string =>
  `(func $${name} ${parameters.map((each) => `(param $${each} i32)`).join(" ")}
  ${locals.map((each) => `(local $${each} i32)`).join(" ")}`;

const rowsAt = (base: string, stride: string): Wat =>
  add(get(base), `(i32.mul ${get("from")} ${get(stride)})`);

/** y[n, k] += Σ_r x[r, n] w[r, k], in parts of `longRows` rows. */
const sumProducts = [
  declared(
    "sum_products",
    [
      "y",
      "x",
      "xs",
      "w",
      "ws",
      "runs",
      "count",
      "inner",
      "N",
      "K",
      "part",
      "lost",
    ],
    ["i", "at", "from", "to", "rows", "left", "target", "n"],
  ),
  set("target", `(select ${get("part")} ${get("y")} ${get("part")})`),
  set("left", constant(longRows)),
  set("n", `(i32.mul ${get("N")} ${get("K")})`),
  eachRun([
    "(block $done (loop $rows",
    `  (br_if $done (i32.ge_u ${get("from")} ${get("to")}))`,
    `  ${set("rows", subtract(get("to"), get("from")))}`,
    `  ${when(`(i32.and (i32.ne ${get("part")} ${constant(0)}) (i32.gt_u ${get("rows")} ${get("left")}))`, [set("rows", get("left"))])}`,
    `  (call $mul_tn ${get("target")} ${rowsAt("x", "xs")} ${get("xs")} ${rowsAt("w", "ws")} ${get("ws")} ${get("rows")} ${get("N")} ${get("K")})`,
    `  ${set("from", add(get("from"), get("rows")))}`,
    `  ${when(get("part"), [
      set("left", subtract(get("left"), get("rows"))),
      when(`(i32.eqz ${get("left")})`, [
        `(call $fold ${["y", "part", "lost", "n"].map(get).join(" ")})`,
        set("left", constant(longRows)),
      ]),
    ])}`,
    "  (br $rows)))",
  ]),
  when(get("part"), [
    `(call $fold ${["y", "part", "lost", "n"].map(get).join(" ")})`,
  ]),
  ")",
].join("\n");

const tokenParameters = [
  "y",
  "x",
  "xs",
  "tokens",
  "ts",
  "runs",
  "count",
  "inner",
  "N",
];

/** `body` for every row, with its number in `from` and its token in `token`. */
const eachToken = (
  name: string,
  parameters: readonly string[],
  locals: readonly string[],
  body: readonly Wat[],
): string =>
  [
    declared(name, parameters, ["i", "at", "from", "to", "token", ...locals]),
    eachRun([
      "(block $done (loop $rows",
      `  (br_if $done (i32.ge_u ${get("from")} ${get("to")}))`,
      `  ${set("token", `(i32.load ${rowsAt("tokens", "ts")})`)}`,
      ...body.map((line) => `  ${line}`),
      `  ${set("from", add(get("from"), constant(1)))}`,
      "  (br $rows)))",
    ]),
    ")",
  ].join("\n");

const loaded = (at: Wat): Wat => `(f32.load ${at})`;
const away = (base: string): Wat => add(get(base), get("off"));

/** y[n, token r] += x[r, n] */
const sumColumns = eachToken(
  "sum_columns",
  [...tokenParameters, "K", "lost"],
  ["n", "off", "value_at"],
  [
    set("off", bytesOf(get("token"))),
    set("value_at", rowsAt("x", "xs")),
    countUp("n", constant(0), get("N"), 1, [
      `(if ${get("lost")} (then (call $add_one_exactly ${away("y")} ${loaded(get("value_at"))} ${away("lost")})) (else (f32.store ${away("y")} (f32.add ${loaded(away("y"))} ${loaded(get("value_at"))}))))`,
      set("off", add(get("off"), bytesOf(get("K")))),
      set("value_at", add(get("value_at"), four)),
    ]),
  ],
);

const addOneExactly = `(func $add_one_exactly (param $to i32) (param $from f32) (param $lost i32)
  (local $value f32) (local $before f32) (local $sum f32)
  ${set("value", `(f32.sub ${get("from")} (f32.load ${get("lost")}))`)}
  ${set("before", `(f32.load ${get("to")})`)}
  ${set("sum", `(f32.add ${get("before")} ${get("value")})`)}
  (f32.store ${get("to")} ${get("sum")})
  (f32.store ${get("lost")} (f32.sub (f32.sub ${get("sum")} ${get("before")}) ${get("value")})))`;

/** y[token r, n] += x[r, n] */
const sumRows = eachToken(
  "sum_rows",
  [...tokenParameters, "lost"],
  ["off"],
  [
    set("off", `(i32.mul ${get("token")} ${bytesOf(get("N"))})`),
    `(if ${get("lost")} (then (call $add_exactly ${away("y")} ${rowsAt("x", "xs")} ${away("lost")} ${get("N")})) (else (call $move_row ${away("y")} ${rowsAt("x", "xs")} ${get("N")} ${constant(1)})))`,
  ],
);

export const sums: Readonly<
  Record<string, { readonly wat: string; readonly uses: readonly string[] }>
> = {
  add_exactly: { wat: addExactlyText, uses: ["store_left"] },
  add_one_exactly: { wat: addOneExactly, uses: [] },
  fold: { wat: fold, uses: ["add_exactly"] },
  sum_products: { wat: sumProducts, uses: ["fold"] },
  sum_columns: { wat: sumColumns, uses: ["add_one_exactly"] },
  sum_rows: { wat: sumRows, uses: ["add_exactly", "move_row"] },
};
