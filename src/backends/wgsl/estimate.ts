/** What a call would do on a device of a kind, for sizes in numbers: no device is asked. */
import { evaluateSize } from "../../ir/size.js";
import type { Schedule } from "../../passes/kernels.js";
import type { GpuDescription } from "../../runtime/webgpu/description.js";
import { GpuLayout } from "../../runtime/webgpu/layout.js";
import { planBackward, planForward } from "../../runtime/webgpu/plan.js";
import type { PassOptions } from "../../runtime/webgpu/plan.js";
import { chooseRegime, longestDispatch } from "../../runtime/webgpu/regime.js";
import type { Regime } from "../../runtime/webgpu/regime.js";
import { trafficOf } from "./traffic.js";

/** Limits that every device of WebGPU has. */
const memory = 16384;
const most = 65535;

export interface Call {
  readonly sizes: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly batch: number;
}

export interface Estimate {
  readonly software: boolean;
  readonly regime: Regime;
  readonly reason: string;
  /** Of a call with all gradients. */
  readonly dispatches: Readonly<Record<"forward" | "backward", number>>;
  readonly bytes: Readonly<Record<"forward" | "backward", number>>;
}

export function estimate(
  schedule: Schedule,
  description: GpuDescription,
  { sizes, steps, batch }: Call,
  software: boolean,
): Estimate {
  const layout = new GpuLayout(description, sizes);
  layout.place({ steps, batch, adjoint: true });
  const { regime, slice, reason } = chooseRegime({
    layout,
    memory,
    wanted: "auto",
    software,
  });
  const options: PassOptions = {
    regime,
    slice,
    software,
    memory,
    wanted: true,
    most,
    longest: longestDispatch(software),
  };
  const bytesOf = (direction: "forward" | "backward"): number =>
    trafficOf(schedule, direction).reduce((total, each) => {
      if (each.regime !== undefined && each.regime !== regime) return total;
      const { runs, entry, shared } = each;
      const [own, once] = [entry, shared].map((size) =>
        evaluateSize(size, sizes),
      ) as [number, number];
      switch (runs) {
        case "static":
          return total + own + once;
        case "context":
        case "first step":
          return total + own * batch + once;
        case "rows":
          return total + own * batch * steps + once;
        case "step":
          return total + (own * batch + once) * steps;
        case "loop":
          // Every workgroup reads the parameters anew in every step.
          return (
            total + (own * batch + once * Math.ceil(batch / slice)) * steps
          );
      }
    }, 0);
  return {
    software,
    regime,
    reason,
    dispatches: {
      forward: planForward(layout, new Set(), options).length,
      backward: planBackward(layout, false, options).length,
    },
    bytes: { forward: bytesOf("forward"), backward: bytesOf("backward") },
  };
}
