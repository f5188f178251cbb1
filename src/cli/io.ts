/** What a command sees of the world: passed in, so that tests run commands in-process. */
import picocolors from "picocolors";

export interface Io {
  /** Results. */
  readonly out: (text: string) => void;
  /** Problems and progress. */
  readonly err: (text: string) => void;
  readonly readStdin: () => Promise<Uint8Array>;
  readonly cwd: string;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Of the conventions `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Makes of a colour one that passes the gate of `guarded`. */
  readonly paint?: (color: Paint) => Paint;
}

type Paint = (text: string) => string;

/** 0 fine · 1 the spec is wrong · 2 the call is wrong · 70 a fault of the compiler itself. */
export const exit = { fine: 0, spec: 1, call: 2, fault: 70 } as const;
export type ExitCode = (typeof exit)[keyof typeof exit];

/** The call is wrong: ends the command with exit code 2 and this one message. */
export class CallError extends Error {}

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colors for a stream: as `--color` or `--no-color` say, else by the terminal and the environment. */
export function colorsFor(
  io: Io,
  stream: "out" | "err",
  wanted: boolean | undefined,
): Colors {
  const { FORCE_COLOR = "", NO_COLOR = "", TERM } = io.env;
  const terminal = stream === "out" ? io.outIsTerminal : io.errIsTerminal;
  const automatic =
    FORCE_COLOR === ""
      ? terminal && NO_COLOR === "" && TERM !== "dumb"
      : FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  const colors = picocolors.createColors(wanted ?? automatic);
  const { paint } = io;
  if (!paint) return colors;
  return Object.fromEntries(
    Object.entries(colors).map(([name, color]) => [
      name,
      typeof color === "function"
        ? paint((text) => (color as Paint)(text))
        : color,
    ]),
  ) as unknown as Colors;
}
