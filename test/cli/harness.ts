/** Runs command lines in this process, in a folder of their own. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import { main } from "../../src/cli/main.js";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const folders: string[] = [];

/** A new folder with these files; it is gone after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "cellc-"));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0))
    rmSync(folder, { recursive: true, force: true });
});

/** `cellc …` in a folder. */
export async function cellc(
  cwd: string,
  argv: readonly string[],
  stdin = "",
): Promise<Outcome> {
  let out = "";
  let err = "";
  const code = await main(argv, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    readStdin: () => Promise.resolve(new TextEncoder().encode(stdin)),
    cwd,
    outIsTerminal: false,
    errIsTerminal: false,
    env: {},
  });
  return { code, out, err };
}

/** For processes of their own: the environment of this one, and no colours (CI asks for them). */
export const plainEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  FORCE_COLOR: undefined,
  NO_COLOR: "1",
});

/** A small cell with every kind of declaration that `run` reads. */
export const leaky = `/// A leaky unit, for tests.
cell Leaky {
  input x: [N]
  context m: [N]
  state h: [N]
  param w: [N] = 1
  buffer mask: [N]
  const rate = 0.5
  h = rate * h[t-1] + w * x * mask + m
  output h
}
`;
