/** y (+)= x·w with w packed in panels: which rows and panels go through which tile, and in what order. */
import {
  below,
  bump,
  call,
  get,
  half,
  int,
  masked,
  type MicroKernel,
  minus,
  panelColumns,
  procedure,
  set,
  smaller,
  times,
  twice,
  type Wat,
  when,
} from "./text.js";
import { storeSome, tile, tileName } from "./tiles.js";

/** Rows of x that are taken together: about half of the first-level cache. */
const blockBytes = 24 * 1024;

/**
 * Panels that leftover rows are multiplied with at once, so that at least six sums are under way. Where the
 * engine has relaxed SIMD its compiler is one that gets by with the registers for four panels.
 */
const panelsAtOnce = (rows: number, relaxed: boolean): number =>
  rows === 1 ? (relaxed ? 4 : 3) : rows === 2 ? 2 : 1;

const tiles = [
  [4, 1],
  [3, 1],
  [2, 2],
  [2, 1],
  [1, 4],
  [1, 3],
  [1, 1],
] as const;

const callTile = (
  rows: number,
  panels: number,
  valid: Wat,
  count: Wat,
  [dy, dx, dp]: readonly [Wat, Wat, Wat],
): Wat =>
  call(
    tileName(rows, panels),
    ...["yp", "ys", "x", "xs", "p", "K", "add"].map(get),
    ...(panels === 1 ? [valid] : [get("panelBytes")]),
    count,
    dy,
    dx,
    dp,
  );

/** One to three rows: groups of panels, single panels, and the last one with fewer columns. */
const leftover = (rows: number, relaxed: boolean): Wat => {
  const panels = panelsAtOnce(rows, relaxed);
  const along = (each: number): readonly [Wat, Wat, Wat] => [
    int(32 * each),
    int(0),
    times(get("panelBytes"), int(each)),
  ];
  const past = (count: Wat): Wat[] => [
    bump("yp", twice(count, 5)),
    bump("p", times(get("panelBytes"), count)),
  ];
  return when(
    `(i32.eq ${get("rest")} ${int(rows)})`,
    set("yp", get("y")),
    set("p", get("panel")),
    set("n", half(get("N"), 3)),
    ...(panels > 1
      ? [
          set("groups", `(i32.div_u ${get("n")} ${int(panels)})`),
          callTile(
            rows,
            panels,
            int(panelColumns),
            get("groups"),
            along(panels),
          ),
          set("groups", times(get("groups"), int(panels))),
          ...past(get("groups")),
          set("n", minus(get("n"), get("groups"))),
        ]
      : []),
    callTile(rows, 1, int(panelColumns), get("n"), along(1)),
    ...past(get("n")),
    set("n", masked(get("N"), panelColumns - 1)),
    when(get("n"), callTile(rows, 1, get("n"), int(1), along(1))),
  );
};

/** The longest sum that is made at a stretch: the stretches of a longer one are added up. */
const longest = 256;

/** All of K, in stretches. */
const multiply = (name: string): MicroKernel => ({
  wat: () =>
    procedure(
      name,
      ["y", "ys", "x", "xs", "panel", "R", "N", "K", "add"],
      { i32: ["panelBytes", "stretch"], v128: [] },
      [
        set("panelBytes", twice(get("K"), 5)),
        "(block $end (loop $stretches",
        set("stretch", smaller(get("K"), int(longest))),
        call(
          "multiply",
          ...["y", "ys", "x", "xs", "panel", "R", "N", "stretch"].map(get),
          get("panelBytes"),
          get("add"),
        ),
        bump("x", twice(get("stretch"), 2)),
        bump("panel", twice(get("stretch"), 5)),
        bump("K", minus(int(0), get("stretch"))),
        set("add", int(1)),
        `(br_if $stretches ${get("K")})`,
        "))",
      ],
    ),
  uses: ["multiply"],
});

/** Blocks of rows; in a block each panel stays in the first-level cache while the rows stream by. */
const stretch: MicroKernel = {
  wat: (relaxed) =>
    procedure(
      "multiply",
      ["y", "ys", "x", "xs", "panel", "R", "N", "K", "panelBytes", "add"],
      {
        i32: ["block", "rows", "rest", "n", "groups", "yp", "p"],
        v128: [],
      },
      [
        set(
          "block",
          masked(
            `(i32.div_u ${int(blockBytes)} (i32.or ${twice(get("K"), 2)} ${int(1)}))`,
            -4,
          ),
        ),
        when(below(get("block"), int(16)), set("block", int(16))),
        set("rest", masked(get("R"), 3)),
        set("R", minus(get("R"), get("rest"))),
        "(block $all (loop $blocks",
        `(br_if $all (i32.eqz ${get("R")}))`,
        set("rows", smaller(get("block"), get("R"))),
        set("yp", get("y")),
        set("p", get("panel")),
        set("n", get("N")),
        "(block $end (loop $panels",
        `(br_if $end ${below(get("n"), int(1))})`,
        callTile(4, 1, get("n"), half(get("rows"), 2), [
          twice(get("ys"), 2),
          twice(get("xs"), 2),
          int(0),
        ]),
        bump("yp", int(4 * panelColumns)),
        bump("p", get("panelBytes")),
        bump("n", int(-panelColumns)),
        "(br $panels)))",
        bump("y", times(get("rows"), get("ys"))),
        bump("x", times(get("rows"), get("xs"))),
        set("R", minus(get("R"), get("rows"))),
        "(br $blocks)))",
        ...[1, 2, 3].map((rows) => leftover(rows, relaxed)),
      ],
    ),
  uses: tiles.map(([rows, panels]) => tileName(rows, panels)),
};

export const multiplication: Readonly<Record<string, MicroKernel>> = {
  mul_nt: multiply("mul_nt"),
  mul_nn: multiply("mul_nn"),
  multiply: stretch,
  store_some: storeSome,
  ...Object.fromEntries(
    tiles.map(([rows, panels]) => [tileName(rows, panels), tile(rows, panels)]),
  ),
};
