/** What backends ask of a schedule: values of states that a call begins with and leaves behind, and what kernels store. */
import { stateKey } from "../ir/program.js";
import type { ArrayPlan, Kernel, Schedule } from "../passes/kernels.js";

/** A value of a state that a call begins with and leaves behind. */
export interface HistoryKey {
  readonly name: string;
  readonly key: string;
  readonly lag: number;
  /** The largest lag of the state. */
  readonly deepest: number;
  readonly array: ArrayPlan;
  readonly token: boolean;
}

export const historyKeys = ({ cell, place }: Schedule): HistoryKey[] =>
  cell.states.flatMap(({ name, lag, vocabulary }) =>
    Array.from({ length: lag }, (_, i) => ({
      name,
      key: stateKey(name, i + 1),
      lag: i + 1,
      deepest: lag,
      array: place("state", name)!.array,
      token: vocabulary !== undefined,
    })),
  );

export const storedArrays = (kernel: Kernel): ArrayPlan[] =>
  kernel.kind === "product"
    ? kernel.calls.map(({ y }) => y.array)
    : kernel.segments.flatMap(({ body, after }) =>
        [...body, ...after].flatMap((statement) =>
          statement.kind === "store" ? [statement.place.array] : [],
        ),
      );
