/** Folders that commands write to. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** With its parents; `mkdirSync` with `recursive` never ends where nothing can be made, as below `/proc`. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(path)) throw error;
  }
}
