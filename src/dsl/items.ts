/** Items of files and cells, from the parser's tree. */
import type { CstNode, IToken } from "chevrotain";
import type {
  CellDeclaration,
  CellItem,
  ConstItem,
  DefinitionItem,
  FunctionDeclaration,
  ImportDeclaration,
  TopLevel,
} from "./ast.js";
import {
  endOf,
  identifier,
  nodeOf,
  nodesOf,
  tokenOf,
  tokensOf,
  tokenSpan,
} from "./cst.js";
import { buildDeclarations, buildShape } from "./declarations.js";
import { Reader } from "./reader.js";

export class ItemBuilder extends Reader {
  topLevel(node: CstNode, doc: readonly string[]): TopLevel | undefined {
    const importItem = nodeOf(node, "importItem");
    if (importItem) return this.#import(importItem);
    const constItem = nodeOf(node, "constItem");
    if (constItem) return this.#const(constItem);
    const fnItem = nodeOf(node, "fnItem");
    if (fnItem) return this.#fn(fnItem, doc);
    const cell = nodeOf(node, "cell");
    return cell && this.#cell(cell, doc);
  }

  #import(node: CstNode): ImportDeclaration | undefined {
    const from = tokenOf(node, "StringLiteral");
    if (from === undefined) return undefined;
    return {
      kind: "import",
      names: this.names(node, false),
      from: from.image.replace(/^"|"$/g, ""),
      fromSpan: tokenSpan(this.file, from),
      span: this.span(node),
    };
  }

  #const(node: CstNode): ConstItem | undefined {
    const name = tokenOf(node, "AnyName");
    if (name === undefined) return undefined;
    return {
      kind: "const",
      name: this.declare(name),
      value: this.expressions.build(nodeOf(node, "expression"), endOf(name)),
      span: this.span(node),
    };
  }

  #fn(node: CstNode, doc: readonly string[]): FunctionDeclaration | undefined {
    const name = tokenOf(node, "AnyName");
    if (name === undefined) return undefined;
    const body = nodeOf(node, "fnBody");
    const span = this.span(node);
    const result = nodeOf(body ?? node, "expression");
    return {
      kind: "fn",
      name: this.declare(name),
      parameters: this.names(node, true),
      locals: (body ? nodesOf(body, "local") : []).flatMap((local) => {
        const token = tokenOf(local, "DefinedName");
        if (token === undefined) return [];
        const value = nodeOf(local, "expression");
        return [
          {
            name: this.declare(token),
            value: this.expressions.build(value, endOf(token)),
          },
        ];
      }),
      result: this.expressions.build(result, span.end),
      doc,
      span,
    };
  }

  #cell(node: CstNode, doc: readonly string[]): CellDeclaration | undefined {
    const [name, base] = tokensOf(node, "AnyName");
    if (name === undefined) return undefined;
    const span = this.span(node);
    const before = this.bag.errorReports;
    const isInside = (offset: number) =>
      offset >= span.start && offset <= span.end;
    const items = nodesOf(node, "cellItem").flatMap((item) =>
      this.#cellItem(item),
    );
    const known = new Set(
      items.flatMap((item) => ("name" in item ? [item.name.name] : [])),
    );
    const holes = this.unread.names
      .filter(
        ({ startOffset, image }) => isInside(startOffset) && !known.has(image),
      )
      .map((token) => this.#unreadDefinition(token));
    return {
      kind: "cell",
      name: this.declare(name),
      base:
        base && tokenOf(node, "Extends")
          ? identifier(this.file, base)
          : undefined,
      items: [...items, ...holes],
      broken:
        node.recoveredNode === true ||
        this.unread.places.some(isInside) ||
        this.bag.errorReports > before,
      doc,
      span,
    };
  }

  #unreadDefinition(token: IToken): DefinitionItem {
    const name = identifier(this.file, token);
    return {
      kind: "definition",
      gate: false,
      name,
      shape: undefined,
      value: { kind: "hole", span: name.span },
      span: name.span,
    };
  }

  #cellItem(node: CstNode): CellItem[] {
    const declaration = nodeOf(node, "declaration");
    if (declaration) return buildDeclarations(declaration, this);
    const constItem = nodeOf(node, "constItem");
    if (constItem) return present(this.#const(constItem));
    const gate = nodeOf(node, "gate");
    const definition = nodeOf(gate ?? node, "definition");
    if (definition)
      return present(this.#definition(definition, gate !== undefined));
    const fix = nodeOf(node, "fixItem");
    if (fix) {
      const span = this.span(fix);
      const value = this.expressions.build(nodeOf(fix, "expression"), span.end);
      return [{ kind: "fix", names: this.names(fix, false), value, span }];
    }
    const output = nodeOf(node, "outputItem");
    if (output === undefined) return [];
    return [
      {
        kind: "output",
        names: this.names(output, false),
        span: this.span(output),
      },
    ];
  }

  #definition(node: CstNode, gate: boolean): DefinitionItem | undefined {
    const token = tokenOf(node, "DefinedName");
    if (token === undefined) return undefined;
    const shape = nodeOf(node, "shape");
    return {
      kind: "definition",
      gate,
      name: this.declare(token),
      shape: shape && buildShape(shape, this),
      value: this.expressions.build(nodeOf(node, "expression"), endOf(token)),
      span: this.span(node),
    };
  }
}

const present = <T>(item: T | undefined): T[] =>
  item === undefined ? [] : [item];
