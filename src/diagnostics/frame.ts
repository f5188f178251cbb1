/** Draws lines of source with underlined places: what stands between the gutter and the right margin. */

/** A place in one line, in UTF-16 columns from 0. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The place of the problem itself, underlined with `^`. */
  readonly primary: boolean;
}

export interface DrawnLine {
  readonly source: string;
  /** The underlines. */
  readonly marks: string;
  /** Texts below the underlines, in as many rows as they need. */
  readonly texts: readonly string[];
}

/** Wider lines are shown in part. */
const widest = 160;
const tabStop = 4;

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u;
const combining = /\p{M}/u;
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Text that a terminal shows as it is: nothing in it moves the cursor or turns the writing direction. */
export const harmless = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu, "\ufffd");

interface Cells {
  /** What is drawn, cell by cell: tabs become spaces, characters without a picture become `�`. */
  readonly drawn: readonly string[];
  /** Cell in which the UTF-16 column starts; one more entry for the end of the line. */
  readonly cellOf: readonly number[];
}

function layOut(line: string): Cells {
  const drawn: string[] = [];
  const cellOf: number[] = [];
  for (const character of line) {
    for (let unit = 0; unit < character.length; unit++)
      cellOf.push(drawn.length);
    if (character === "\t") {
      do drawn.push(" ");
      while (drawn.length % tabStop !== 0);
    } else if (combining.test(character) && drawn.length > 0) {
      drawn[drawn.length - 1] += character;
    } else {
      drawn.push(invisible.test(character) ? "\ufffd" : character);
      // A wide character covers two cells: the second is drawn by the first.
      if (wide.test(character)) drawn.push("");
    }
  }
  cellOf.push(drawn.length);
  return { drawn, cellOf };
}

/** Lines far wider than what is shown are cut before they are laid out. */
function cutLine(line: string, marks: readonly Mark[]) {
  const reach = 4 * widest;
  if (line.length <= 2 * reach) return { line, marks };
  const focus = marks.find(({ primary }) => primary) ?? marks[0];
  const from = Math.max(0, (focus?.start ?? 0) - reach);
  return {
    line: line.slice(from, from + 2 * reach),
    marks: marks.map((mark) => ({
      ...mark,
      start: mark.start - from,
      end: mark.end - from,
    })),
  };
}

export function drawLine(
  wholeLine: string,
  allMarks: readonly Mark[],
): DrawnLine {
  const { line, marks } = cutLine(wholeLine, allMarks);
  const { drawn, cellOf } = layOut(line);
  const cell = (column: number) =>
    cellOf[Math.max(0, Math.min(column, line.length))]!;
  const placed = marks
    .map((mark) => {
      const start = cell(mark.start);
      return { ...mark, start, end: Math.max(start + 1, cell(mark.end)) };
    })
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const focus = placed.find(({ primary }) => primary) ?? placed[0];
  const window = chooseWindow(drawn.length, focus?.start ?? 0);
  const visible = placed
    .filter(({ start, end }) => end > window.from && start <= window.to)
    .map((mark) => ({
      ...mark,
      start: Math.max(mark.start, window.from) - window.from + window.shift,
      end: Math.min(mark.end, window.to + 1) - window.from + window.shift,
    }));
  return {
    source:
      (window.shift > 0 ? "…" : "") +
      drawn.slice(window.from, window.to).join("") +
      (window.to < drawn.length ? "…" : ""),
    marks: underline(visible),
    texts: placeTexts(visible),
  };
}

function chooseWindow(length: number, focus: number) {
  if (length <= widest) return { from: 0, to: length, shift: 0 };
  const from = Math.max(
    0,
    Math.min(focus - Math.floor(widest / 2), length - widest),
  );
  return { from, to: Math.min(length, from + widest), shift: from > 0 ? 1 : 0 };
}

function underline(marks: readonly Mark[]): string {
  const row: string[] = [];
  // The place of the problem is drawn last: it wins where underlines overlap.
  for (const primary of [false, true])
    for (const mark of marks)
      if (mark.primary === primary)
        for (let cell = mark.start; cell < mark.end; cell++)
          row[cell] = primary ? "^" : "─";
  return Array.from(row, (sign) => sign ?? " ").join("");
}

/** Each text starts below its underline; those that would touch go to further rows. */
function placeTexts(marks: readonly Mark[]): string[] {
  const rows: string[] = [];
  for (const { start, text } of marks.filter(({ text }) => text !== "")) {
    const free = rows.findIndex(
      (row) => row.length === 0 || row.length < start,
    );
    const index = free < 0 ? rows.length : free;
    rows[index] = (rows[index] ?? "").padEnd(start) + text;
  }
  return rows;
}
