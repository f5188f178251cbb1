/** Cells after imports and inheritance: flat lists of items, each with the scope it was written in. */
import type { Span } from "../diagnostics/span.js";
import type {
  CellDeclaration,
  ConstItem,
  Declaration,
  DefinitionItem,
  FixItem,
  FunctionDeclaration,
  Identifier,
  OutputItem,
} from "./ast.js";

/** What the names of functions and constants mean in one file, imports included. */
export interface FileScope {
  readonly file: string;
  readonly functions: ReadonlyMap<string, ScopedFunction>;
  readonly constants: ReadonlyMap<string, ScopedConstant>;
  /** Names whose import failed, which has been reported: that they mean nothing is no second problem. */
  readonly unavailable?: ReadonlySet<string>;
}

export interface ScopedFunction {
  readonly declaration: FunctionDeclaration;
  /** The file of the declaration: names in its body mean what they mean there. */
  readonly scope: FileScope;
}

export interface ScopedConstant {
  readonly declaration: ConstItem;
  readonly scope: FileScope;
}

export interface Placed<Item> {
  readonly item: Item;
  readonly scope: FileScope;
  /** Written in the cell itself, not inherited. */
  readonly own: boolean;
}

export interface ResolvedCell {
  readonly declaration: CellDeclaration;
  readonly name: string;
  readonly doc: readonly string[];
  readonly file: string;
  readonly span: Span;
  readonly scope: FileScope;
  /** Base first; an overriding item stands where the overridden one stood. One per name and kind. */
  readonly declarations: readonly Placed<Declaration>[];
  readonly constants: readonly Placed<ConstItem>[];
  readonly definitions: readonly Placed<DefinitionItem>[];
  /** In order; a later fix of the same name wins, a definition written later than a fix replaces it. */
  readonly fixes: readonly Placed<FixItem>[];
  readonly output: Placed<OutputItem> | undefined;
  /** Names that the base chain declares, for messages such as `fix` of an unknown name. */
  readonly inheritedNames: readonly Identifier[];
}
