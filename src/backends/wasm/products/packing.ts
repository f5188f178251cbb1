/**
 * Matrices as panels of eight columns of the result, K × 8 floats each, so that a product reads its weights
 * in one stream. Columns past the last are zero.
 */
import {
  bump,
  call,
  countDown,
  get,
  half,
  int,
  load,
  loadFloat,
  masked,
  type MicroKernel,
  panelColumns,
  plus,
  procedure,
  set,
  store,
  storeFloat,
  times,
  twice,
  upTo,
  type Wat,
  when,
  zero,
} from "./text.js";

const shuffle = (a: Wat, b: Wat, lanes: readonly number[]): Wat =>
  `(i8x16.shuffle ${lanes.flatMap((lane) => upTo(4).map((i) => 4 * lane + i)).join(" ")} ${a} ${b})`;

/** Four rows of four floats as columns: locals r0 to r3 to the same, through t0 to t3. */
const transpose = [
  ...[0, 2].flatMap((i) => {
    const pair = [get(`r${i}`), get(`r${i + 1}`)] as const;
    return [
      set(`t${i}`, shuffle(...pair, [0, 4, 1, 5])),
      set(`t${i + 1}`, shuffle(...pair, [2, 6, 3, 7])),
    ];
  }),
  ...upTo(4).map((i) =>
    set(
      `r${i}`,
      shuffle(
        get(`t${i >> 1}`),
        get(`t${(i >> 1) + 2}`),
        i % 2 === 0 ? [0, 1, 4, 5] : [2, 3, 6, 7],
      ),
    ),
  ),
];

/** Eight rows of w become a panel, four of their floats at a time. */
const panelOfRows = [
  set("at", get("w")),
  set("k", half(get("K"), 2)),
  countDown(
    "k",
    ...[0, 4].flatMap((first) => [
      ...upTo(4).map((i) =>
        set(`r${i}`, load(plus(get("at"), times(get("row"), int(first + i))))),
      ),
      ...transpose,
      ...upTo(4).map((i) =>
        store(get("dst"), get(`r${i}`), 32 * i + 4 * first),
      ),
    ]),
    bump("at", int(16)),
    bump("dst", int(128)),
  ),
  set("k", masked(get("K"), 3)),
  countDown(
    "k",
    ...upTo(panelColumns).map((j) =>
      storeFloat(
        get("dst"),
        loadFloat(plus(get("at"), times(get("row"), int(j)))),
        4 * j,
      ),
    ),
    bump("at", int(4)),
    bump("dst", int(32)),
  ),
  bump("w", twice(get("row"), 3)),
];

const panelOfColumns = [
  set("at", get("w")),
  set("k", get("K")),
  countDown(
    "k",
    store(get("dst"), load(get("at"))),
    store(get("dst"), load(get("at"), 16), 16),
    bump("at", get("row")),
    bump("dst", int(32)),
  ),
  bump("w", int(32)),
];

/** Whole panels by `panel`, then what is left by floats. */
const pack = (
  name: string,
  parameters: readonly ["N", "K"] | readonly ["K", "N"],
  row: Wat,
  panel: readonly Wat[],
  strides: readonly [column: Wat, row: Wat],
  vectors: readonly string[],
): MicroKernel => ({
  wat: () =>
    procedure(
      name,
      ["dst", "w", ...parameters],
      { i32: ["row", "at", "k", "n"], v128: vectors },
      [
        set("row", row),
        set("n", half(get("N"), 3)),
        countDown("n", ...panel),
        call(
          "pack_rest",
          get("dst"),
          get("w"),
          masked(get("N"), panelColumns - 1),
          get("K"),
          ...strides,
        ),
      ],
    ),
  uses: ["pack_rest"],
});

/** One panel of `columns` < 8 columns, whose floats lie `ns` and `ks` bytes apart; nothing if there is none. */
const packRest: MicroKernel = {
  wat: () =>
    procedure(
      "pack_rest",
      ["dst", "w", "columns", "K", "ns", "ks"],
      { i32: ["at", "j", "to"], v128: [] },
      [
        when(
          get("columns"),
          countDown(
            "K",
            set("at", get("w")),
            set("to", get("dst")),
            store(get("dst"), zero),
            store(get("dst"), zero, 16),
            set("j", get("columns")),
            countDown(
              "j",
              storeFloat(get("to"), loadFloat(get("at"))),
              bump("at", get("ns")),
              bump("to", int(4)),
            ),
            bump("w", get("ks")),
            bump("dst", int(4 * panelColumns)),
          ),
        ),
      ],
    ),
  uses: [],
};

export const packing: Readonly<Record<string, MicroKernel>> = {
  panel_bytes: {
    wat: () =>
      `(func $panel_bytes (param $N i32) (param $K i32) (result i32)\n${twice(
        times(half(plus(get("N"), int(panelColumns - 1)), 3), get("K")),
        5,
      )})`,
    uses: [],
  },
  pack_nt: pack(
    "pack_nt",
    ["N", "K"],
    twice(get("K"), 2),
    panelOfRows,
    [get("row"), int(4)],
    [...upTo(4).map((i) => `r${i}`), ...upTo(4).map((i) => `t${i}`)],
  ),
  pack_nn: pack(
    "pack_nn",
    ["K", "N"],
    twice(get("N"), 2),
    panelOfColumns,
    [int(4), get("row")],
    [],
  ),
  pack_rest: packRest,
};
