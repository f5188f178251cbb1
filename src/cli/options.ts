/** Options that several commands share, and how their values are read. */
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { CallError } from "./io.js";

export interface CommonOptions {
  readonly json?: boolean;
  readonly color?: boolean;
}

export const addCommonOptions = (command: Command): Command =>
  command
    .option("--json", "print JSON for machines")
    .option("--color", "colors, whatever the terminal says")
    .option("--no-color", "no colors");

/** Of commands that take some cells of their specs. */
export const cellOption = (): Option =>
  new Option("--cell <name...>", "only these cells").argParser(
    (text: string, before: readonly string[] | undefined) =>
      readNames(text, before),
  );

/** Of commands that run cells. @param others what the numbers are for, or which the others are */
export const sizeOption = (others: string): Option =>
  new Option("--size <N=8,M=5>", `numbers for sizes${others}`).argParser(
    (text: string, before: Readonly<Record<string, number>> | undefined) =>
      readSizes(text, before),
  );

export const addDefineOption = (command: Command): Command =>
  command.addOption(
    new Option(
      "-D, --define <name=value>",
      "value of a `const` of the spec; may be repeated",
    )
      .argParser(readDefine)
      .default({}, "none"),
  );

/** `ts,wasm` → the names, each known to this version. */
export function readBackends<Name extends string>(
  text: string,
  known: readonly Name[],
): Name[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!(known as readonly string[]).includes(name))
      throw new CallError(
        `unknown backend ${name === "" ? "``" : name}; there are: ${known.join(", ")}`,
      );
  }
  return known.filter((name) => names.includes(name));
}

/** Adds up repeated `-D name=value`. */
function readDefine(
  text: string,
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  const [name, value] = splitPair(text);
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number))
    throw new InvalidArgumentError(`${value} is not a number`);
  return { ...before, [name]: number };
}

/** Adds up `N=8,M=5` and repeated options. */
export function readSizes(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  return Object.fromEntries([
    ...Object.entries(before),
    ...text.split(",").map((pair) => {
      const [name, value] = splitPair(pair);
      return [name, readCount(value)] as const;
    }),
  ]);
}

/** A whole number from 1 on. */
export function readCount(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text.trim()) || number < 1 || !Number.isSafeInteger(number))
    throw new InvalidArgumentError(`${text} is not a whole number from 1 on`);
  return number;
}

export function readSeed(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text.trim()) || number > 2 ** 31 - 1)
    throw new InvalidArgumentError(
      `${text} is not a whole number from 0 to ${2 ** 31 - 1}`,
    );
  return number;
}

/** Adds up `A B`, `A,B` and repeated options. */
export const readNames = (
  text: string,
  before: readonly string[] = [],
): string[] => [
  ...before,
  ...text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== ""),
];

function splitPair(text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  const name = text.slice(0, at).trim();
  if (at < 0 || !/^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(name))
    throw new InvalidArgumentError(`${text} is not of the form name=value`);
  return [name, text.slice(at + 1)];
}
