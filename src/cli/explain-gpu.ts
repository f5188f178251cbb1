/** The part of `cellc explain` on WebGPU: bytes of each dispatch, and for given sizes how a call would run. */
import { describeGpu, estimate, trafficOf } from "../backends/wgsl/index.js";
import type { Call, Estimate, Runs } from "../backends/wgsl/index.js";
import type { CompiledCell } from "../compile.js";
import { CallError } from "./io.js";
import { spaced } from "./costs.js";
import { counted } from "../text/counted.js";

interface DispatchReport {
  readonly direction: "forward" | "backward";
  readonly kernels: readonly string[];
  readonly runs: Runs;
  /** Bytes, for each batch entry (and step, where all steps are in one dispatch). */
  readonly bytesPerEntry: string;
  /** Bytes that do not grow with the batch. */
  readonly bytesShared: string;
}

export interface GpuReport {
  readonly traffic: readonly DispatchReport[];
  /** Where sizes were given. */
  readonly call?: Call;
  readonly estimates: readonly Estimate[];
}

export interface CallOptions {
  readonly size?: Readonly<Record<string, number>>;
  readonly steps?: number;
  readonly batch?: number;
}

const directions = ["forward", "backward"] as const;

export function makeGpuReport(
  { program, schedule, name }: CompiledCell,
  { size, steps = 100, batch = 1 }: CallOptions,
): GpuReport {
  const traffic = directions.flatMap((direction) =>
    trafficOf(schedule, direction).map(
      ({ kernels, runs, entry, shared }): DispatchReport => ({
        direction,
        kernels,
        runs,
        bytesPerEntry: spaced(entry),
        bytesShared: spaced(shared),
      }),
    ),
  );
  if (!size) return { traffic, estimates: [] };
  const missing = program.sizes.filter((each) => size[each] === undefined);
  if (missing.length > 0)
    throw new CallError(`--size: ${name} also needs ${missing.join(", ")}`);
  const sizes = Object.fromEntries(
    program.sizes.map((each) => [each, size[each]!]),
  );
  const call = { sizes, steps, batch };
  const description = describeGpu(schedule);
  return {
    traffic,
    call,
    estimates: [false, true].map((software) =>
      estimate(schedule, description, call, software),
    ),
  };
}

const phrases: Readonly<Record<Runs, string>> = {
  static: "once",
  context: "once",
  rows: "once, for all steps",
  "first step": "for the first step",
  step: "every step",
  loop: "or once for all steps",
};

export const trafficLines = ({ traffic }: GpuReport): string[] =>
  traffic.map(({ direction, kernels, runs, bytesPerEntry, bytesShared }) => {
    const unit =
      runs === "rows" || runs === "loop" ? "step and entry" : "entry";
    const parts = [
      ...(bytesPerEntry === "0" ? [] : [`${bytesPerEntry} for each ${unit}`]),
      ...(bytesShared === "0" ? [] : [`${bytesShared} shared`]),
    ];
    return `${direction}, ${phrases[runs]}: ${kernels.join(", ")}: ${parts.join(", ")}`;
  });

export function callLines({ call, estimates }: GpuReport): string[] {
  if (!call) return [];
  const sizes = Object.entries(call.sizes).map(([name, n]) => `${name} = ${n}`);
  return [
    [...sizes, `${counted(call.steps, "step")}, batch ${call.batch}`].join(
      ", ",
    ),
    ...estimates.flatMap(({ software, regime, reason, dispatches, bytes }) => [
      `${software ? "software adapter" : "GPU"}: regime ${regime}: ${reason}`,
      ...directions.map(
        (direction) =>
          `  ${direction}: ${dispatches[direction]} dispatches, ${bytes[direction]} bytes`,
      ),
    ]),
  ];
}
