/** `cellc compile`: writes the kernels of every cell in the files. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Command } from "commander";
import { loadAssembler } from "../backends/wasm/index.js";
import { printFiles } from "../compile.js";
import type { Compilation, PrintOptions } from "../compile.js";
import { CallError, colorsFor, exit } from "./io.js";
import type { ExitCode, Io } from "./io.js";
import { commonjsNote } from "./module-type.js";
import {
  addCommonOptions,
  addDefineOption,
  readBackends,
  cellOption,
} from "./options.js";
import type { CommonOptions } from "./options.js";
import { applyOutput, planOutput } from "./output.js";
import type { GeneratedFiles, OutputChanges } from "./output.js";
import { printProblems, problemsAsJson, reportFailure } from "./problems.js";
import { shellWord } from "./shell-word.js";
import {
  absolute,
  compileSpecs,
  findSpecs,
  hasErrors,
  posixPath,
  specName,
} from "./specs.js";
import { counted } from "../text/counted.js";
import { watch } from "./watch.js";
import type { CompileOutcome } from "./watch.js";

/** What is written unless somebody wants less. */
const everything = "ts,wasm";

interface CompileCommandOptions extends CommonOptions {
  readonly out: string;
  readonly backend: string;
  readonly cell?: readonly string[];
  readonly watch?: boolean;
  readonly check?: boolean;
  readonly wasmFile?: boolean;
  readonly define: Readonly<Record<string, number>>;
}

export function addCompile(
  program: Command,
  io: Io,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command("compile")
    .description("write the kernels of every cell in the files")
    .argument("<specs...>", "files, or folders of .cell files")
    .requiredOption("--out <folder>", "where the kernels go")
    .option(
      "--backend <names>",
      "kernels for which machines: ts, wasm, wgsl",
      everything,
    )
    .addOption(cellOption())
    .option("--wasm-file", "WebAssembly in files of its own, not in the text")
    .option("--watch", "compile again whenever a spec changes")
    .option("--check", "write nothing; exit with 1 when --out is stale");
  addDefineOption(addCommonOptions(command)).action(
    async (specs: string[], options: CompileCommandOptions) => {
      const backends = readBackends(options.backend, ["ts", "wasm", "wgsl"]);
      if (options.watch && (options.check || options.json))
        throw new CallError(`--watch goes with neither --check nor --json`);
      const out = absolute(options.out, io.cwd);
      if (existsSync(out) && !statSync(out).isDirectory())
        throw new CallError(`--out ${options.out} is a file, not a folder`);
      const { wasmFile = false } = options;
      if (wasmFile && !backends.includes("wasm"))
        throw new CallError("--wasm-file goes with --backend wasm");
      const printing: PrintOptions = backends.includes("wasm")
        ? { backends, wasmFile, assembler: await loadAssembler() }
        : { backends };
      const once = (): Promise<CompileOutcome> =>
        compileOnce(specs, options, printing, io);
      if (options.watch) await watch(io, specs, once);
      else done((await once()).code);
    },
  );
}

async function compileOnce(
  specs: readonly string[],
  options: CompileCommandOptions,
  printing: PrintOptions,
  io: Io,
): Promise<CompileOutcome> {
  const started = performance.now();
  const result = compileSpecs(specs, io.cwd, {
    defines: options.define,
    ...(options.cell ? { cells: options.cell } : {}),
  });
  const read = [...result.sources.keys()];
  if (hasErrors(result)) {
    reportFailure(result, io, options);
    return {
      code: exit.spec,
      read,
      summary: "there are errors; nothing was written",
    };
  }
  if (!options.json) printProblems(result, io, "err", options);
  const files = printAll(result, options, printing, io);
  const folder = absolute(options.out, io.cwd);
  const changes = planOutput(folder, files, isOurs(specs, options, io));
  const stale = [
    ...changes.write.keys(),
    ...changes.remove.map(({ path }) => path),
  ];
  if (options.check)
    return { ...reportCheck(result, specs, stale, options, io), read };
  await applyOutput(folder, changes, options.out);
  const removed = changes.remove.length;
  const summary = [
    `${counted(result.cells.length, "cell")}, ${counted(files.size, "file")}: ${changes.write.size} written${removed > 0 ? `, ${removed} removed` : ""}, ${Math.round(performance.now() - started)} ms`,
    ...changes.remove.map(
      ({ path, origin }) =>
        `  removed ${posixPath(join(options.out, path))}, written before for the cell ${origin.cell} of ${origin.spec}`,
    ),
  ].join("\n");
  if (options.json) io.out(`${asJson(result, files, changes)}\n`);
  else if (!options.watch) {
    io.out(`${summary}\n`);
    const note = commonjsNote(folder, io.cwd);
    if (note !== undefined) io.err(`${note}\n`);
  }
  return { code: exit.fine, read, summary };
}

