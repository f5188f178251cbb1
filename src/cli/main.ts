/** The command line: one file per command; here is what they share. */
import { Command, CommanderError } from "commander";
import { version } from "../version.js";
import { addBench } from "./bench.js";
import { addCheck } from "./check.js";
import { addCompile } from "./compile.js";
import { addDoctor } from "./doctor.js";
import { addExplain } from "./explain.js";
import { addFmt } from "./fmt.js";
import { describeFault } from "./fault.js";
import { guarded } from "./gate.js";
import { addGradcheck } from "./gradcheck.js";
import { addInit } from "./init.js";
import { CallError, colorsFor, exit } from "./io.js";
import type { ExitCode, Io } from "./io.js";
import { addRun } from "./run.js";

/** Runs one command line (without `node` and the script) and returns the exit code. Never throws. */
export async function main(
  argv: readonly string[],
  world: Io,
): Promise<ExitCode> {
  const io = guarded(world);
  let code: ExitCode = exit.fine;
  const program = new Command("cellc")
    .description(
      "Turns recurrent cells, written as their equations, into fast forward and backward kernels.",
    )
    .version(version)
    .helpCommand(true)
    .showHelpAfterError("(--help shows what there is)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
    })
    .addHelpText(
      "after",
      "\nExit codes: 0 fine, 1 the spec is wrong, 2 the call is wrong, 70 a fault of the compiler itself.",
    );
  const done = (result: ExitCode): void => {
    code = result;
  };
  for (const add of [
    addInit,
    addCompile,
    addCheck,
    addGradcheck,
    addExplain,
    addRun,
    addFmt,
    addBench,
    addDoctor,
  ])
    add(program, io, done);
  try {
    await program.parseAsync(specsBehindNames(argv), { from: "user" });
    return code;
  } catch (error) {
    const json = (message: string): void => {
      if (argv.includes("--json"))
        io.out(`${JSON.stringify({ ok: false, error: message })}\n`);
    };
    if (error instanceof CommanderError) {
      // Commander has printed its message already; help that was asked for is no error.
      if (error.exitCode === 0) return exit.fine;
      json(
        error.code === "commander.help"
          ? "say which command to run"
          : error.message.replace(/^error: /, ""),
      );
      return exit.call;
    }
    if (error instanceof CallError) {
      const { red } = colorsFor(
        io,
        "err",
        argv.includes("--no-color") ? false : undefined,
      );
      io.err(`${red("error")}: ${error.message}\n`);
      json(error.message);
      return exit.call;
    }
    io.err(describeFault(error, argv));
    json(
      `a fault of the compiler itself: ${error instanceof Error ? error.message : String(error)}`,
    );
    return exit.fault;
  }
}

/** `--cell GRU specs/gru.cell`: an option with any number of names would swallow the spec behind them. */
function specsBehindNames(argv: readonly string[]): string[] {
  const kept: string[] = [];
  const specs: string[] = [];
  let inNames = false;
  for (const word of argv) {
    if (word.startsWith("-")) inNames = word === "--cell";
    const isSpec = inNames && (word.endsWith(".cell") || /[/\\]/.test(word));
    (isSpec ? specs : kept).push(word);
  }
  // The command's name comes first, so that specs may follow it at once.
  return [...kept.slice(0, 1), ...specs, ...kept.slice(1)];
}
