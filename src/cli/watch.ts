/** `--watch`: compile now, and again whenever a spec or a file that it imports changes. Ends with Ctrl-C. */
import { statSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { CallError, colorsFor, exit } from "./io.js";
import type { ExitCode, Io } from "./io.js";
import { absolute, findSpecs } from "./specs.js";

/**
 * How often the files are looked at. Looking is chosen over the system's notifications: a set of specs is
 * small, looking works on every file system (network, container and virtual machine mounts send no
 * notifications), and no change can be lost between two of them.
 */
const lookMilliseconds = 100;

export interface CompileOutcome {
  readonly code: ExitCode;
  /** Files that were read: what is watched. */
  readonly read: readonly string[];
  /** One line of what happened. */
  readonly summary: string;
}

/** The state of each watched file; one that is not there has the state "gone". */
type Snapshot = ReadonlyMap<string, string>;

/** @param given the files and folders of the call: new files in a folder count too */
export async function watch(
  io: Io,
  given: readonly string[],
  compile: () => Promise<CompileOutcome>,
): Promise<void> {
  const { green, red, dim } = colorsFor(io, "err", undefined);
  const say = (line: string): void => {
    io.err(`${dim(new Date().toTimeString().slice(0, 8))} ${line}\n`);
  };
  const verdict = ({ code, summary }: CompileOutcome): string =>
    `${code === exit.fine ? green("✓") : red("✗")} ${summary}`;

  // Always taken before the files are read, so that what changes meanwhile differs from it.
  const start = look(given, [], io.cwd);
  const first = await compile();
  let { read } = first;
  let seen: Snapshot = new Map([...look(given, read, io.cwd), ...start]);
  say(verdict(first));
  io.err("watching; Ctrl-C ends\n");

  let before = seen;
  for (;;) {
    await pause(lookMilliseconds);
    const now = look(given, read, io.cwd);
    // Editors write a file in several steps: wait until two looks agree.
    const quiet = differences(before, now).length === 0;
    before = now;
    const changed = differences(seen, now);
    if (!quiet || changed.length === 0) continue;
    seen = now;
    const cause = changed.join(", ");
    try {
      const outcome = await compile();
      // A file imported from now on is compared with how it is now.
      seen = new Map([...look(given, outcome.read, io.cwd), ...now]);
      before = seen;
      read = outcome.read;
      say(`${cause}: ${verdict(outcome)}`);
    } catch (error) {
      // A spec that was removed, or two cells for one file: the next change may mend it.
      if (!(error instanceof CallError)) throw error;
      say(`${cause}: ${red("✗")} ${error.message}`);
    }
  }
}

function look(
  given: readonly string[],
  read: readonly string[],
  cwd: string,
): Snapshot {
  let specs: readonly string[] = given;
  try {
    specs = findSpecs(given, cwd);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
  }
  return new Map(
    [...specs, ...read].map((path) => [path, stateOf(absolute(path, cwd))]),
  );
}

function stateOf(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined
    ? "gone"
    : [status.ino, status.size, status.mtimeMs, status.ctimeMs].join(" ");
}

/** Files that came, went or changed between two looks. */
const differences = (before: Snapshot, now: Snapshot): string[] =>
  [...new Set([...before.keys(), ...now.keys()])].filter(
    (path) => before.get(path) !== now.get(path),
  );
