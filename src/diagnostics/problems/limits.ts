/** C9xx: limits that keep bad input from exhausting the compiler. */
import type { Span } from "../span.js";
import { error } from "../problem.js";

export const limitProblems = {
  nestingTooDeep: error(
    "C901",
    "Brackets, or operators within each other, are nested too deeply.",
    (d: { span: Span; limit: number }) => ({
      message: `brackets are nested more than ${d.limit} deep`,
      span: d.span,
      help: "give parts of the expression a name of their own",
    }),
  ),
  fileTooLarge: error(
    "C902",
    "A file is too large.",
    (d: { span: Span; limit: number }) => ({
      message: `the file has more than the ${d.limit} bytes that are allowed`,
      span: d.span,
      help: "split it into several files",
    }),
  ),
  expressionTooLong: error(
    "C903",
    "One expression has too many operators in a row.",
    (d: { span: Span; limit: number }) => ({
      message: `the expression is more than ${d.limit} operations deep`,
      span: d.span,
      help: "give parts of it a name of their own",
    }),
  ),
  lagTooLarge: error(
    "C905",
    "`[t-k]` reaches too many steps back.",
    (d: { span: Span; lag: number; limit: number }) => ({
      message: `${d.lag} steps back are more than the ${d.limit} that are allowed`,
      span: d.span,
    }),
  ),
  cellTooLarge: error(
    "C906",
    "A cell has too many operations once its functions are written out.",
    (d: { span: Span; limit: number; together: boolean }) => ({
      message: `${d.together ? "all cells together have" : "the cell has"} more than ${d.limit} operations once ${d.together ? "their" : "its"} functions are written out`,
      span: d.span,
      help: d.together
        ? "compile the files in several runs"
        : "functions that call each other several times grow at every level",
    }),
  ),
  importsTooDeep: error(
    "C907",
    "Too many files import each other in a row.",
    (d: { span: Span; limit: number }) => ({
      message: `more than ${d.limit} files import each other in a row`,
      span: d.span,
    }),
  ),
  inheritanceTooDeep: error(
    "C908",
    "Too many cells extend each other in a row.",
    (d: { span: Span; limit: number }) => ({
      message: `more than ${d.limit} cells extend each other in a row`,
      span: d.span,
    }),
  ),
  inheritanceTooLarge: error(
    "C909",
    "All cells together have too many items, inherited ones counted.",
    (d: { span: Span; limit: number }) => ({
      message: `all cells together have more than ${d.limit} items, inherited ones counted in each`,
      span: d.span,
      help: "compile the files in several runs",
    }),
  ),
  tooManyProblems: error(
    "C904",
    "There are more problems than are shown.",
    (d: { span: Span; limit: number }) => ({
      message: `more than ${d.limit} problems, the rest is not shown`,
      span: d.span,
    }),
  ),
} as const;
