/** The table beside the paper's, and the learning curves. */
import type { TopLevelSpec } from "vega-lite";
import type { Result } from "./train.js";

/** One finished training. */
export interface Finished extends Result {
  readonly set: string;
  readonly cell: string;
  readonly units: number;
  readonly parameters: number;
  readonly seed: number;
}

/**
 * Test NLL of Chung et al. (2014), Table 2, in nats per step. Only GRU on JSB Chorales was confirmed by a second source;
 * the others are quoted from the paper.
 */
const paper: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  nottingham: { ElmanTanh: 3.13, GRU: 3.23, ChungLSTM: 3.2 },
  "jsb-chorales": { ElmanTanh: 9.1, GRU: 8.54, ChungLSTM: 8.67 },
  musedata: { ElmanTanh: 6.23, GRU: 5.99, ChungLSTM: 6.23 },
  "piano-midi": { ElmanTanh: 9.03, GRU: 8.82, ChungLSTM: 9.03 },
};

/** Markdown: a row per data set and net, means over the seeds. */
export function table(finished: readonly Finished[]): string {
  const groups = new Map<string, Finished[]>();
  for (const run of finished) {
    const key = `${run.set}/${run.cell}/${run.units}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const rows = [...groups.values()].map((runs) => {
    const { set, cell, units, parameters } = runs[0]!;
    const over = (of: (run: Finished) => number): string => {
      const values = runs.map(of);
      const mean = values.reduce((a, b) => a + b) / values.length;
      const deviation = Math.sqrt(
        values.reduce((sum, value) => sum + (value - mean) ** 2, 0) /
          Math.max(1, values.length - 1),
      );
      return `${mean.toFixed(2)}${values.length > 1 ? ` ± ${deviation.toFixed(2)}` : ""}`;
    };
    return [
      set,
      cell,
      units,
      parameters.toLocaleString("en"),
      runs.length,
      over((run) => run.curve.length).replace(/\.\d+/g, ""),
      over((run) => run.train),
      over((run) => run.valid),
      over((run) => run.test),
      paper[set]?.[cell]?.toFixed(2) ?? "–",
    ];
  });
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.join(" | ")} |`;
  return [
    line([
      "data",
      "cell",
      "units",
      "parameters",
      "seeds",
      "epochs",
      "train",
      "valid",
      "test",
      "test, paper",
    ]),
    line(Array.from({ length: 10 }, () => "---")),
    ...rows.map(line),
    "",
  ].join("\n");
}

/** Held-out NLL against updates and against wall-clock time, a line for each training, one data set. */
export function curves(
  set: string,
  finished: readonly Finished[],
): TopLevelSpec {
  const values = finished
    .filter((run) => run.set === set)
    .flatMap(({ cell, units, seed, curve }) =>
      thinned(curve).map((point) => ({
        net: `${cell} ${units}`,
        run: `${cell} ${seed}`,
        ...point,
      })),
    );
  const lowest = Math.min(...values.map(({ valid }) => valid));
  const panel = (field: string, title: string) => ({
    width: 320,
    height: 240,
    mark: { type: "line" as const, clip: true, strokeWidth: 1.2 },
    encoding: {
      x: { field, type: "quantitative" as const, title },
      y: {
        field: "valid",
        type: "quantitative" as const,
        title: "held-out NLL per step",
        scale: { domain: [0.98 * lowest, 1.4 * lowest], zero: false },
      },
      color: { field: "net", type: "nominal" as const, title: set },
      detail: { field: "run" },
    },
  });
  return {
    background: "white",
    data: { values },
    hconcat: [panel("updates", "updates"), panel("seconds", "seconds")],
  };
}

/** At most 150 points, the first and last among them, with the digits that can be seen. */
function thinned(curve: Result["curve"]) {
  const every = Math.max(1, Math.ceil(curve.length / 150));
  return curve
    .filter((_, i) => i % every === 0 || i === curve.length - 1)
    .map(({ updates, seconds, valid }) => ({
      updates,
      seconds: Number(seconds.toFixed(2)),
      valid: Number(valid.toFixed(4)),
    }));
}
