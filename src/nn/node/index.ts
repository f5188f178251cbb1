/** `cellc/nn/node`: training in a process of Node, with files and a terminal. */
export { resume, TrainingRun } from "./run.js";
export type { RunOptions, StepReport } from "./run.js";