/** All files of all cells, by path below the output folder. */
function printAll(
  result: Compilation,
  options: CompileCommandOptions,
  printing: PrintOptions,
  io: Io,
): GeneratedFiles {
  const files = new Map<string, string | Uint8Array>();
  const owners = new Map<string, string>();
  for (const { name, schedule, program } of result.cells) {
    const spec = specName(program.file, options.out, io.cwd);
    const printed = printFiles(schedule, spec, printing);
    for (const [path, text] of Object.entries({
      ...printed.texts,
      ...printed.binaries,
    })) {
      // File systems that ignore case are common: names are compared so everywhere.
      const other = owners.get(path.toLowerCase());
      if (other !== undefined)
        throw new CallError(
          `the cells ${other} and ${name} (${program.file}) would both be written to ${join(options.out, path)}; rename one, or choose with --cell`,
        );
      owners.set(path.toLowerCase(), `${name} (${program.file})`);
      files.set(path, text);
    }
  }
  return files;
}

/**
 * Files of a spec are left over when it was compiled now and they did not come out of it, or when it is gone
 * from a folder that was compiled now. With `--cell` nothing can be said of the other cells.
 */
function isOurs(
  specs: readonly string[],
  { out, cell }: CompileCommandOptions,
  { cwd }: Io,
): (spec: string) => boolean {
  const compiled = new Set(
    findSpecs(specs, cwd).map((spec) => specName(spec, out, cwd)),
  );
  const folders = new Set(
    specs
      .filter((spec) => statSync(absolute(spec, cwd)).isDirectory())
      .map((spec) => specName(join(spec, "x.cell"), out, cwd))
      .map((spec) => posix.dirname(spec)),
  );
  const base = dirname(absolute(out, cwd));
  return (spec) =>
    cell === undefined &&
    (compiled.has(spec) ||
      (folders.has(posix.dirname(spec)) && !existsSync(join(base, spec))));
}

function reportCheck(
  result: Compilation,
  specs: readonly string[],
  stale: readonly string[],
  options: CompileCommandOptions,
  io: Io,
): { code: ExitCode; summary: string } {
  const fresh = stale.length === 0;
  const backend =
    options.backend === everything && !options.wasmFile
      ? ""
      : ` --backend ${options.backend}${options.wasmFile ? " --wasm-file" : ""}`;
  const renew = `cellc compile ${[...specs, "--out", options.out].map(shellWord).join(" ")}${backend}`;
  const summary = fresh
    ? `${options.out} is up to date (${counted(result.cells.length, "cell")})`
    : `${counted(stale.length, "file")} in ${options.out} ${stale.length === 1 ? "is" : "are"} stale`;
  if (options.json)
    io.out(
      `${JSON.stringify({ ok: fresh, stale, renew, diagnostics: problemsAsJson(result) })}\n`,
    );
  else if (fresh) io.out(`${summary}\n`);
  else {
    const { red, bold } = colorsFor(io, "out", options.color);
    io.out(
      [
        `${red("stale")}: ${summary}`,
        ...stale.map((path) => `  ${options.out.replace(/\/$/, "")}/${path}`),
        `renew with: ${bold(renew)}`,
        "",
      ].join("\n"),
    );
  }
  return { code: fresh ? exit.fine : exit.spec, summary };
}

const asJson = (
  result: Compilation,
  files: GeneratedFiles,
  { write, remove }: OutputChanges,
): string =>
  JSON.stringify({
    ok: true,
    cells: result.cells.map(({ name, program }) => ({
      name,
      file: program.file,
    })),
    files: [...files.keys()],
    written: [...write.keys()],
    removed: remove.map(({ path }) => path),
    diagnostics: problemsAsJson(result),
  });
