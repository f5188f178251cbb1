/** Diagnostics on their way to a person or a machine. */
import type { Compilation } from "../compile.js";
import { renderAll, toJson } from "../diagnostics/render.js";
import { counted } from "../text/counted.js";
import { colorsFor } from "./io.js";
import type { Io } from "./io.js";
import type { CommonOptions } from "./options.js";

type Problems = Pick<Compilation, "diagnostics" | "sources">;

/** Prints problems in frames of the source, and a line that counts them. */
export function printProblems(
  { diagnostics, sources }: Problems,
  io: Io,
  stream: "out" | "err",
  options: CommonOptions,
): void {
  if (diagnostics.length === 0) return;
  const { red, yellow, cyan, green, dim, bold } = colorsFor(
    io,
    stream,
    options.color,
  );
  const frames = renderAll(diagnostics, sources, {
    error: (text) => bold(red(text)),
    warning: (text) => bold(yellow(text)),
    note: cyan,
    help: green,
    frame: dim,
    bold,
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const counts = [
    countOf(errors.length, "error"),
    countOf(diagnostics.length - errors.length, "warning"),
  ];
  io[stream](`${frames}\n${counts.filter((text) => text !== "").join(", ")}\n`);
}

const countOf = (count: number, what: string): string =>
  count === 0 ? "" : counted(count, what);

/** Problems as values for JSON. */
export const problemsAsJson = ({ diagnostics, sources }: Problems) =>
  toJson(diagnostics, sources);

/** The problems of a command that prints something else where there are none. */
export function reportFailure(
  problems: Problems,
  io: Io,
  options: CommonOptions,
): void {
  if (options.json)
    io.out(
      `${JSON.stringify({ ok: false, diagnostics: problemsAsJson(problems) })}\n`,
    );
  else printProblems(problems, io, "err", options);
}
