/** What to say when the compiler itself is at fault. */
import { version } from "../version.js";

export function describeFault(error: unknown, argv: readonly string[]): string {
  const text =
    error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    "cellc: a fault of the compiler itself, not of your spec.",
    "Please report it with the spec and these lines:",
    "",
    `  cellc ${version}, node ${process.version}, ${process.platform} ${process.arch}`,
    `  cellc ${argv.join(" ")}`,
    ...text.split("\n").map((line) => `  ${line}`),
    "",
  ].join("\n");
}
