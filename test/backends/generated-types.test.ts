/** The types of the generated kernels, which are not checked in the projects that use them. */
import { spawnSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

it("generated TypeScript is typed strictly", () => {
  const folder = mkdtempSync(join(tmpdir(), "cellc-types-"));
  try {
    const files = readdirSync(join(root, "generated"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => {
        const text = readFileSync(
          join(root, "generated", name, "ts.ts"),
          "utf8",
        );
        expect(text).toContain("// @ts-nocheck");
        const path = join(folder, `${name}.ts`);
        writeFileSync(path, text.replace("@ts-nocheck", ""));
        return path;
      });
    expect(files.length).toBeGreaterThan(40);
    const compilerOptions = {
      noEmit: true,
      strict: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      target: "es2022",
      lib: ["es2022"],
      types: [],
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files }),
    );
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    const found = spawnSync(process.execPath, [compiler, "-p", folder], {
      encoding: "utf8",
    });
    expect(found.stdout).toBe("");
    expect(found.status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
