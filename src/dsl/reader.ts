/** What items and declarations are read with: the file, the bag, the builder of expressions. */
import type { CstNode, IToken } from "chevrotain";
import type { DiagnosticBag } from "../diagnostics/bag.js";
import type { Span } from "../diagnostics/span.js";
import type { Identifier } from "./ast.js";
import { identifier, nodeOf, nodeSpan, tokensOf } from "./cst.js";
import { ExpressionBuilder } from "./expressions.js";

const reserved: readonly string[] = ["t", "use", "repeat", "blocks"];

/** Names that a syntax error left at the start of an item: they were meant to be defined. */
export interface Unread {
  readonly names: readonly IToken[];
  /** Where the syntax errors stand. */
  readonly places: readonly number[];
}

export class Reader {
  readonly expressions: ExpressionBuilder;

  constructor(
    readonly file: string,
    readonly bag: DiagnosticBag,
    readonly unread: Unread,
  ) {
    this.expressions = new ExpressionBuilder(file, bag);
  }

  /** The identifier of something that is being declared. */
  declare(token: IToken): Identifier {
    const name = identifier(this.file, token);
    if (reserved.includes(name.name)) this.bag.report("reservedName", name);
    return name;
  }

  span(node: CstNode): Span {
    return nodeSpan(this.file, node);
  }

  names(node: CstNode, declared: boolean): Identifier[] {
    const list = nodeOf(node, "names");
    return (list ? tokensOf(list, "AnyName") : []).map((token) =>
      declared ? this.declare(token) : identifier(this.file, token),
    );
  }
}
