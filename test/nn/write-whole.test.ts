/** Checkpoints on the disk: whole or not at all, and nothing is left beside them. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Random } from "cellc/nn";
import { resume, TrainingRun } from "cellc/nn/node";
import { temporaryFolder } from "../temporary-folder.js";

const all = temporaryFolder("whole");
const folder = (): string => mkdtempSync(join(all, "one-"));
const root = new URL("../..", import.meta.url);

/** Saves once. */
async function save(file: string, random = new Random(1)): Promise<void> {
  const run = new TrainingRun({
    progress: false,
    checkpoint: { file, parts: { random } },
  });
  await run.end();
}

/** A process of its own that is killed at the moment when it calls this function of `node:fs` while it saves. */
function killedAt(call: string, file: string) {
  const program = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    fs[${JSON.stringify(call)}] = () => process.kill(process.pid, "SIGKILL");
    syncBuiltinESMExports();
    const url = (path) => new URL(path, ${JSON.stringify(root)}).href;
    const { Random } = await import(url("dist/nn/index.js"));
    const { TrainingRun } = await import(url("dist/nn/node/index.js"));
    const parts = { random: new Random(2) };
    const checkpoint = { file: ${JSON.stringify(file)}, parts };
    await new TrainingRun({ progress: false, checkpoint }).end();
  `;
  return spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { encoding: "utf8", cwd: all },
  );
}

it.each([["fsyncSync"], ["renameSync"]])(
  "what a save leaves that was killed at %s goes with the next one",
  async (call) => {
    const file = join(folder(), "last.safetensors");
    await save(file, new Random(7));
    const before = readFileSync(file);
    for (let i = 0; i < 2; i++) {
      const { signal, stderr } = killedAt(call, file);
      expect(stderr).toBe("");
      expect(signal).toBe("SIGKILL");
    }
    // The killed process of the second round has taken away what the first had left.
    expect(readdirSync(join(file, "..")).length).toBe(2);
    expect(readFileSync(file)).toEqual(before);
    const random = new Random(3);
    resume(file, { random });
    expect(random.uniform()).toBe(new Random(7).uniform());

    await save(file);
    expect(readdirSync(join(file, ".."))).toEqual(["last.safetensors"]);
  },
);

it("only what was written for this file, by processes that are no more, goes", async () => {
  const place = folder();
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const gone = [`last.${pid}-0.cellc-tmp`, `last.${pid}-12.cellc-tmp`];
  const kept = [
    `other.${pid}-0.cellc-tmp`,
    `last.${pid}-0.cellc-tmp.txt`,
    `last.${process.ppid}-0.cellc-tmp`,
    `last.${pid}`,
    "last.1",
    "last.1732790000",
    "last.cellc-tmp",
    "last.old.cellc-tmp",
    `xlast.${pid}-0.cellc-tmp`,
  ];
  for (const name of [...gone, ...kept]) writeFileSync(join(place, name), "x");
  // A folder of such a name cannot be removed so, and is no reason not to save.
  mkdirSync(join(place, `last.${pid}-3.cellc-tmp`));
  await save(join(place, "last"));
  expect(readdirSync(place).sort()).toEqual(
    [...kept, "last", `last.${pid}-3.cellc-tmp`].sort(),
  );
});

it("a link stays a link, and rights stay what they were", async () => {
  const [here, there] = [folder(), folder()];
  const [link, file] = [join(here, "link"), join(there, "file")];
  writeFileSync(file, "before", { mode: 0o640 });
  symlinkSync(file, link);
  await save(link);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(resume(file, { random: new Random(2) })).toBeNull();
  expect([readdirSync(here), readdirSync(there)]).toEqual([["link"], ["file"]]);
});

it("a save that fails leaves the file before and nothing beside it", async () => {
  const place = folder();
  const file = join(place, "last");
  await save(file);
  const before = readFileSync(file);
  const failing = {
    save: () => ({ tensors: {}, numbers: { loss: NaN } }),
    restore: () => undefined,
  };
  const run = new TrainingRun({
    progress: false,
    checkpoint: { file, parts: { failing } },
  });
  expect(() => run.end()).toThrow("failing: loss is NaN, no finite number");
  expect(readdirSync(place)).toEqual(["last"]);
  expect(readFileSync(file)).toEqual(before);
  await expect(save(place)).rejects.toThrow("EISDIR");
});

it.runIf(existsSync("/dev/full"))("a full device is told", async () => {
  await expect(save("/dev/full")).rejects.toThrow("ENOSPC");
  expect(existsSync("/dev/full")).toBe(true);
});

it("a damaged file is told by its name, and nothing is changed", async () => {
  const file = join(folder(), "last.safetensors");
  await save(file);
  const bytes = readFileSync(file);
  bytes[bytes.indexOf("word1") + 8]! ^= 1;
  writeFileSync(file, bytes);
  const random = new Random(9);
  expect(() => resume(file, { random })).toThrow(
    `${file}: it is not as it was written`,
  );
  expect(random.uniform()).toBe(new Random(9).uniform());
});
