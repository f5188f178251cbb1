/** A cell with everything its base has: items of the same name and kind replaced, others added. */
import type { CellDeclaration, CellItem, FixItem, Identifier } from "./ast.js";
import type { CellPlace } from "./files.js";
import type { Placed, ResolvedCell } from "./resolved.js";

type Named = Extract<CellItem, { readonly name: Identifier }>;

export function derive(
  { declaration, file }: CellPlace,
  base: ResolvedCell | undefined,
): ResolvedCell {
  const { scope } = file;
  const place = <Item extends CellItem>(item: Item): Placed<Item> => ({
    item,
    scope,
    own: true,
  });
  const own = sort(declaration);
  const inherited = base && disown(base);
  const output = own.outputs[0];
  return {
    declaration: {
      ...declaration,
      broken: declaration.broken || base?.declaration.broken === true,
    },
    name: declaration.name.name,
    doc: declaration.doc,
    file: file.source.file,
    span: declaration.span,
    scope,
    declarations: replace(
      inherited?.declarations ?? [],
      own.declarations.map(place),
    ),
    constants: replace(inherited?.constants ?? [], own.constants.map(place)),
    definitions: replace(
      inherited?.definitions ?? [],
      own.definitions.map(place),
    ),
    fixes: [
      ...withoutRenewed(inherited?.fixes ?? [], [
        ...own.definitions,
        ...own.declarations,
      ]),
      ...own.fixes.map(place),
    ],
    output: output ? place(output) : inherited?.output,
    inheritedNames: base ? namesOf(base) : [],
  };
}

/** Names that a cell has or inherited, each once. */
function namesOf(cell: ResolvedCell): Identifier[] {
  const names = new Map(cell.inheritedNames.map((each) => [each.name, each]));
  for (const { item } of [...cell.declarations, ...cell.definitions])
    if (!names.has(item.name.name)) names.set(item.name.name, item.name);
  return [...names.values()];
}

function sort({ items }: CellDeclaration) {
  const of = <Kind extends CellItem["kind"]>(...kinds: readonly Kind[]) =>
    items.filter((item): item is Extract<CellItem, { kind: Kind }> =>
      (kinds as readonly string[]).includes(item.kind),
    );
  return {
    declarations: unique(of("input", "context", "state", "param", "buffer")),
    constants: unique(of("const")),
    definitions: unique(of("definition")),
    fixes: of("fix"),
    outputs: of("output"),
  };
}

/** What makes an item the same as one of the base. */
const identity = ({ kind, name }: Named): string => `${kind} ${name.name}`;

/** Of items that stand twice, which is reported elsewhere, the first. */
const unique = <Item extends Named>(items: readonly Item[]): Item[] => {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = identity(item);
    return !seen.has(key) && seen.add(key);
  });
};

/** An overriding item takes the place of the overridden one. */
function replace<Item extends Named>(
  base: readonly Placed<Item>[],
  own: readonly Placed<Item>[],
): Placed<Item>[] {
  const merged = new Map(base.map((placed) => [identity(placed.item), placed]));
  for (const placed of own) merged.set(identity(placed.item), placed);
  return [...merged.values()];
}

/** A fix of the base ends where the cell defines the name, or declares it, anew. */
function withoutRenewed(
  fixes: readonly Placed<FixItem>[],
  own: readonly Named[],
): Placed<FixItem>[] {
  const renewed = new Set(
    own
      .filter(({ kind }) => kind === "definition" || kind === "param")
      .map(({ name }) => name.name),
  );
  return fixes.flatMap((placed) => {
    const names = placed.item.names.filter(({ name }) => !renewed.has(name));
    return names.length === 0
      ? []
      : [{ ...placed, item: { ...placed.item, names } }];
  });
}

function disown(cell: ResolvedCell) {
  const inherit = <Item>(placed: Placed<Item>): Placed<Item> => ({
    ...placed,
    own: false,
  });
  return {
    declarations: cell.declarations.map(inherit),
    constants: cell.constants.map(inherit),
    definitions: cell.definitions.map(inherit),
    fixes: cell.fixes.map(inherit),
    output: cell.output && inherit(cell.output),
  };
}
