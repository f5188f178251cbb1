/** `cellc check`: problems only. */
import type { Command } from "commander";
import { counted } from "../text/counted.js";
import { exit } from "./io.js";
import type { ExitCode, Io } from "./io.js";
import { addCommonOptions, addDefineOption } from "./options.js";
import type { CommonOptions } from "./options.js";
import { printProblems, problemsAsJson } from "./problems.js";
import { compileSpecs, hasErrors } from "./specs.js";

interface CheckOptions extends CommonOptions {
  readonly define: Readonly<Record<string, number>>;
}

export function addCheck(
  program: Command,
  io: Io,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command("check")
    .description("parse, shapes, names: prints the problems of specs")
    .argument("<specs...>", "files, or folders of .cell files");
  addDefineOption(addCommonOptions(command)).action(
    (specs: string[], options: CheckOptions) => {
      done(check(specs, options, io));
    },
  );
}

function check(
  specs: readonly string[],
  options: CheckOptions,
  io: Io,
): ExitCode {
  const result = compileSpecs(specs, io.cwd, { defines: options.define });
  const failed = hasErrors(result);
  if (options.json)
    io.out(
      `${JSON.stringify({
        ok: !failed,
        cells: result.cells.map(({ name, program }) => ({
          name,
          file: program.file,
        })),
        diagnostics: problemsAsJson(result),
      })}\n`,
    );
  else {
    printProblems(result, io, "out", options);
    if (!failed) io.out(`${counted(result.cells.length, "cell")}, no errors\n`);
  }
  return failed ? exit.spec : exit.fine;
}
