/** Numbers for the sizes of a cell: which fit, and small ones that tell axes apart. */
import { cellRoots } from "../ir/interpret-forward.js";
import { evaluationOrder } from "../ir/interpret-values.js";
import type { CellProgram } from "../ir/program.js";
import {
  evaluateSize,
  showShape,
  showSize,
  sizeNames,
  subtractSizes,
} from "../ir/size.js";
import type { Shape, Size } from "../ir/size.js";

export type Sizes = Readonly<Record<string, number>>;

export type SizeChoice =
  | { readonly ok: true; readonly sizes: Sizes }
  | { readonly ok: false; readonly message: string };

/** A size that must be a whole number of at least `least`. */
export interface Requirement {
  readonly size: Size;
  readonly least: number;
  /** Where it stands, for the message: "`q` of shape [N/H]". */
  readonly where: string;
}

/** In order of preference: odd and distinct, so that a mistaken axis shows; then what divides well. */
const candidates = [
  5, 7, 3, 11, 9, 13, 4, 6, 8, 12, 10, 2, 16, 24, 32, 48, 64, 1, 128, 256,
] as const;

/** Bounds the search for sizes, which is exponential for unreasonable cells. */
const mostTrials = 200_000;

/**
 * Numbers for all sizes of the cell: the `wanted` ones, and for the others small numbers for which every
 * shape is a whole number. Names in `wanted` that the cell does not have are ignored.
 */
export function chooseSizes(
  program: CellProgram,
  wanted: Sizes = {},
): SizeChoice {
  const given = Object.fromEntries(
    program.sizes.flatMap((name) => {
      const value = Object.hasOwn(wanted, name) ? wanted[name] : undefined;
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const all = requirements(program);
  const problem = firstProblem(all, given);
  if (problem !== undefined) return { ok: false, message: problem };
  const open = program.sizes.filter((name) => !Object.hasOwn(given, name));
  const sizes =
    search(all, given, open, true) ?? search(all, given, open, false);
  if (sizes) return { ok: true, sizes };
  const shapes = [...new Set(all.map(({ where }) => where))].slice(0, 4);
  return {
    ok: false,
    message: `found no numbers for the sizes ${open.join(", ")} that make all shapes whole numbers: ${shapes.join("; ")}`,
  };
}

/** What does not fit when the cell is made with these sizes, or `undefined`. */
export function sizeProblem(
  program: CellProgram,
  sizes: Sizes,
): string | undefined {
  const missing = program.sizes.filter((name) => !Object.hasOwn(sizes, name));
  return missing.length > 0
    ? `no number is given for the size ${missing.join(", ")}`
    : firstProblem(requirements(program), sizes);
}

/** The first requirement that the known sizes break; those with unknown names are left out. */
function firstProblem(
  all: readonly Requirement[],
  sizes: Sizes,
): string | undefined {
  for (const [name, value] of Object.entries(sizes))
    if (!Number.isInteger(value) || value < 1)
      return `the size ${name} must be a whole number of at least 1, not ${value}`;
  const broken = all.find(
    (requirement) => isKnown(requirement, sizes) && !holds(requirement, sizes),
  );
  if (!broken) return undefined;
  const names = sizeNames(broken.size)
    .map((name) => `${name} = ${sizes[name]}`)
    .join(", ");
  const value = evaluateSize(broken.size, sizes);
  return `${broken.where}: ${showSize(broken.size)} is ${Number(value.toPrecision(6))}${names === "" ? "" : ` for ${names}`}, but must be a whole number of at least ${broken.least}`;
}

const isKnown = ({ size }: Requirement, sizes: Sizes): boolean =>
  sizeNames(size).every((name) => Object.hasOwn(sizes, name));

function holds({ size, least }: Requirement, sizes: Sizes): boolean {
  const value = evaluateSize(size, sizes);
  return Number.isInteger(value) && value >= least;
}

/** Tries the candidates for one name after the other; a requirement is tested once its names are known. */
function search(
  all: readonly Requirement[],
  given: Sizes,
  open: readonly string[],
  distinct: boolean,
): Sizes | undefined {
  // For each name, what can be tested as soon as it and the ones before it are known.
  const decided = open.map((name, i) =>
    all.filter(({ size }) => {
      const names = sizeNames(size);
      return (
        names.includes(name) &&
        !open.slice(i + 1).some((n) => names.includes(n))
      );
    }),
  );
  const sizes = Object.assign(
    Object.create(null) as Record<string, number>,
    given,
  );
  const tried = open.map(() => -1);
  let level = 0;
  for (let trial = 0; trial < mostTrials; trial++) {
    const name = open[level];
    if (name === undefined) return sizes;
    const next = ++tried[level]!;
    if (next >= candidates.length) {
      delete sizes[name];
      tried[level] = -1;
      if (--level < 0) return undefined;
      continue;
    }
    const value = candidates[next]!;
    delete sizes[name];
    if (distinct && Object.values(sizes).includes(value)) continue;
    sizes[name] = value;
    if (decided[level]!.every((requirement) => holds(requirement, sizes)))
      level++;
  }
  return undefined;
}

/** Everything that numbers for sizes must fulfil so that the cell can be made. */
export function requirements(program: CellProgram): Requirement[] {
  const names = new Map(
    program.definitions.map(({ node, name }) => [node, name]),
  );
  const found = new Map<string, Requirement>();
  const require = (size: Size, least: number, where: string): void => {
    const key = `${least} ${size.key}`;
    if (!found.has(key)) found.set(key, { size, least, where });
  };
  const requireShape = (shape: Shape, name: string | undefined): void => {
    const where =
      name === undefined
        ? `a value of shape ${showShape(shape)}`
        : `\`${name}\` of shape ${showShape(shape)}`;
    for (const size of shape) require(size, 1, where);
  };
  for (const { name, shape } of [
    ...program.inputs,
    ...program.contexts,
    ...program.params,
    ...program.buffers,
    ...program.states,
    ...program.outputs,
  ])
    requireShape(shape, name);
  for (const { name, vocabulary } of program.inputs)
    if (vocabulary)
      require(vocabulary, 1, `\`${name}\`: token[${showSize(vocabulary)}]`);
  for (const [node, name] of names) requireShape(node.shape, name);
  for (const node of evaluationOrder(program, cellRoots(program))) {
    requireShape(node.shape, names.get(node));
    if (node.op !== "slice") continue;
    const from = node.attrs.from!;
    const whole = node.args[0]!.shape[0]!;
    const where = `a slice of ${showShape(node.args[0]!.shape)} from ${showSize(from)} of length ${showSize(node.shape[0]!)}`;
    require(from, 0, where);
    require(subtractSizes(
      subtractSizes(whole, from),
      node.shape[0]!,
    ), 0, where);
  }
  return [...found.values()];
}
