/** W0xx: nothing is wrong, but something is probably not meant. */
import type { Span } from "../span.js";
import { warning } from "../problem.js";

export const warnings = {
  unusedDeclaration: warning(
    "W001",
    "A declaration of the cell is never used.",
    (d: { span: Span; kind: string; name: string }) => ({
      message: `the ${d.kind} \`${d.name}\` is never used`,
      span: d.span,
      help: "remove it",
    }),
  ),
} as const;
