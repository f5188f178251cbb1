/** The command as it is installed: a process of its own, with the built compiler. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { folderWith, leaky, plainEnvironment } from "./harness.js";

const bin = fileURLToPath(new URL("../../bin/cellc.js", import.meta.url));

const run = (cwd: string, argv: readonly string[], input = "") =>
  spawnSync(process.execPath, [bin, ...argv], {
    cwd,
    input,
    encoding: "utf8",
    env: plainEnvironment(),
  });

it(
  "keeps results on stdout, problems on stderr, and its exit codes",
  { timeout: 60_000 },
  () => {
    const folder = folderWith({ "a.cell": leaky, "bad.cell": "cell Bad {" });
    expect(run(folder, ["--version"])).toMatchObject({
      status: 0,
      stdout: "0.1.0\n",
    });
    expect(run(folder, ["check", "bad.cell"]).status).toBe(1);
    const usage = run(folder, ["run"]);
    expect(usage).toMatchObject({ status: 2, stdout: "" });
    expect(usage.stderr).toContain("required option");
    const compiled = run(folder, [
      "compile",
      "a.cell",
      "--out",
      join("deep", "er"),
    ]);
    expect(compiled).toMatchObject({ status: 0, stderr: "" });
    const ran = run(
      folder,
      ["run", "a.cell", "--data", "-"],
      JSON.stringify({
        sizes: { N: 1 },
        params: { w: [2] },
        buffers: { mask: [1] },
        inputs: { x: [[[3]]] },
        context: { m: [[1]] },
      }),
    );
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(ran.stdout).outputs.h).toEqual([[[7]]]);
  },
);

it.runIf(existsSync("/dev/full"))(
  "says so where its output finds no room, or nobody reads it",
  { timeout: 60_000 },
  () => {
    const folder = folderWith({ "a.cell": leaky });
    const shell = (command: string) =>
      spawnSync(
        "sh",
        ["-c", command.replace("cellc", '"$0" "$1"'), process.execPath, bin],
        {
          cwd: folder,
          encoding: "utf8",
          env: plainEnvironment(),
        },
      );
    for (const command of [
      "check a.cell",
      "check a.cell --json",
      "explain a.cell --emit ts",
    ]) {
      const { status, stderr } = shell(`cellc ${command} > /dev/full`);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^error: cannot write the output: ENOSPC.*\n$/);
    }
    expect(shell("cellc check missing.cell 2> /dev/full").status).toBe(2);
    const cut = shell("cellc explain a.cell --emit ts | head -n 1");
    expect([cut.status, cut.stderr]).toEqual([0, ""]);
  },
);
