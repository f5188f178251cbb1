/** From files to cells without imports and inheritance. */
import type { DiagnosticBag } from "../diagnostics/bag.js";
import { reportDuplicates } from "./duplicates.js";
import {
  FileLoader,
  type CellPlace,
  type LoadedFile,
  type SourceHost,
} from "./files.js";
import { inheritanceLimit, itemsLimit } from "./limits.js";
import { derive } from "./inherit.js";
import { reportShapeOverrides } from "./override-shapes.js";
import type { FileScope, ResolvedCell } from "./resolved.js";

export type { SourceHost } from "./files.js";

export interface ResolvedFiles {
  /** The cells that stand in the entry files, in order. One whose base is wrong is reported and left out. */
  readonly cells: readonly ResolvedCell[];
  /** What names mean in each entry file that could be read, with or without cells. */
  readonly scopes: readonly FileScope[];
}

export function resolveFiles(
  entries: readonly string[],
  host: SourceHost,
  bag: DiagnosticBag,
): ResolvedFiles {
  const loader = new FileLoader(host, bag);
  const resolver = new CellResolver(bag);
  const files = [
    ...new Set(
      entries
        .map((entry) => loader.entry(entry))
        .filter((file) => file !== undefined),
    ),
  ];
  return {
    cells: files.flatMap((file) => resolver.cellsOf(file)),
    scopes: files.map(({ scope }) => scope),
  };
}

class CellResolver {
  readonly #cells = new Map<
    CellPlace["declaration"],
    ResolvedCell | undefined
  >();

  #items = 0;

  constructor(readonly bag: DiagnosticBag) {}

  cellsOf(file: LoadedFile): ResolvedCell[] {
    return file.source.items.flatMap((item) => {
      if (item.kind === "fn") reportDuplicates(item, this.bag);
      // Of two cells with one name the first counts; the second is reported, but not its contents.
      if (item.kind !== "cell") return [];
      if (file.cells.get(item.name.name)?.declaration !== item) return [];
      const cell = this.#resolve({ declaration: item, file });
      return cell ? [cell] : [];
    });
  }

  #resolve(place: CellPlace): ResolvedCell | undefined {
    const chain: CellPlace[] = [];
    let next: CellPlace | undefined = place;
    let base: ResolvedCell | undefined;
    while (next !== undefined) {
      const current: CellPlace = next;
      if (this.#cells.has(current.declaration)) {
        base = this.#cells.get(current.declaration);
        if (base === undefined) return this.#fail(chain);
        break;
      }
      const start = chain.findIndex(
        ({ declaration }) => declaration === current.declaration,
      );
      if (start >= 0) {
        this.#reportCircle(chain.slice(start));
        return this.#fail(chain);
      }
      chain.push(current);
      if (chain.length > inheritanceLimit) {
        this.bag.report("inheritanceTooDeep", {
          span: place.declaration.name.span,
          limit: inheritanceLimit,
        });
        return this.#fail(chain);
      }
      if (current.declaration.base === undefined) break;
      next = this.#base(current);
      if (next === undefined) return this.#fail(chain);
    }
    for (const each of chain.toReversed()) {
      reportDuplicates(each.declaration, this.bag);
      if (this.#isTooLarge(each, base)) return this.#fail(chain);
      const cell: ResolvedCell = derive(each, base);
      // What does not fit would be reported once more, and less well, for every operation.
      if (reportShapeOverrides(cell, base, this.bag)) base = undefined;
      else base = cell;
      this.#cells.set(each.declaration, base);
      if (base === undefined) return this.#fail(chain);
    }
    return base;
  }

  /** Whether there are more items than fit; told once. */
  #isTooLarge({ declaration }: CellPlace, base: ResolvedCell | undefined) {
    const before = this.#items;
    this.#items +=
      declaration.items.length +
      (base ? base.declarations.length + base.definitions.length : 0);
    if (before <= itemsLimit && this.#items > itemsLimit)
      this.bag.report("inheritanceTooLarge", {
        span: declaration.name.span,
        limit: itemsLimit,
      });
    return this.#items > itemsLimit;
  }

  /** The cells cannot be resolved, for a reason that is reported; their own lists still are checked. */
  #fail(chain: readonly CellPlace[]): undefined {
    for (const { declaration } of chain) {
      reportDuplicates(declaration, this.bag);
      this.#cells.set(declaration, undefined);
    }
    return undefined;
  }

  #base({ declaration, file }: CellPlace): CellPlace | undefined {
    const { base } = declaration;
    if (base === undefined) return undefined;
    const found = file.cells.get(base.name);
    if (found === undefined && !file.scope.unavailable?.has(base.name))
      this.bag.report("unknownCell", {
        span: base.span,
        name: base.name,
        nearest: this.bag.nearest(base.name, () => file.cells.keys()),
      });
    return found;
  }

  #reportCircle(circle: readonly CellPlace[]): void {
    const names = circle.map(({ declaration }) => declaration.name.name);
    const first = circle[0]!.declaration;
    this.bag.report("circularExtends", {
      span: first.base?.span ?? first.name.span,
      circle: [...names, names[0]!],
    });
  }
}
