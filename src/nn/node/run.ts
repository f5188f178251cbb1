/**
 * Long work in a terminal: a line of progress, a log in JSON lines, checkpoints, and an end by Ctrl-C that loses nothing.
 *
 * The loop calls `step` after each update. Kernels hold up the event loop, so that `step` lets it run from time to time:
 * only then a signal arrives.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { SingleBar } from "cli-progress";
import {
  encodeCheckpoint,
  readCheckpoint,
  restoreParts,
} from "../files/checkpoint.js";
import type { CheckpointParts } from "../files/checkpoint.js";
import { savedParts } from "../saved-parts.js";
import type { AnyCheckpointParts } from "../saved-parts.js";
import { writeWhole } from "./write-whole.js";

export interface RunOptions {
  /** Of all steps; with it the time left is known. */
  readonly total?: number;
  /** After so many seconds the work ends; used for the time left where the steps are not known. */
  readonly seconds?: number;
  /** What a step counts, for the speed. Default "tokens". */
  readonly unit?: string;
  /** What each new loss counts in the one that is shown. Default 0.02; 1 shows the latest. */
  readonly smoothing?: number;
  /** File for one JSON object per line; lines are added to what is there. */
  readonly log?: string;
  readonly checkpoint?: {
    readonly file: string;
    readonly parts: AnyCheckpointParts;
    /** Seconds between two. Default 60. */
    readonly every?: number;
    /** What else belongs to it; asked for when one is written. */
    readonly facts?: () => unknown;
  };
  /** Where progress goes; `false` for nowhere. Default: stderr. */
  readonly progress?: NodeJS.WriteStream | false;
  /** Default: the process, for SIGINT and SIGTERM. */
  readonly signals?: Pick<NodeJS.EventEmitter, "on" | "off">;
}

export interface StepReport {
  /** Left out where it was not read from a device. */
  readonly loss?: number;
  /** Tokens, characters or steps that this update has read. */
  readonly tokens: number;
}

const breath = 50;

export class TrainingRun {
  readonly #options: RunOptions;
  readonly #signals: NonNullable<RunOptions["signals"]>;
  readonly #bar: SingleBar | undefined;
  readonly #started = performance.now();
  #breathed = this.#started;
  #saved = this.#started;
  #steps: number;
  #tokens = 0;
  #smooth: number | undefined;
  #stopped = false;

  /** @param done steps that an earlier run has made */
  constructor(options: RunOptions = {}, done = 0) {
    this.#options = options;
    this.#steps = done;
    this.#signals = options.signals ?? process;
    for (const name of ["SIGINT", "SIGTERM"])
      this.#signals.on(name, this.#onSignal);
    const stream = options.progress ?? process.stderr;
    if (stream === false) return;
    const { unit = "tokens", total, seconds } = options;
    this.#bar = new SingleBar({
      stream,
      format: `${(total ?? seconds) === undefined ? "{value}" : "{bar} {percentage} %, {eta_formatted} left"} | loss {loss} | {speed} ${unit}/s`,
      barsize: 20,
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: 10_000,
      etaBuffer: 100,
      // Ctrl-C is ours.
      gracefulExit: false,
    });
    const begun = total === undefined && seconds !== undefined ? 0 : done;
    this.#bar.start(total ?? seconds ?? 0, begun, { loss: "–", speed: "–" });
  }

  /** Ctrl-C was pressed, or the process was asked to end: leave the loop. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Tokens per second since the beginning of this run. */
  get speed(): number {
    return this.#tokens / this.seconds;
  }

  get seconds(): number {
    return Math.max((performance.now() - this.#started) / 1000, 1e-9);
  }

  /** Running mean of the losses. */
  get loss(): number | undefined {
    return this.#smooth;
  }

  /** After each update. Resolves to false when the work is to end. */
  async step({ loss, tokens }: StepReport): Promise<boolean> {
    this.#steps++;
    this.#tokens += tokens;
    const { smoothing = 0.02 } = this.#options;
    if (loss !== undefined)
      this.#smooth =
        this.#smooth === undefined
          ? loss
          : (1 - smoothing) * this.#smooth + smoothing * loss;
    const now = performance.now();
    if (now - this.#breathed > breath) {
      const { total, seconds } = this.#options;
      const byTime = total === undefined && seconds !== undefined;
      const done = byTime ? Math.min(this.seconds, seconds) : this.#steps;
      this.#bar?.update(done, {
        loss: this.#smooth?.toFixed(4) ?? "–",
        speed: Math.round(this.speed).toLocaleString("en"),
      });
      await setImmediate();
      this.#breathed = performance.now();
    }
    const every = this.#options.checkpoint?.every ?? 60;
    if (now - this.#saved > every * 1000)
      try {
        await this.save();
      } catch (error) {
        this.#release();
        throw error;
      }
    return !this.#stopped;
  }

  /** A line of the log: what is given, with the number of the step and the seconds of this run. */
  log(facts: Readonly<Record<string, unknown>>): void {
    const { log } = this.#options;
    if (log === undefined) return;
    const line = { step: this.#steps, seconds: this.seconds, ...facts };
    appendFileSync(log, `${JSON.stringify(line)}\n`);
  }

  /**
   * Writes the checkpoint now; the one before stays whole until the new one is. Temporary files of saves that were
   * killed go. Nothing to wait for unless a part lies on a device.
   */
  save(): void | Promise<void> {
    const { checkpoint } = this.#options;
    if (!checkpoint) return;
    const { file, parts, facts } = checkpoint;
    const write = (saved: CheckpointParts): void => {
      writeWhole(file, encodeCheckpoint(saved, facts?.() ?? null));
      this.#saved = performance.now();
    };
    const saved = savedParts(parts);
    return saved instanceof Promise ? saved.then(write) : write(saved);
  }

  /** Writes the last checkpoint and gives the terminal back. */
  end(): void | Promise<void> {
    this.#release();
    return this.save();
  }

  /** The terminal and the signals: while they are held, a process whose work has failed does not end. */
  #release(): void {
    this.#bar?.stop();
    for (const name of ["SIGINT", "SIGTERM"])
      this.#signals.off(name, this.#onSignal);
  }

  /** The first signal asks the loop to end; a second one ends the process where it is. */
  readonly #onSignal = (): void => {
    if (this.#stopped) process.exit(130);
    this.#stopped = true;
  };
}

/**
 * Puts everything back as a checkpoint has it, and gives its facts; a promise of them where a part lies on a device.
 * Where the file cannot be read, is damaged or does not fit, the error names it, and nothing is changed.
 */
export function resume(
  file: string,
  parts: AnyCheckpointParts,
): unknown | Promise<unknown> {
  const read = readCheckpoint(readFileSync(file), file);
  const restore = (saved: CheckpointParts): unknown => {
    restoreParts(read, saved);
    return read.facts;
  };
  const saved = savedParts(parts);
  return saved instanceof Promise ? saved.then(restore) : restore(saved);
}
