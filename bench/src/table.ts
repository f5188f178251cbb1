/** Columns of text, numbers to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length)),
  );
  const numeric = head.map((_, i) =>
    rows.every((row) => /^[-+≤≥\d.e× ]*$/.test(row[i]!)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, i) =>
        numeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!),
      )
      .join("  ")
      .trimEnd();
  return [
    line(head),
    widths.map((w) => "─".repeat(w)).join("  "),
    ...rows.map(line),
  ].join("\n");
}
