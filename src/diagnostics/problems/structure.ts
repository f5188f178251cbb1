/** C4xx: how the items of a cell go together. */
import type { Span } from "../span.js";
import { error } from "../problem.js";

export const structureProblems = {
  circularDefinition: error(
    "C401",
    "Definitions depend on each other within one step.",
    (d: {
      span: Span;
      circle: readonly string[];
      /** They are constants or buffers, which have no steps. */
      timeless?: boolean | undefined;
    }) => ({
      message: `the definition of \`${d.circle[0]}\` needs itself: ${d.circle.join(" → ")}`,
      span: d.span,
      help: d.timeless
        ? "one of them has to do without the others"
        : "one of them has to use the value of the step before, `[t-1]`",
    }),
  ),
  overrideShape: error(
    "C403",
    "A derived cell changes a shape that inherited definitions use.",
    (d: {
      span: Span;
      name: string;
      shape: string;
      baseShape: string;
      base: Span;
      user: string;
      use: Span;
    }) => ({
      message: `\`${d.name}\` becomes ${d.shape} here, but the inherited definition of \`${d.user}\` uses it as ${d.baseShape}`,
      span: d.span,
      notes: [
        { text: `\`${d.name}\` stands here in the base`, span: d.base },
        { text: `\`${d.user}\` uses it`, span: d.use },
      ],
      help: `define \`${d.user}\` anew in this cell, or keep the shape`,
    }),
  ),
  noOutput: error(
    "C404",
    "A cell has no output.",
    (d: { span: Span; name: string }) => ({
      message: `the cell \`${d.name}\` has no output`,
      span: d.span,
      help: "say what the caller receives: `output h`",
    }),
  ),
  stateNeverDefined: error(
    "C405",
    "A state is declared, used, and never defined.",
    (d: { span: Span; name: string }) => ({
      message: `the state \`${d.name}\` is never defined`,
      span: d.span,
      help: `say what it becomes in every step: \`${d.name} = …\``,
    }),
  ),
  sugarOutsideDefinition: error(
    "C406",
    "`affine`, `linear` or `peephole` stands outside a definition of a cell.",
    (d: { span: Span; name: string }) => ({
      message: `\`${d.name}\` stands outside a definition, whose name its parameters would bear`,
      span: d.span,
      help: "write it in a definition of the cell and hand its value on",
    }),
  ),
  initialNotStatic: error(
    "C407",
    "The initial value of a state depends on a step.",
    (d: { span: Span; name: string; uses: string }) => ({
      message: `the initial value of \`${d.name}\` cannot use ${d.uses}`,
      span: d.span,
      help: "it is a constant or a parameter",
    }),
  ),
  bufferNotStatic: error(
    "C408",
    "The value of a buffer depends on more than sizes and constants.",
    (d: { span: Span; name: string; uses: string }) => ({
      message: `the buffer \`${d.name}\` cannot use ${d.uses}`,
      span: d.span,
      help: "a buffer is computed once, from sizes and constants; without `= …` the caller gives it",
    }),
  ),
  notConstant: error(
    "C409",
    "A `const`, a `fix` or a starting value is not a number known at compile time.",
    (d: { span: Span; item: string; uses?: string | undefined }) => ({
      message: d.uses
        ? `${d.item} has to be a number, it cannot use ${d.uses}`
        : `${d.item} has to be a number`,
      span: d.span,
      help: "it may use numbers, constants and functions of them",
    }),
  ),
  divisionByZero: error(
    "C410",
    "A division by the constant zero.",
    (d: { span: Span; divisor: Span }) => ({
      message: "division by the constant zero",
      span: d.span,
      labels: [{ span: d.divisor, text: "always 0" }],
    }),
  ),
  secondOutput: error(
    "C412",
    "A cell has two `output` lines.",
    (d: { span: Span; first: Span }) => ({
      message: "a cell has one `output` line, this is the second",
      span: d.span,
      notes: [{ text: "the first stands here", span: d.first }],
      help: "write one list: `output y, c`",
    }),
  ),
  duplicateOutput: error(
    "C413",
    "A name stands twice in an `output` line.",
    (d: { span: Span; name: string; first: Span }) => ({
      message: `\`${d.name}\` stands twice among the outputs`,
      span: d.span,
      labels: [{ span: d.first, text: "" }],
    }),
  ),
  cannotFix: error(
    "C411",
    "`fix` names something that is neither a definition nor a parameter.",
    (d: { span: Span; name: string; kind: string; declared: Span }) => ({
      message: `\`${d.name}\` is ${d.kind} and cannot be fixed`,
      span: d.span,
      notes: [{ text: `\`${d.name}\` is declared here`, span: d.declared }],
      help: "definitions and parameters can be fixed",
    }),
  ),
} as const;
