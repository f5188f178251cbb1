/** `cellc fmt`: lays specs out in the one way there is. */
import {
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { Command } from "commander";
import { DiagnosticBag } from "../diagnostics/bag.js";
import { formatSource } from "../dsl/format.js";
import { parseSource } from "../dsl/syntax.js";
import { counted } from "../text/counted.js";
import { CallError, exit } from "./io.js";
import type { ExitCode, Io } from "./io.js";
import { addCommonOptions } from "./options.js";
import type { CommonOptions } from "./options.js";
import { printProblems, problemsAsJson } from "./problems.js";
import { absolute, findSpecs } from "./specs.js";

interface FmtOptions extends CommonOptions {
  readonly check?: boolean;
}

interface Outcome {
  readonly file: string;
  /** `wrong`: it has syntax errors, and stays as it is. */
  readonly state: "formatted" | "changed" | "wrong";
}

export function addFmt(
  program: Command,
  io: Io,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command("fmt")
    .description(
      "lay specs out: indentation, spaces and blank lines, nothing else",
    )
    .argument("<specs...>", "files, or folders of .cell files")
    .option(
      "--check",
      "write nothing; exit 1 where a file is not laid out that way",
    );
  addCommonOptions(command).action((specs: string[], options: FmtOptions) => {
    done(fmt(specs, options, io));
  });
}

function fmt(specs: readonly string[], options: FmtOptions, io: Io): ExitCode {
  const bag = new DiagnosticBag();
  const outcomes = findSpecs(specs, io.cwd).map((file) =>
    formatFile(file, io.cwd, bag, options.check ?? false),
  );
  const problems = { diagnostics: bag.diagnostics, sources: bag.sources };
  const wrong = outcomes.some(({ state }) => state === "wrong");
  const changed = outcomes.filter(({ state }) => state === "changed");
  const ok = !wrong && !(options.check && changed.length > 0);
  if (options.json)
    io.out(
      `${JSON.stringify({ ok, files: outcomes, diagnostics: problemsAsJson(problems) })}\n`,
    );
  else {
    printProblems(problems, io, "err", options);
    for (const { file } of changed) io.out(`${file}\n`);
    const what = options.check ? "to be formatted" : "formatted";
    io.out(
      changed.length === 0
        ? wrong
          ? ""
          : "all files are formatted\n"
        : `${counted(changed.length, "file")} ${what}\n`,
    );
  }
  return ok ? exit.fine : exit.spec;
}

function formatFile(
  file: string,
  cwd: string,
  bag: DiagnosticBag,
  check: boolean,
): Outcome {
  const path = absolute(file, cwd);
  const bytes = inWords(file, "read", () => readFileSync(path));
  const before = bag.diagnostics.length;
  const source = parseSource(file, bytes, bag);
  const failed = bag.diagnostics
    .slice(before)
    .some(({ severity }) => severity === "error");
  if (!source || failed) return { file, state: "wrong" };
  const text = formatSource(source.text);
  if (text === new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes))
    return { file, state: "formatted" };
  if (!check) inWords(file, "write", () => replaceFile(path, text));
  return { file, state: "changed" };
}

/** The file is the old or the new one at any time; behind a link its target is. */
function replaceFile(path: string, text: string): void {
  const target = realpathSync(path);
  const fresh = `${target}.${process.pid}.new`;
  try {
    writeFileSync(fresh, text, { mode: statSync(target).mode });
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function inWords<T>(file: string, what: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw new CallError(
      `cannot ${what} ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
