/** C2xx: names and calls. */
import type { Span } from "../span.js";
import { count, error, listNames } from "../problem.js";

const suggestion = (nearest: string | undefined, span: Span) => ({
  help: nearest ? `did you mean \`${nearest}\`?` : undefined,
  fix: nearest ? { span, replacement: nearest } : undefined,
});

export const nameProblems = {
  unknownName: error(
    "C201",
    "A name is used that nothing declares or defines.",
    (d: {
      span: Span;
      name: string;
      nearest: string | undefined;
      /** The name is that of a function. */
      isFunction?: boolean | undefined;
    }) => ({
      message: `nothing is called \`${d.name}\``,
      span: d.span,
      ...(d.isFunction
        ? { help: `\`${d.name}\` is a function: call it, \`${d.name}(…)\`` }
        : suggestion(d.nearest, d.span)),
    }),
  ),
  unknownFunction: error(
    "C202",
    "A function is called that is neither built in nor declared.",
    (d: {
      span: Span;
      name: string;
      nearest: string | undefined;
      /** The name is that of a value. */
      isValue?: boolean | undefined;
      /** What is written instead of a function that other languages have. */
      instead?: string | undefined;
    }) => ({
      message: `no function is called \`${d.name}\``,
      span: d.span,
      ...(d.instead
        ? { help: d.instead }
        : d.isValue && !d.nearest
          ? {
              help: `\`${d.name}\` is a value: a product is written \`${d.name} * (…)\``,
            }
          : suggestion(d.nearest, d.span)),
    }),
  ),
  argumentCount: error(
    "C203",
    "A function is called with too many or too few arguments.",
    (d: {
      span: Span;
      name: string;
      /** Fewest and most; `most` is missing where there is no bound. */
      fewest: number;
      most: number | undefined;
      given: number;
      /** As it is declared: `clamp(v, low, high)`. */
      signature?: string | undefined;
      declared?: Span | undefined;
    }) => ({
      message: `\`${d.name}\` takes ${
        d.most === undefined
          ? `at least ${count(d.fewest, "argument")}`
          : d.most === d.fewest
            ? count(d.fewest, "argument")
            : `${d.fewest} to ${count(d.most, "argument")}`
      }, ${d.given} ${d.given === 1 ? "is" : "are"} given`,
      span: d.span,
      notes: d.declared
        ? [{ text: `\`${d.name}\` is declared here`, span: d.declared }]
        : [],
      help: d.signature ? `it is called as \`${d.signature}\`` : undefined,
    }),
  ),
  duplicateDefinition: error(
    "C204",
    "A cell or a function defines one name twice.",
    (d: { span: Span; name: string; first: Span }) => ({
      message: `\`${d.name}\` is defined twice`,
      span: d.span,
      notes: [{ text: `\`${d.name}\` is first defined here`, span: d.first }],
      help: "a name has one value per step; rename one of them",
    }),
  ),
  duplicateDeclaration: error(
    "C205",
    "A cell declares one name twice.",
    (d: { span: Span; name: string; first: Span }) => ({
      message: `\`${d.name}\` is declared twice`,
      span: d.span,
      notes: [{ text: `\`${d.name}\` is first declared here`, span: d.first }],
      help: "rename or remove one of them",
    }),
  ),
  duplicateParameter: error(
    "C206",
    "Two parameters of a function have one name.",
    (d: { span: Span; name: string; first: Span }) => ({
      message: `two parameters of the function are called \`${d.name}\``,
      span: d.span,
      notes: [{ text: "the first stands here", span: d.first }],
    }),
  ),
  kindClash: error(
    "C207",
    "One name is given two meanings that exclude each other.",
    (d: {
      span: Span;
      name: string;
      /** With its article: "an input". */
      kind: string;
      otherKind: string;
      other: Span;
    }) => ({
      message: `\`${d.name}\` cannot be both ${d.kind} and ${d.otherKind}`,
      span: d.span,
      notes: [{ text: `\`${d.name}\` is ${d.otherKind}`, span: d.other }],
      help: "rename one of them",
    }),
  ),
  sizeAndValue: error(
    "C208",
    "A size and a value of one cell have the same name.",
    (d: { span: Span; name: string; value: Span }) => ({
      message: `\`${d.name}\` names a size and a value`,
      span: d.span,
      notes: [{ text: `the value \`${d.name}\` stands here`, span: d.value }],
      help: "rename one of them",
    }),
  ),
  unknownFix: error(
    "C209",
    "`fix` names neither a definition nor a parameter of the cell.",
    (d: { span: Span; name: string; nearest: string | undefined }) => ({
      message: `there is no definition or parameter \`${d.name}\` to fix`,
      span: d.span,
      ...suggestion(d.nearest, d.span),
    }),
  ),
  outputNeverDefined: error(
    "C210",
    "`output` names something that is never defined.",
    (d: { span: Span; name: string; nearest: string | undefined }) => ({
      message: `the output \`${d.name}\` is never defined`,
      span: d.span,
      help: d.nearest
        ? `did you mean \`${d.nearest}\`?`
        : `add a definition: \`${d.name} = …\``,
      fix: d.nearest ? { span: d.span, replacement: d.nearest } : undefined,
    }),
  ),
  parameterMadeTwice: error(
    "C211",
    "`affine`, `linear` or `peephole` makes a parameter whose name is taken.",
    (d: {
      span: Span;
      name: string;
      maker: string;
      other: Span;
      otherIsDeclared: boolean;
    }) => ({
      message: d.otherIsDeclared
        ? `\`${d.maker}\` makes a parameter \`${d.name}\`, a name that is declared`
        : `\`${d.maker}\` makes a second parameter \`${d.name}\``,
      span: d.span,
      notes: [
        {
          text: d.otherIsDeclared
            ? `\`${d.name}\` is declared here`
            : `the first \`${d.name}\` is made here`,
          span: d.other,
        },
      ],
      help: `declare one of them under a name of its own: \`param … : […]\`, and write the product by hand`,
    }),
  ),
  lagOfNoValue: error(
    "C212",
    "`[t-k]` follows a name that has no value per step.",
    (d: { span: Span; name: string; kind: string }) => ({
      message: `\`${d.name}\` is ${d.kind} and has no earlier value`,
      span: d.span,
      help: `write \`${d.name}\` without brackets`,
    }),
  ),
  recursiveFunction: error(
    "C213",
    "A function calls itself, directly or through others.",
    (d: { span: Span; circle: readonly string[] }) => ({
      message: `a function calls itself: ${d.circle.join(" → ")}`,
      span: d.span,
      help: "functions are written out where they are called and cannot recur; what carries over from step to step is a `state`",
    }),
  ),
  unknownDistribution: error(
    "C214",
    "`~` is followed by something that is no distribution.",
    (d: {
      span: Span;
      name: string;
      known: readonly string[];
      nearest: string | undefined;
    }) => ({
      message: `no distribution is called \`${d.name}\``,
      span: d.span,
      help: d.nearest
        ? `did you mean \`${d.nearest}\`?`
        : `there are ${listNames(d.known)}`,
      fix: d.nearest ? { span: d.span, replacement: d.nearest } : undefined,
    }),
  ),
  unnamedSource: error(
    "C215",
    "A later source of `affine` or `linear` has no single name for its parameter.",
    (d: {
      span: Span;
      maker: string;
      /** The parameter that the first source of this kind has. */
      first: string;
      /** The source as it is written, and a name for it that is free. */
      text: string;
      free: string;
    }) => ({
      message: `this source of \`${d.maker}\` gives its parameter no name: \`${d.first}\` is taken, and it is not made of one value alone`,
      span: d.span,
      help: `name it in a line of its own, \`${d.free} = ${d.text}\`, and write \`${d.free}\` here`,
    }),
  ),
  unknownDefine: error(
    "C216",
    "`-D` names a constant that no file declares.",
    (d: { span: Span; name: string; nearest: string | undefined }) => ({
      message: `there is no constant \`${d.name}\` to define`,
      span: d.span,
      help: d.nearest ? `did you mean \`${d.nearest}\`?` : undefined,
    }),
  ),
  distributionNumbers: error(
    "C217",
    "The numbers of a distribution do not make one.",
    (d: { span: Span; text: string; rule: string }) => ({
      message: `\`${d.text}\` is no distribution: ${d.rule}`,
      span: d.span,
    }),
  ),
} as const;
