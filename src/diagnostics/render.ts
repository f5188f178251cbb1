/** Diagnostics as text, in a frame of the source, or as JSON. */
import type { Diagnostic, Label } from "./diagnostic.js";
import { drawLine, harmless, type Mark } from "./frame.js";
import { Lines, type Position } from "./lines.js";
import type { Span } from "./span.js";

/** Colours, each a function that wraps a text. */
export interface Painter {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly note: (text: string) => string;
  readonly help: (text: string) => string;
  /** Gutter and places. */
  readonly frame: (text: string) => string;
  readonly bold: (text: string) => string;
}

const same = (text: string) => text;

export const plainPainter: Painter = {
  error: same,
  warning: same,
  note: same,
  help: same,
  frame: same,
  bold: same,
};

/** Texts of the files, by the paths in the spans. */
export type Sources = ReadonlyMap<string, string>;

export function renderAll(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  painter: Painter = plainPainter,
): string {
  const files = new Files(sources);
  return diagnostics
    .map((diagnostic) => renderWith(files, diagnostic, painter))
    .join("\n");
}

/** One diagnostic, several lines, with a line end after the last. */
export const render = (
  diagnostic: Diagnostic,
  sources: Sources,
  painter: Painter = plainPainter,
): string => renderWith(new Files(sources), diagnostic, painter);

class Files {
  readonly #lines = new Map<string, Lines>();

  constructor(readonly sources: Sources) {}

  lines(file: string): Lines | undefined {
    const known = this.#lines.get(file);
    if (known !== undefined) return known;
    const text = this.sources.get(file);
    if (text === undefined) return undefined;
    const lines = new Lines(text);
    this.#lines.set(file, lines);
    return lines;
  }

  /** `file:line:column`, or the file alone when its text is not known. */
  place(span: Span): string {
    const position = this.lines(span.file)?.position(span.start);
    const file = harmless(span.file);
    return position ? `${file}:${position.line}:${position.column}` : file;
  }
}

function renderWith(
  files: Files,
  diagnostic: Diagnostic,
  painter: Painter,
): string {
  const { code, severity, message, span, help } = diagnostic;
  const far = diagnostic.labels.filter((label) => !isNear(files, span, label));
  const notes = [...diagnostic.notes, ...far].map(
    ({ text, span }) =>
      `${painter.note("note")}: ${harmless(text)}${span ? `: ${files.place(span)}` : ""}`,
  );
  return [
    `${painter[severity](`${severity}[${code}]`)}: ${painter.bold(harmless(message))}`,
    painter.frame(`  ${files.place(span)}`),
    ...drawFrame(files, diagnostic, painter),
    ...notes,
    ...(help ? [`${painter.help("help")}: ${harmless(help)}`] : []),
    "",
  ].join("\n");
}

/** A frame holds the line of the problem and labels up to this many lines away. */
const reach = 8;

function isNear(files: Files, span: Span, label: Label): boolean {
  const lines = files.lines(span.file);
  if (lines === undefined || label.span.file !== span.file) return false;
  const distance =
    lines.position(label.span.start).line - lines.position(span.start).line;
  return Math.abs(distance) <= reach;
}

function drawFrame(
  files: Files,
  diagnostic: Diagnostic,
  painter: Painter,
): string[] {
  const { span } = diagnostic;
  const lines = files.lines(span.file);
  if (lines === undefined || lines.text === "") return [];
  const marks = new Map<number, Mark[]>();
  const add = (place: Span, text: string, primary: boolean) => {
    const { line, column } = lines.position(place.start);
    const start = column - 1;
    const source = lines.line(line);
    const end = Math.min(start + place.end - place.start, source.length);
    const mark = { start, end, text: harmless(text), primary };
    marks.set(line, [...(marks.get(line) ?? []), mark]);
  };
  add(span, "", true);
  for (const label of diagnostic.labels)
    if (isNear(files, span, label)) add(label.span, label.text, false);
  const numbers = [...marks.keys()].sort((a, b) => a - b);
  const width = String(numbers.at(-1)).length;
  const gutter = (text: string | number) =>
    painter.frame(`${String(text).padStart(width)} │`);
  return numbers.flatMap((number, index) => {
    const drawn = drawLine(lines.line(number), marks.get(number)!);
    const gap = index > 0 && numbers[index - 1] !== number - 1;
    return [
      ...(gap ? [painter.frame(`${" ".repeat(width)} ⋮`)] : []),
      `${gutter(number)} ${drawn.source}`.trimEnd(),
      `${gutter("")} ${painter[diagnostic.severity](drawn.marks)}`,
      ...drawn.texts.map((row) => `${gutter("")} ${row}`),
    ];
  });
}

export interface JsonPlace {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  /** Missing when the text of the file is not known. */
  readonly from: Position | undefined;
  readonly to: Position | undefined;
}

/** Diagnostics for machines: spans with lines and columns; nothing is left out. */
export function toJson(diagnostics: readonly Diagnostic[], sources: Sources) {
  const files = new Files(sources);
  const place = (span: Span): JsonPlace => ({
    ...span,
    from: files.lines(span.file)?.position(span.start),
    to: files.lines(span.file)?.position(span.end),
  });
  return diagnostics.map(({ span, labels, notes, fix, ...rest }) => ({
    ...rest,
    span: place(span),
    labels: labels.map((label) => ({ ...label, span: place(label.span) })),
    notes: notes.map((note) => ({
      text: note.text,
      span: note.span && place(note.span),
    })),
    fix: fix && { ...fix, span: place(fix.span) },
  }));
}
