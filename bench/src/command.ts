/** Command lines of the programs here: a help text, and one line for what is wrong with a call (exit code 2). */
import { Command, InvalidArgumentError } from "commander";

export const command = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .allowExcessArguments(false)
    .showHelpAfterError("(--help shows what there is)")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

/** A whole number from `least` on. */
export const readCount =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(
        `Expected a whole number from ${least} on.`,
      );
    return value;
  };
