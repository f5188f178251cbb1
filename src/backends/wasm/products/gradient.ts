/**
 * y[n, k] += Σ_r x[r, n] w[r, k]: the gradient of a matrix, as sums of outer products. Rows are taken in
 * blocks, so that the operands stay in the cache, always in the same order.
 */
import {
  accumulate,
  bump,
  call,
  countDown,
  get,
  half,
  int,
  load,
  masked,
  type MicroKernel,
  minus,
  plus,
  procedure,
  set,
  smaller,
  splat,
  store,
  storeLane,
  sum,
  times,
  twice,
  upTo,
  type Wat,
  when,
  zero,
} from "./text.js";

const blockRows = 64;

type Width = 8 | 4 | 1;

const outerName = (rows: number, columns: Width): string =>
  `outer_${rows}x${columns}`;

/**
 * `rows` rows and `columns` columns of y, `count` times with the addresses moved on. Four rows of a single
 * column are one vector.
 */
const outer = (rows: 4 | 1, columns: Width): MicroKernel => {
  const vectors = columns === 8 ? 2 : 1;
  const upright = columns === 1;
  const sums = upTo(upright ? 1 : rows).flatMap((i) =>
    upTo(vectors).map((j) => ({ i, j, name: `a${i}${j}` })),
  );
  const step = (relaxed: boolean): Wat[] => [
    ...upTo(vectors).map((j) =>
      set(`w${j}`, upright ? splat(get("wp")) : load(get("wp"), 16 * j)),
    ),
    ...upTo(upright ? 1 : rows).flatMap((i) => [
      set(
        "s",
        upright && rows === 4 ? load(get("xp")) : splat(get("xp"), 4 * i),
      ),
      ...upTo(vectors).map((j) =>
        accumulate(`a${i}${j}`, get("s"), get(`w${j}`), relaxed),
      ),
    ]),
    bump("xp", get("xs")),
    bump("wp", get("ws")),
  ];
  const result = upright
    ? upTo(rows).flatMap((lane) => [
        set("s", sum(get("a00"), splat(get(`y${lane}`)))),
        storeLane(get(`y${lane}`), get("s"), lane),
      ])
    : sums.map(({ i, j, name }) =>
        store(get(`y${i}`), sum(load(get(`y${i}`), 16 * j), get(name)), 16 * j),
      );
  return {
    wat: (relaxed) =>
      procedure(
        outerName(rows, columns),
        ["y", "x", "xs", "w", "ws", "R", "row", "count", "dy", "dx", "dw"],
        {
          i32: ["r", "xp", "wp", ...upTo(rows).map((i) => `y${i}`)],
          v128: [
            "s",
            ...upTo(vectors).map((j) => `w${j}`),
            ...sums.map(({ name }) => name),
          ],
        },
        [
          countDown(
            "count",
            ...sums.map(({ name }) => set(name, zero)),
            set("xp", get("x")),
            set("wp", get("w")),
            set("r", get("R")),
            countDown("r", ...step(relaxed)),
            ...upTo(rows).map((i) =>
              set(
                `y${i}`,
                i === 0 ? get("y") : plus(get(`y${i - 1}`), get("row")),
              ),
            ),
            ...result,
            bump("y", get("dy")),
            bump("x", get("dx")),
            bump("w", get("dw")),
          ),
        ],
      ),
    uses: [],
  };
};

const outerCall = (
  rows: 4 | 1,
  width: Width,
  at: readonly [y: Wat, x: Wat, xs: Wat, w: Wat, ws: Wat],
  count: Wat,
  steps: readonly [dy: Wat, dx: Wat, dw: Wat],
): Wat =>
  call(
    outerName(rows, width),
    ...at,
    get("block"),
    get("row"),
    count,
    ...steps,
  );

/** All columns of some rows of y, one tile after the other along a row. */
const alongRow = (rows: 4 | 1): Wat[] => {
  const run = (width: Width, count: Wat): Wat =>
    outerCall(
      rows,
      width,
      [get("yp"), get("xp"), get("xs"), get("wp"), get("ws")],
      count,
      [int(4 * width), int(0), int(4 * width)],
    );
  const past = (floats: Wat): Wat[] => [
    bump("yp", twice(floats, 2)),
    bump("wp", twice(floats, 2)),
  ];
  return [
    set("yp", get("yn")),
    set("wp", get("w")),
    run(8, half(get("K"), 3)),
    ...past(masked(get("K"), -8)),
    when(masked(get("K"), 4), run(4, int(1)), ...past(int(4))),
    run(1, masked(get("K"), 3)),
    bump("yn", times(get("row"), int(rows))),
    bump("xp", int(4 * rows)),
  ];
};

const shapes = ([4, 1] as const).flatMap((rows) =>
  ([8, 4, 1] as const).map((width) => [rows, width] as const),
);

const product: MicroKernel = {
  wat: () =>
    procedure(
      "mul_tn",
      ["y", "x", "xs", "w", "ws", "R", "N", "K"],
      { i32: ["row", "block", "n", "yn", "yp", "xp", "wp"], v128: [] },
      [
        set("row", twice(get("K"), 2)),
        "(block $all (loop $blocks",
        `(br_if $all (i32.eqz ${get("R")}))`,
        set("block", smaller(int(blockRows), get("R"))),
        set("yn", get("y")),
        set("xp", get("x")),
        set("n", half(get("N"), 2)),
        countDown("n", ...alongRow(4)),
        set("n", masked(get("N"), 3)),
        countDown("n", ...alongRow(1)),
        bump("x", times(get("block"), get("xs"))),
        bump("w", times(get("block"), get("ws"))),
        set("R", minus(get("R"), get("block"))),
        "(br $blocks)))",
      ],
    ),
  uses: shapes.map(([rows, width]) => outerName(rows, width)),
};

export const gradient: Readonly<Record<string, MicroKernel>> = {
  mul_tn: product,
  ...Object.fromEntries(
    shapes.map(([rows, width]) => [outerName(rows, width), outer(rows, width)]),
  ),
};
