/** `cellc fmt` */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cellc, folderWith, leaky } from "./harness.js";

const squeezed = leaky.replaceAll(": [N]", ":[ N ]");
const read = (folder: string, name: string): string =>
  readFileSync(join(folder, name), "utf8");

describe("cellc fmt", () => {
  it("writes what is not laid out, and only that", async () => {
    const folder = folderWith({ "a.cell": squeezed, "b.cell": leaky });
    expect(await cellc(folder, ["fmt", "."])).toEqual({
      code: 0,
      out: "a.cell\n1 file formatted\n",
      err: "",
    });
    expect(read(folder, "a.cell")).toBe(leaky);
    expect(readdirSync(folder).sort()).toEqual(["a.cell", "b.cell"]);
    const { out } = await cellc(folder, ["fmt", "a.cell"]);
    expect(out).toBe("all files are formatted\n");
  });

  it("--check writes nothing", async () => {
    const folder = folderWith({ "a.cell": squeezed });
    const { code, out } = await cellc(folder, ["fmt", "a.cell", "--check"]);
    expect([code, out]).toEqual([1, "a.cell\n1 file to be formatted\n"]);
    expect(read(folder, "a.cell")).toBe(squeezed);
    await cellc(folder, ["fmt", "a.cell"]);
    const again = await cellc(folder, ["fmt", "a.cell", "--check", "--json"]);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toEqual({
      ok: true,
      files: [{ file: "a.cell", state: "formatted" }],
      diagnostics: [],
    });
  });

  it("leaves files with syntax errors as they are, and formats the others", async () => {
    const broken = squeezed.replace("output h", "output");
    const folder = folderWith({ "a.cell": broken, "b.cell": squeezed });
    const { code, out, err } = await cellc(folder, ["fmt", "."]);
    expect(code).toBe(1);
    expect(err).toMatch(/error\[C\d{3}\]/);
    expect(err).toContain("a.cell:");
    expect(out).toBe("b.cell\n1 file formatted\n");
    expect(read(folder, "a.cell")).toBe(broken);
    expect(read(folder, "b.cell")).toBe(leaky);
  });

  it("formats what does not make sense yet", async () => {
    const folder = folderWith({ "a.cell": "cell A{h=x+missing output h}" });
    const { code } = await cellc(folder, ["fmt", "a.cell"]);
    expect(code).toBe(0);
    expect(read(folder, "a.cell")).toBe(
      "cell A {\n  h = x + missing\n  output h\n}\n",
    );
  });

  it("says what it cannot read", async () => {
    const folder = folderWith({ "a.cell": leaky });
    const { code, err } = await cellc(folder, ["fmt", "b.cell"]);
    expect([code, err]).toEqual([
      2,
      "error: cannot read b.cell: no such file\n",
    ]);
    writeFileSync(join(folder, "c.cell"), Uint8Array.of(0xff, 0xfe));
    const bytes = await cellc(folder, ["fmt", "c.cell"]);
    expect(bytes.code).toBe(1);
    expect(bytes.err).toContain("UTF-8");
  });
});
