/** `--watch` in a process of its own: compiles, waits, compiles again, survives mistakes. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { folderWith, leaky, plainEnvironment } from "./harness.js";

const bin = fileURLToPath(new URL("../../bin/cellc.js", import.meta.url));

it(
  "compiles again after each change, of imported and of new files too",
  { timeout: 240_000 },
  async () => {
    const folder = folderWith({
      "base.cell": leaky,
      "specs/a.cell":
        'import { Leaky } from "../base.cell"\ncell A extends Leaky { }',
    });
    const argv = [bin, "compile", "specs", "--out", "out", "--watch"];
    const child = spawn(process.execPath, [...argv], {
      cwd: folder,
      env: plainEnvironment(),
    });
    let text = "";
    let ended = false;
    let wake = (): void => undefined;
    child.on("exit", () => {
      ended = true;
      wake();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      wake();
    });
    /** Waits until `pattern` was said; what was said up to there is done with. */
    const until = async (pattern: RegExp): Promise<void> => {
      const late = setTimeout(() => {
        ended = true;
        wake();
      }, 50_000);
      let found = pattern.exec(text);
      while (found === null) {
        if (ended) throw new Error(`${pattern} was never said: ${text}`);
        await new Promise<void>((resolve) => (wake = resolve));
        found = pattern.exec(text);
      }
      clearTimeout(late);
      text = text.slice(found.index + found[0].length);
    };
    const kernel = () => readFileSync(join(folder, "out/a/ts.ts"), "utf8");
    try {
      await until(/1 cell, 5 files: 5 written.*\nwatching/s);
      expect(kernel()).toContain("0.5 *");

      // An imported file counts too.
      writeFileSync(join(folder, "base.cell"), leaky.replace("0.5", "0.75"));
      await until(/base\.cell: ✓ 1 cell, 5 files: \d written/);
      expect(kernel()).toContain("0.75 *");

      writeFileSync(join(folder, "base.cell"), leaky.replace("0.5", "!"));
      await until(/✗ there are errors; nothing was written/);
      expect(kernel()).toContain("0.75 *");

      writeFileSync(join(folder, "base.cell"), leaky);
      await until(/base\.cell: ✓ 1 cell/);
      expect(kernel()).toContain("0.5 *");
      expect(existsSync(join(folder, "out/leaky.js"))).toBe(false);

      writeFileSync(join(folder, "specs/b.cell"), leaky.replace("Leaky", "B"));
      await until(/b\.cell: ✓ 2 cells, 10 files: 5 written/);
      expect(existsSync(join(folder, "out/b.js"))).toBe(true);
    } finally {
      child.kill();
    }
  },
);
