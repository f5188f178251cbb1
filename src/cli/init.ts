/** `cellc init`: a project to start from. */
import { existsSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { version } from "../version.js";
import { makeFolder } from "./folders.js";
import { projectFiles } from "./init-files.js";
import { CallError, exit } from "./io.js";
import type { ExitCode, Io } from "./io.js";
import { addCommonOptions } from "./options.js";
import type { CommonOptions } from "./options.js";
import { dependencyOn } from "./own-origin.js";
import { shellWord } from "./shell-word.js";
import { absolute } from "./specs.js";

export function addInit(
  program: Command,
  io: Io,
  done: (code: ExitCode) => void,
): void {
  const command = program
    .command("init")
    .description(
      "start a project: a cell, a program that trains it, and scripts",
    )
    .argument("[dir]", "folder; made where it is missing", ".");
  addCommonOptions(command).action((dir: string, options: CommonOptions) => {
    done(init(dir, options, io));
  });
}

function init(dir: string, options: CommonOptions, io: Io): ExitCode {
  const folder = resolve(absolute(dir, io.cwd));
  const files = projectFiles({
    name: packageName(basename(folder)),
    cellc: dependencyOn(own, folder),
  });
  const paths = Object.keys(files);
  const taken = paths.filter((path) => existsSync(join(folder, path)));
  if (taken.length > 0)
    throw new CallError(
      `${dir} has ${taken.join(", ")} already; choose another folder`,
    );
  writeAll(folder, files, dir);
  if (options.json)
    io.out(`${JSON.stringify({ ok: true, folder, files: paths })}\n`);
  else
    io.out(
      [
        ...paths.map((path) => `  ${path}`),
        "",
        `Now: ${[...(folder === resolve(io.cwd) ? [] : [`cd ${shellWord(dir)}`]), "npm install", "npm start"].join(" && ")}`,
        "",
      ].join("\n"),
    );
  return exit.fine;
}

/** All of them, or none. */
function writeAll(
  folder: string,
  files: Readonly<Record<string, string>>,
  dir: string,
): void {
  const written: string[] = [];
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, path);
      makeFolder(dirname(file));
      writeFileSync(file, text, { flag: "wx" });
      written.push(file);
    }
  } catch (error) {
    for (const file of written) rmSync(file);
    throw new CallError(
      `cannot write to ${dir}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** A name that npm takes. */
const packageName = (folder: string): string =>
  folder
    .toLowerCase()
    .replaceAll(/[^a-z\d._-]+/g, "-")
    .replaceAll(/^[._-]+|-+$/g, "") || "my-cell";

/** The package that runs. */
const own = {
  folder: realpathSync(fileURLToPath(new URL("../../", import.meta.url))),
  name: "cellc",
  version,
};
