/**
 * Tiles of y (+)= x·panels: `rows` rows of x times `panels` adjacent panels of eight columns, with all sums in
 * registers. A tile function repeats its tile `count` times, down the rows or along the panels.
 */
import {
  accumulate,
  bump,
  call,
  countDown,
  either,
  get,
  int,
  load,
  type MicroKernel,
  minus,
  panelColumns,
  plus,
  procedure,
  set,
  splat,
  store,
  storeLane,
  sum,
  upTo,
  type Wat,
  when,
  zero,
} from "./text.js";

export const tileName = (rows: number, panels: number): string =>
  `tile_${rows}x${panels}`;

/** Only the tile of one panel can meet the last one, of which fewer columns may be valid. */
export const tile = (rows: number, panels: number): MicroKernel => {
  const vectors = (panels * panelColumns) / 4;
  const sums = upTo(rows).flatMap((i) =>
    upTo(vectors).map((j) => ({ i, j, name: `a${i}${j}` })),
  );

  // A weight that a single row uses goes into its sum at once.
  const shared = rows > 1;
  const weight = (j: number): Wat => load(get(`p${j >> 1}`), 16 * (j & 1));
  // Not written out several times: some engines load all operands of a loop's body before its first product,
  // and then registers run out. For the same reason a tile has at most 15 vectors.
  const step = (relaxed: boolean): Wat[] => [
    ...upTo(shared ? vectors : 0).map((j) => set(`w${j}`, weight(j))),
    ...upTo(rows).flatMap((i) => [
      set("s", splat(get(`x${i}`))),
      ...upTo(vectors).map((j) =>
        accumulate(
          `a${i}${j}`,
          get("s"),
          shared ? get(`w${j}`) : weight(j),
          relaxed,
        ),
      ),
    ]),
    ...upTo(rows).map((i) => bump(`x${i}`, int(4))),
    ...upTo(panels).map((p) => bump(`p${p}`, int(32))),
  ];
  const start = [
    ...upTo(rows).flatMap((i) => [
      set(`x${i}`, i === 0 ? get("x") : plus(get(`x${i - 1}`), get("xs"))),
      set(`y${i}`, i === 0 ? get("y") : plus(get(`y${i - 1}`), get("ys"))),
    ]),
    ...upTo(panels).map((p) =>
      set(
        `p${p}`,
        p === 0 ? get("panel") : plus(get(`p${p - 1}`), get("panelBytes")),
      ),
    ),
    ...sums.map(({ name }) => set(name, zero)),
  ];
  const whole = [
    when(
      get("add"),
      ...sums.map(({ i, j, name }) =>
        set(name, sum(get(name), load(get(`y${i}`), 16 * j))),
      ),
    ),
    ...sums.map(({ i, j, name }) => store(get(`y${i}`), get(name), 16 * j)),
  ];
  const partial = sums.map(({ i, j, name }) =>
    call(
      "store_some",
      plus(get(`y${i}`), int(16 * j)),
      get(name),
      minus(get("valid"), int(4 * j)),
      get("add"),
    ),
  );
  const locals = {
    i32: [
      "k",
      ...upTo(rows).flatMap((i) => [`x${i}`, `y${i}`]),
      ...upTo(panels).map((p) => `p${p}`),
    ],
    v128: [
      "s",
      ...upTo(shared ? vectors : 0).map((j) => `w${j}`),
      ...sums.map(({ name }) => name),
    ],
  };

  const wat = (relaxed: boolean): string =>
    procedure(
      tileName(rows, panels),
      [
        "y",
        "ys",
        "x",
        "xs",
        "panel",
        "K",
        "add",
        ...(panels === 1 ? ["valid"] : ["panelBytes"]),
        "count",
        "dy",
        "dx",
        "dp",
      ],
      locals,
      [
        countDown(
          "count",
          ...start,
          set("k", get("K")),
          countDown("k", ...step(relaxed)),
          ...(panels === 1
            ? [
                either(
                  `(i32.ge_s ${get("valid")} ${int(panelColumns)})`,
                  whole,
                  partial,
                ),
              ]
            : whole),
          bump("y", get("dy")),
          bump("x", get("dx")),
          bump("panel", get("dp")),
        ),
      ],
    );
  return { wat, uses: panels === 1 ? ["store_some"] : [] };
};

/** Stores the first `count` lanes of `v`, or adds them to what is there. */
export const storeSome: MicroKernel = {
  wat: () =>
    [
      "(func $store_some (param $y i32) (param $v v128) (param $count i32) (param $add i32)",
      when(
        `(i32.and ${get("add")} (i32.gt_s ${get("count")} ${int(0)}))`,
        set("v", sum(get("v"), load(get("y")))),
      ),
      ...upTo(4).map((lane) =>
        when(
          `(i32.gt_s ${get("count")} ${int(lane)})`,
          storeLane(plus(get("y"), int(4 * lane)), get("v"), lane),
        ),
      ),
      ")",
    ].join("\n"),
  uses: [],
};
