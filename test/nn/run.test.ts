/** Long work: progress, log, checkpoints, and an end by a signal. */
import { EventEmitter } from "node:events";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { SingleBar } from "cli-progress";
import { describe, expect, it, vi } from "vitest";
import { Random } from "cellc/nn";
import { resume, TrainingRun } from "cellc/nn/node";
import { temporaryFolder } from "../temporary-folder.js";

const all = temporaryFolder("run");
const folder = (): string => mkdtempSync(join(all, "one-"));

const busy = (milliseconds: number): void => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

describe("a run", () => {
  it("ends after a signal, with its last checkpoint", async () => {
    const path = join(folder(), "last.safetensors");
    const signals = new EventEmitter();
    const random = new Random(1);
    const run = new TrainingRun({
      progress: false,
      signals,
      checkpoint: { file: path, parts: { random }, facts: () => steps },
    });
    let steps = 0;
    // Sent while the loop holds up the event loop, as a real one.
    const timer = setTimeout(() => signals.emit("SIGINT"), 1);
    do {
      random.uniform();
      steps++;
      busy(20);
    } while (await run.step({ loss: 1, tokens: 1 }));
    run.end();
    clearTimeout(timer);
    expect(run.stopped).toBe(true);
    expect(signals.listenerCount("SIGINT")).toBe(0);
    const other = new Random(2);
    expect(resume(path, { random: other })).toBe(steps);
    expect(other.uniform()).toBe(random.uniform());
    expect(readdirSync(join(path, ".."))).toEqual(["last.safetensors"]);
  });

  it("writes checkpoints in between", async () => {
    const path = join(folder(), "last.safetensors");
    const run = new TrainingRun({
      progress: false,
      signals: new EventEmitter(),
      checkpoint: { file: path, parts: {}, every: 0, facts: () => "here" },
    });
    await run.step({ loss: 1, tokens: 1 });
    expect(resume(path, {})).toBe("here");
    run.end();
  });

  it.each([
    ["in between", 0],
    ["at the end", 60],
  ])(
    "fails where the folder is gone, and holds nothing: %s",
    async (_, every) => {
      const signals = new EventEmitter();
      const file = join(folder(), "gone", "last.safetensors");
      const run = new TrainingRun({
        progress: new PassThrough() as unknown as NodeJS.WriteStream,
        signals,
        checkpoint: { file, parts: {}, every },
      });
      const work = async (): Promise<void> => {
        await run.step({ loss: 1, tokens: 1 });
        await run.end();
      };
      // While its timer is there the process does not end.
      const stop = vi.spyOn(SingleBar.prototype, "stop");
      await expect(work()).rejects.toThrow("ENOENT");
      expect(signals.listenerCount("SIGTERM")).toBe(0);
      expect(stop).toHaveBeenCalledOnce();
      stop.mockRestore();
    },
  );

  it("logs a line of JSON at a time, after those that are there", async () => {
    const log = join(folder(), "log.jsonl");
    for (const epoch of [1, 2]) {
      const run = new TrainingRun(
        { progress: false, signals: new EventEmitter(), log },
        10 * epoch,
      );
      await run.step({ loss: epoch, tokens: 5 });
      run.log({ epoch, loss: run.loss });
      run.end();
    }
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { step: 11, seconds: expect.any(Number), epoch: 1, loss: 1 },
      { step: 21, seconds: expect.any(Number), epoch: 2, loss: 2 },
    ]);
  });

  it("shows loss, speed and the time left", async () => {
    const stream = new PassThrough();
    const shown: string[] = [];
    stream.on("data", (data) => shown.push(String(data)));
    const run = new TrainingRun({
      total: 4,
      unit: "characters",
      progress: stream as unknown as NodeJS.WriteStream,
      signals: new EventEmitter(),
    });
    for (let i = 0; i < 4; i++) {
      busy(60);
      await run.step({ loss: 2.5, tokens: 32 });
    }
    run.end();
    const text = shown.join("");
    expect(text).toContain("loss 2.5000");
    expect(text).toMatch(/\d+ characters\/s/);
    expect(text).toMatch(/left/);
    expect(text).toContain("100 %");
  });

  it("smooths the losses as it is told to", async () => {
    for (const [smoothing, mean] of [
      [undefined, 0.98 * 5 + 0.02 * 1],
      [1, 1],
    ] as const) {
      const signals = new EventEmitter();
      const run = new TrainingRun({ progress: false, signals, smoothing });
      await run.step({ loss: 5, tokens: 1 });
      await run.step({ loss: 1, tokens: 1 });
      expect(run.loss).toBeCloseTo(mean, 14);
      run.end();
    }
  });

  it("shows the share of the time where the steps are not known", async () => {
    const stream = new PassThrough();
    const shown: string[] = [];
    stream.on("data", (data) => shown.push(String(data)));
    const run = new TrainingRun({
      seconds: 0.01,
      progress: stream as unknown as NodeJS.WriteStream,
      signals: new EventEmitter(),
    });
    busy(60);
    await run.step({ loss: 1, tokens: 1 });
    run.end();
    expect(shown.join("")).toContain("100 %");
  });
});
