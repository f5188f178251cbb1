/** Files as the compiler reads them from disk: each once, by its real path, and no further than the limit. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cellc, folderWith } from "./harness.js";

const base = "cell Base { input x: [] y = x output y }";
const derived = (from: string): string =>
  `import { Base } from "${from}"\ncell A extends Base { y = x + 1 }`;

describe("imports", () => {
  it("see one file where links make many paths of it", async () => {
    const folder = folderWith({ "base.cell": base });
    for (const link of ["p", "q"]) symlinkSync(".", join(folder, link));
    writeFileSync(
      join(folder, "a.cell"),
      `import { B } from "./p/a.cell"\nimport { C } from "./q/a.cell"\n${derived("./p/q/p/base.cell")}`,
    );
    const { out, code } = await cellc(folder, ["check", "a.cell"]);
    expect(code).toBe(1);
    expect(out.match(/C123/g)).toHaveLength(2);
    expect(out).toContain("a.cell → a.cell");
  });

  it("take a file that is given twice once", async () => {
    const folder = folderWith({ "specs/base.cell": base });
    symlinkSync("specs", join(folder, "linked"));
    const { out } = await cellc(folder, ["check", "specs", "linked"]);
    expect(out).toBe("1 cell, no errors\n");
  });

  it.skipIf(process.platform === "win32")(
    "refuse what is no file: devices, pipes, folders",
    async () => {
      const folder = folderWith({});
      mkdirSync(join(folder, "d.cell"));
      execFileSync("mkfifo", [join(folder, "pipe.cell")]);
      for (const from of ["/dev/zero", "./pipe.cell", "./d.cell"]) {
        writeFileSync(join(folder, "a.cell"), derived(from));
        const { out, code } = await cellc(folder, ["check", "a.cell"]);
        expect(code).toBe(1);
        expect(out).toContain("C122");
      }
      const { err, code } = await cellc(folder, ["check", "pipe.cell"]);
      expect(code).toBe(2);
      expect(err).toContain(
        "cannot read pipe.cell: it is neither a file nor a folder",
      );
    },
  );
});
