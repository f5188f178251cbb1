/** What the commands of the examples have in common: numbers on the command line, and mistakes of the user. */
import { resolve } from "node:path";

/** What the user can mend: shown without a stack. */
export class UserError extends Error {}

/** Runs a command; mistakes of the user end with the status 2 and one line. */
export async function command(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    // What `parseArgs` and the file system say is meant for the user too.
    const told =
      error instanceof UserError ||
      /^(ERR_PARSE_ARGS|ENOENT|EACCES|EISDIR)/.test(
        String((error as NodeJS.ErrnoException).code),
      );
    if (!told) throw error;
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}

/** npm runs scripts in the project's folder; the user's own is in INIT_CWD. */
export const userPath = (path: string): string =>
  resolve(process.env["INIT_CWD"] ?? ".", path);

export interface Range {
  readonly least?: number;
  readonly most?: number;
}

export function readNumber(
  option: string,
  text: string,
  { least = -Infinity, most = Infinity }: Range = {},
): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= least && value <= most))
    throw new UserError(
      `--${option} ${text}: expected a number${least > -Infinity ? ` from ${least}` : ""}${most < Infinity ? ` to ${most}` : ""}`,
    );
  return value;
}

export function readCount(option: string, text: string, least = 1): number {
  const value = readNumber(option, text, { least });
  if (!Number.isInteger(value))
    throw new UserError(`--${option} ${text}: expected a whole number`);
  return value;
}

const backends = ["auto", "ts", "wasm", "webgpu"] as const;

export type Backend = (typeof backends)[number];

export function readBackend(text: string): Backend {
  const found = backends.find((name) => name === text);
  if (found === undefined)
    throw new UserError(`--backend ${text}: there are ${backends.join(", ")}`);
  return found;
}
