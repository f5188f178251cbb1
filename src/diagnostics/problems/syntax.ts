/** C1xx: files, and what cannot be read in them. */
import type { Span } from "../span.js";
import { error, listNames } from "../problem.js";

export const syntaxProblems = {
  unexpectedToken: error(
    "C101",
    "Something stands where the grammar wants something else.",
    (d: {
      span: Span;
      /** In words: "`)`", "the name `h`", "the end of the file". */
      found: string;
      /** In words: "`=`", "an expression". */
      expected: string;
      /** An open bracket that is not closed before the place. */
      open?: { span: Span; text: string } | undefined;
      help?: string | undefined;
    }) => ({
      message: `expected ${d.expected}, found ${d.found}`,
      span: d.span,
      notes: d.open
        ? [{ text: `\`${d.open.text}\` is opened here`, span: d.open.span }]
        : [],
      help: d.help,
    }),
  ),
  unexpectedCharacter: error(
    "C102",
    "A character has no meaning in the language.",
    (d: { span: Span; text: string; help?: string | undefined }) => ({
      message: `${d.text} means nothing here`,
      span: d.span,
      help: d.help,
    }),
  ),
  unterminatedComment: error(
    "C103",
    "A comment that starts with `/*` has no `*/`.",
    (d: { span: Span }) => ({
      message: "the comment is not closed",
      span: d.span,
      help: "end it with `*/`, or use `//`, which ends with the line",
    }),
  ),
  unterminatedString: error(
    "C104",
    "A string has no closing quote on its line.",
    (d: { span: Span }) => ({
      message: "the string is not closed on its line",
      span: d.span,
      help: 'end it with `"`',
    }),
  ),
  numberOutOfRange: error(
    "C105",
    "A number is too large, or too near to zero, for 64-bit floating point.",
    (d: { span: Span; text: string; tooLarge: boolean }) => ({
      message: d.tooLarge
        ? `the number ${d.text} is too large`
        : `the number ${d.text} is too near to zero and would be read as 0`,
      span: d.span,
      help: "numbers range from 5e-324 to 1.797e308",
    }),
  ),
  chainedComparison: error(
    "C106",
    "Comparisons are chained, as in `a < b < c`.",
    (d: { span: Span; first: Span; second: string }) => ({
      message: `\`${d.second}\` follows another comparison`,
      span: d.span,
      labels: [{ span: d.first, text: "the first comparison" }],
      help: "join two comparisons by `and`: `a < b and b < c`",
    }),
  ),
  reservedName: error(
    "C107",
    "A reserved name is declared.",
    (d: { span: Span; name: string }) => ({
      message: `\`${d.name}\` is reserved and cannot be declared`,
      span: d.span,
      help:
        d.name === "t"
          ? "`t` is the number of the step; choose another name"
          : "it is kept for later versions of the language; choose another name",
    }),
  ),
  badLag: error(
    "C108",
    "The brackets after a name do not say `[t-1]`, `[t-2]`, ….",
    (d: {
      span: Span;
      /** Missing where the brackets follow an expression. */
      name: string | undefined;
      help: string;
    }) => ({
      message: d.name
        ? `the brackets after \`${d.name}\` name no earlier step`
        : "only a name can be followed by `[t-1]`",
      span: d.span,
      help: d.help,
    }),
  ),
  unknownSuffix: error(
    "C109",
    "The dot is followed by something other than `T`.",
    (d: { span: Span; name: string }) => ({
      message: `\`.${d.name}\` means nothing, only \`.T\` follows a dot`,
      span: d.span,
      help: "a transpose is written `A.T`",
    }),
  ),
  misplacedItem: error(
    "C110",
    "An item stands outside a cell that belongs into one.",
    (d: { span: Span; item: string }) => ({
      message: `\`${d.item}\` stands outside a cell`,
      span: d.span,
      help: "put it between the braces of a `cell Name { … }`",
    }),
  ),
  tokenNotInput: error(
    "C111",
    "Something other than an input is declared as a token.",
    (d: { span: Span; kind: string; name: string }) => ({
      message: `\`${d.name}\` is a ${d.kind} and cannot be a token`,
      span: d.span,
      help: "only an input is a token: `input k: token[V]`",
    }),
  ),
  initializerNotAllowed: error(
    "C112",
    "A declaration has a value or a distribution that its kind cannot have.",
    (d: {
      span: Span;
      kind: string;
      name: string;
      initializer: "value" | "distribution";
    }) => ({
      message:
        d.initializer === "value"
          ? `the ${d.kind} \`${d.name}\` cannot have a value, the caller gives it`
          : `the ${d.kind} \`${d.name}\` cannot have a distribution`,
      span: d.span,
      help:
        d.initializer === "value"
          ? "leave out `= …`"
          : "`~` names how a `param` starts; others take `= …`",
    }),
  ),
  notUtf8: error(
    "C120",
    "A file is not UTF-8.",
    (d: { span: Span; offset: number; utf16: boolean }) => ({
      message: `the file is not UTF-8, the byte at ${d.offset} is wrong`,
      span: d.span,
      help: d.utf16
        ? "it looks like UTF-16; save it as UTF-8"
        : "save it as UTF-8",
    }),
  ),
  fileNotFound: error(
    "C121",
    "A file given to the compiler cannot be read.",
    (d: { span: Span }) => ({
      message: `the file \`${d.span.file}\` cannot be read`,
      span: d.span,
    }),
  ),
  importNotFound: error(
    "C122",
    "A file that is imported cannot be read.",
    (d: { span: Span; path: string; specifier: string }) => ({
      message: `the imported file \`${d.path}\` cannot be read`,
      span: d.span,
      help: /^\.{0,2}\//.test(d.specifier)
        ? undefined
        : `write a path relative to this file: "./${d.specifier}"`,
    }),
  ),
  circularImport: error(
    "C123",
    "Files import each other in a circle.",
    (d: { span: Span; circle: readonly string[] }) => ({
      message: `files import each other in a circle: ${d.circle.join(" → ")}`,
      span: d.span,
      help: "move what both need into a third file",
    }),
  ),
  importedNameMissing: error(
    "C124",
    "A file does not declare the name that is imported from it.",
    (d: {
      span: Span;
      name: string;
      path: string;
      nearest: string | undefined;
    }) => ({
      message: `\`${d.path}\` declares no \`${d.name}\``,
      span: d.span,
      help: d.nearest ? `did you mean \`${d.nearest}\`?` : undefined,
      fix: d.nearest ? { span: d.span, replacement: d.nearest } : undefined,
    }),
  ),
  duplicateTopLevel: error(
    "C125",
    "A file declares or imports one name twice.",
    (d: { span: Span; name: string; first: Span }) => ({
      message: `\`${d.name}\` is declared twice in this file`,
      span: d.span,
      notes: [{ text: `\`${d.name}\` is first declared here`, span: d.first }],
      help: "rename or remove one of them",
    }),
  ),
  unknownCell: error(
    "C126",
    "`extends` names a cell that the file neither declares nor imports.",
    (d: { span: Span; name: string; nearest: string | undefined }) => ({
      message: `no cell is called \`${d.name}\``,
      span: d.span,
      help: d.nearest
        ? `did you mean \`${d.nearest}\`?`
        : "declare it in this file or import it",
      fix: d.nearest ? { span: d.span, replacement: d.nearest } : undefined,
    }),
  ),
  circularExtends: error(
    "C127",
    "Cells extend each other in a circle.",
    (d: { span: Span; circle: readonly string[] }) => ({
      message: `cells extend each other in a circle: ${d.circle.join(" → ")}`,
      span: d.span,
      help:
        d.circle.length === 2
          ? "a cell cannot extend itself"
          : `one of ${listNames([...new Set(d.circle)])} has to stand alone`,
    }),
  ),
} as const;
