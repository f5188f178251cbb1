/**
 * Prints a product as a function for the lanes of a workgroup that takes some entries of the batch and some
 * elements of a row: of each part of the columns those that belong to the elements.
 */
import { sizeValue } from "../../ir/size.js";
import type { Size } from "../../ir/size.js";
import type { Place, Product } from "../../passes/kernels.js";
import { partsOf } from "./accesses.js";
import { panelOf, settling } from "./calls.js";
import { blockSums } from "./print-block.js";
import { addIndices, multiplyIndices } from "./expression.js";
import type { WgslFile } from "./file.js";
import { indented } from "./lines.js";

/** Invocations of the workgroup, a power of 2; the host sets it. */
export const lanes = "override lanes: i32 = 64;";

/** Where the lanes are: a step, entries and elements. */
export const sliceParameters =
  "t: i32, first: i32, entries: i32, begin: i32, elements: i32, lane: i32";

const each = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * The function `name(t, first, entries, begin, elements, lane)`.
 * @param extent elements; the product has as many columns or several times as many
 * @param through whether entries are numbered on through the steps that follow step t
 */
export function productFunction(
  name: string,
  call: Product,
  extent: Size,
  adjoint: boolean,
  file: WgslFile,
  through = false,
): string[] {
  file.declare(lanes);
  const { form, x, w, y, n, k, inner } = call;
  const parts = partsOf(n, extent)!;
  const rowLength = ({ array }: Place, columns: Size): string =>
    file.size(sizeValue(inner) === 1 ? array.width : columns);
  const { memory } = file;
  /** The variable that an operand is read from, and where row r of it begins. */
  const rowOf = (place: Place, columns: Size, r = "r"): [string, string] =>
    memory?.has(place.array)
      ? ["shared_values", memory.at(place, r, file)]
      : [
          file.buffer(place.array),
          addIndices([
            file.at(place),
            file.row(place.array, "t"),
            multiplyIndices(r, rowLength(place, columns)),
          ]),
        ];
  /** Where row r of the result begins: in workgroup memory, in a buffer, or in both. */
  const targets: [string, string][] = [
    ...(memory?.has(y.array) ? [rowOf(y, n)] : []),
    ...(memory?.isOnly(y.array)
      ? []
      : [
          [
            file.buffer(y.array),
            addIndices([
              file.at(y),
              file.row(y.array, "t"),
              multiplyIndices("r", rowLength(y, n)),
            ]),
          ] as [string, string],
        ]),
  ];
  const perEntry = file.size(inner);
  const settles = settling(y.array, file.work);
  const store = (at: string, value: string): string[] => {
    const places = targets.map(
      ([of, row]) => `${of}[${addIndices([row, at])}]`,
    );
    if (settles === 2) {
      // A finished entry keeps what arrives from the end.
      const [shared, kept] = places;
      return [
        "if (live) {",
        ...places.map(
          (place) => `  ${place} ${call.add ? "+=" : "="} ${value};`,
        ),
        ...(kept === undefined
          ? ["}"]
          : ["} else {", `  ${shared} = ${kept};`, "}"]),
      ];
    }
    return places.map((place) =>
      settles === 1
        ? `${place} = select(0.0, ${call.add ? `${place} + ${value}` : value}, live);`
        : `${place} ${call.add ? "+=" : "="} ${value};`,
    );
  };
  const entry = perEntry === "1" ? "r" : `r / ${perEntry}`;
  const lives = (): string =>
    through
      ? file.lives(`(t + ${entry} / ${file.batch})`, `${entry} % ${file.batch}`)
      : file.lives("t", entry);
  const live = settles > 0 ? [`let live = ${lives()};`] : [];
  const rowNumber = (row: string): string =>
    addIndices([multiplyIndices("first", perEntry), row]);
  const rows = multiplyIndices("entries", perEntry);
  const part = multiplyIndices("part", file.size(extent));
  const head = `fn ${name}(${sliceParameters}) {`;
  const panel = panelOf(call, adjoint, file.work, extent);
  if (panel === undefined) {
    const [tokens, tokenAt] = rowOf(x, k);
    const token = `i32(${tokens}[${tokenAt}])`;
    const from =
      form === "column"
        ? `n * ${file.size(k)} + ${token}`
        : `${token} * ${file.size(n)} + n`;
    const columns = parts === 1 ? "elements" : `(${parts} * elements)`;
    return [
      head,
      `  for (var e = lane; e < ${rows} * ${columns}; e += lanes) {`,
      ...indented(
        indented([
          `let r = ${rowNumber(`e / ${columns}`)};`,
          ...live,
          ...(parts === 1
            ? ["let n = begin + e % elements;"]
            : [
                `let part = e % ${columns} / elements;`,
                `let n = ${part} + begin + e % elements;`,
              ]),
          `let value = ${file.buffer(w.array)}[${addIndices([file.at(w), from])}];`,
          ...store("n", "value"),
        ]),
      ),
      "  }",
      "}",
    ];
  }
  const panelAt = file.field(`panel_${panel}`, ["panel", panel]);
  const quads = file.field(`quads_${panel}`, ["quads", panel]);
  const panels = file.panels();
  const [source] = rowOf(x, k);
  /**
   * Products of `height` rows and 4 · `width` columns at a time, so that numbers are loaded once for several
   * multiplications. The sums lie in an array, which keeps the text of storing them short.
   */
  const blocksOf = (height: number, width: number): string[] => {
    const over = (size: string, by: number): string =>
      by === 1 ? size : `((${size} + ${by - 1}) / ${by})`;
    const times = (size: string, by: number): string =>
      by === 1 ? size : `${size} * ${by}`;
    const wide = over("((elements + 3) / 4)", width);
    const row = "row + i" + (width === 1 ? "" : ` / ${width}`);
    const quad = "quad" + (width === 1 ? "" : ` + i % ${width}`);
    return [
      `let high = ${over("rows", height)};`,
      ...(height === 1
        ? [`let wide = ${wide};`]
        : file.either(
            "quads",
            [
              "// Four invocations share rows: a whole number of fours, the last of which may have no columns.",
              `let wide = (${wide} + 3) & ~3;`,
              "let quarter = lane & 3;",
            ],
            [`let wide = ${wide};`],
          )),
      `for (var e = lane; e < high * ${times("wide", parts)}; e += lanes) {`,
      ...indented([
        `let row = ${times(`e / ${parts === 1 ? "wide" : `(wide * ${parts})`}`, height)};`,
        ...(parts === 1 ? [] : [`let part = e / wide % ${parts};`]),
        `let quad = ${times("e % wide", width)};`,
        ...each(height).flatMap((i) => [
          `let r${i} = ${rowNumber(i === 0 ? "row" : `min(row + ${i}, rows - 1)`)};`,
          `let x${i} = ${rowOf(x, k, `r${i}`)[1]};`,
        ]),
        `var w_at = ${addIndices([
          panelAt,
          ...(parts === 1 ? [] : [`part * (${quads} / ${parts})`]),
          "begin / 4 + quad",
        ])};`,
        ...blockSums(
          { height, width, source, panels, stride: quads, k: file.size(k) },
          file,
        ),
        `for (var i = 0; i < ${height * width}; i++) {`,
        `  if (${row} < rows) {`,
        `    let r = ${rowNumber(row)};`,
        `    let column = 4 * (${quad});`,
        ...indented(indented(live)),
        "    for (var j = 0; j < min(elements - column, 4); j++) {",
        `      let n = ${addIndices([...(parts === 1 ? [] : [part]), "begin + column + j"])};`,
        ...indented(indented(indented(store("n", "sums[i][j]")))),
        "    }",
        "  }",
        "}",
      ]),
      "}",
    ];
  };
  return [
    head,
    `  let rows = ${rows};`,
    "  if (rows < 4) {",
    ...indented(indented(blocksOf(1, 1))),
    "  } else {",
    ...indented(indented(blocksOf(8, 2))),
    "  }",
    "}",
  ];
}
