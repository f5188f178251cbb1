/** Reads files and what they import, and says what every name means in each of them. */
import type { DiagnosticBag } from "../diagnostics/bag.js";
import type { Span } from "../diagnostics/span.js";
import type {
  CellDeclaration,
  Identifier,
  ImportDeclaration,
  SourceFile,
  TopLevel,
} from "./ast.js";
import { importLimit } from "./limits.js";
import type { FileScope, ScopedConstant, ScopedFunction } from "./resolved.js";
import { parseSource } from "./syntax.js";

/** Where the texts come from. Paths are opaque; an import is resolved against the file it stands in. */
export interface SourceHost {
  /** `undefined`: cannot be read. Of a file above the limit of the compiler the beginning will do. */
  read(path: string): Uint8Array | undefined;
  resolve(from: string, specifier: string): string;
  /** The same for all paths of one file; without it a path is a file of its own. */
  identity?(path: string): string;
}

export interface LoadedFile {
  readonly source: SourceFile;
  /** What it declares under each name; imports aside. */
  readonly items: ReadonlyMap<string, readonly Space[]>;
  readonly scope: FileScope;
  /** Cells that `extends` may name here, with the file they stand in. */
  readonly cells: ReadonlyMap<string, CellPlace>;
}

export interface CellPlace {
  readonly declaration: CellDeclaration;
  readonly file: LoadedFile;
}

/** A file whose names are being collected. */
interface OpenFile extends LoadedFile {
  readonly scope: FileScope & {
    readonly functions: Map<string, ScopedFunction>;
    readonly constants: Map<string, ScopedConstant>;
    readonly unavailable: Set<string>;
  };
  readonly cells: Map<string, CellPlace>;
}

export class FileLoader {
  /** By identity; `undefined`: reported as missing or unreadable. */
  readonly #files = new Map<string, LoadedFile | undefined>();
  readonly #open: { readonly identity: string; readonly path: string }[] = [];

  constructor(
    readonly host: SourceHost,
    readonly bag: DiagnosticBag,
  ) {}

  entry(path: string): LoadedFile | undefined {
    return this.#load(path, () =>
      this.bag.report("fileNotFound", {
        span: { file: path, start: 0, end: 0 },
      }),
    );
  }

  #load(path: string, reportMissing: () => void): LoadedFile | undefined {
    const identity = this.#identity(path);
    if (this.#files.has(identity)) {
      const file = this.#files.get(identity);
      if (file === undefined && !this.bag.sources.has(path)) reportMissing();
      return file;
    }
    const bytes = this.host.read(path);
    if (bytes === undefined) {
      reportMissing();
      this.#files.set(identity, undefined);
      return undefined;
    }
    this.#open.push({ identity, path });
    const source = parseSource(path, bytes, this.bag);
    const file = source && this.#read(source);
    this.#open.pop();
    this.#files.set(identity, file);
    return file;
  }

  #identity(path: string): string {
    return this.host.identity?.(path) ?? path;
  }

  #read(source: SourceFile): LoadedFile {
    const scope: OpenFile["scope"] = {
      file: source.file,
      functions: new Map(),
      constants: new Map(),
      unavailable: new Set(),
    };
    const items = itemsByName(source);
    const file: OpenFile = { source, items, scope, cells: new Map() };
    const names = new DeclaredNames(this.bag);
    // Own declarations first: they win over imports of the same name, which are reported.
    for (const item of source.items)
      if (item.kind !== "import" && names.declare(item.kind, item.name))
        addOwn(file, item);
    for (const item of source.items)
      if (item.kind === "import") this.#import(item, file, names);
    return file;
  }

  #import(item: ImportDeclaration, file: OpenFile, names: DeclaredNames): void {
    const target = this.#target(item, file.source.file);
    for (const identifier of item.names) {
      const { name, span } = identifier;
      if (target === undefined) {
        file.scope.unavailable.add(name);
        continue;
      }
      const found = target.items.get(name) ?? [];
      for (const kind of found)
        if (names.declare(kind, identifier)) takeOver(file, target, kind, name);
      if (found.length > 0) continue;
      file.scope.unavailable.add(name);
      this.bag.report("importedNameMissing", {
        span,
        name,
        path: target.source.file,
        nearest: this.bag.nearest(name, () => target.items.keys()),
      });
    }
  }

  #target(item: ImportDeclaration, from: string): LoadedFile | undefined {
    const path = this.host.resolve(from, item.from);
    const identity = this.#identity(path);
    const start = this.#open.findIndex((file) => file.identity === identity);
    if (start >= 0) {
      const circle = [
        ...this.#open.slice(start).map((file) => file.path),
        this.#open[start]!.path,
      ];
      this.bag.report("circularImport", { span: item.fromSpan, circle });
      return undefined;
    }
    if (this.#open.length >= importLimit) {
      this.bag.report("importsTooDeep", {
        span: item.fromSpan,
        limit: importLimit,
      });
      return undefined;
    }
    return this.#load(path, () =>
      this.bag.report("importNotFound", {
        span: item.fromSpan,
        path,
        specifier: item.from,
      }),
    );
  }
}

type Space = Exclude<TopLevel["kind"], "import">;

function itemsByName(source: SourceFile): Map<string, Space[]> {
  const items = new Map<string, Space[]>();
  for (const item of source.items) {
    if (item.kind === "import") continue;
    const { name } = item.name;
    const known = items.get(name);
    if (known) known.push(item.kind);
    else items.set(name, [item.kind]);
  }
  return items;
}

/** Functions, constants and cells have a space of names each. */
class DeclaredNames {
  readonly #first = new Map<string, Span>();

  constructor(readonly bag: DiagnosticBag) {}

  /** Whether the name is new; it is reported where it is not. */
  declare(space: Space, { name, span }: Identifier): boolean {
    const key = `${space} ${name}`;
    const first = this.#first.get(key);
    if (first !== undefined) {
      this.bag.report("duplicateTopLevel", { span, name, first });
      return false;
    }
    this.#first.set(key, span);
    return true;
  }
}

function addOwn(
  file: OpenFile,
  item: Exclude<TopLevel, ImportDeclaration>,
): void {
  const { name } = item.name;
  const { scope } = file;
  if (item.kind === "fn")
    scope.functions.set(name, { declaration: item, scope });
  else if (item.kind === "const")
    scope.constants.set(name, { declaration: item, scope });
  else file.cells.set(name, { declaration: item, file });
}

function takeOver(
  file: OpenFile,
  target: LoadedFile,
  space: Space,
  name: string,
): void {
  const take = <T>(from: ReadonlyMap<string, T>, to: Map<string, T>) => {
    const found = from.get(name);
    if (found !== undefined) to.set(name, found);
  };
  if (space === "fn") take(target.scope.functions, file.scope.functions);
  else if (space === "const")
    take(target.scope.constants, file.scope.constants);
  else take(target.cells, file.cells);
}
