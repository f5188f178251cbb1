/** Bits per character against updates, and against time. */
import type { TopLevelSpec } from "vega-lite";
import type { Point } from "./train.js";

export function curves(curve: readonly Point[]): TopLevelSpec {
  const panel = (field: string, title: string) => ({
    mark: { type: "line" as const, interpolate: "linear" as const },
    encoding: {
      x: { field, type: "quantitative" as const, title },
      y: {
        field: "bits",
        type: "quantitative" as const,
        title: "bits per character",
        scale: { zero: false },
      },
      color: { field: "part", type: "nominal" as const, title: "" },
    },
  });
  return {
    data: {
      values: curve.map((point) => ({
        ...point,
        bits: point.nats / Math.LN2,
      })),
    },
    hconcat: [panel("updates", "updates"), panel("seconds", "seconds")],
  };
}
