/** `--watch`: compile now, and again whenever a spec or a file that it imports changes. Ends with Ctrl-C. */
import { once } from "node:events";
import { watch as watchFiles } from "chokidar";
import { CallError, colorsFor, exit } from "./io.js";
import type { ExitCode, Io } from "./io.js";
import { absolute } from "./specs.js";

/** Editors write a file in several steps; this is how long it must have been quiet. */
const quietMilliseconds = 60;

export interface CompileOutcome {
  readonly code: ExitCode;
  /** Files that were read: what is watched. */
  readonly read: readonly string[];
  /** One line of what happened. */
  readonly summary: string;
}

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
  const inFull = (paths: readonly string[]): string[] =>
    paths.map((path) => absolute(path, io.cwd));

  const first = await compile();
  say(verdict(first));
  const watcher = watchFiles(inFull([...given, ...first.read]), {
    ignoreInitial: true,
    ignored: (path, stats) =>
      stats?.isFile() === true && !path.endsWith(".cell"),
    awaitWriteFinish: {
      stabilityThreshold: quietMilliseconds,
      pollInterval: 20,
    },
  });
  await once(watcher, "ready");
  io.err("watching; Ctrl-C ends\n");

  const again = async (cause: string): Promise<void> => {
    try {
      const outcome = await compile();
      watcher.add(inFull(outcome.read));
      say(`${cause}: ${verdict(outcome)}`);
    } catch (error) {
      // A spec that was removed, or two cells for one file: the next change may mend it.
      if (!(error instanceof CallError)) throw error;
      say(`${cause}: ${red("✗")} ${error.message}`);
    }
  };
  await new Promise<void>((_, fail) => {
    let running: Promise<void> = Promise.resolve();
    watcher.on("all", (_event, path) => {
      running = running.then(() => again(path)).catch(fail);
    });
    watcher.on("error", fail);
  }).finally(() => watcher.close());
}
