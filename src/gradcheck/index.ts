/** Proving gradients: the engine behind `cellc gradcheck` and the library's `gradcheck`. */
export { randomCotangents, randomData } from "./data.js";
export type { DataOptions } from "./data.js";
export { checkGradients, gradcheckRuns } from "./gradcheck.js";
export type { GradcheckOptions } from "./gradcheck.js";
export {
  compareWithoutLengths,
  differenceTolerance,
  exactTolerance,
  formatReport,
  gradientFloor,
} from "./report.js";
export type {
  GradcheckReport,
  TensorKind,
  TensorReport,
  WorstElement,
} from "./report.js";
export { relativeError } from "./tensors.js";
export { chooseSizes, requirements, sizeProblem } from "./sizes.js";
export type { Requirement, SizeChoice, Sizes } from "./sizes.js";
