/** Nested arrays of JSON to flat ones and back; every error names the array and what is wrong with it. */
import { counted } from "../text/counted.js";
import { CallError } from "./io.js";

/** An axis: its name where messages should show one, and its extent. */
export interface Axis {
  readonly name?: string;
  readonly extent: number;
}

/** What numbers an array may hold. */
export type Content =
  | { readonly kind: "numbers" }
  | { readonly kind: "tokens"; readonly vocabulary: number };

export const numbers: Content = { kind: "numbers" };

/** No value of a cell has more axes than time, batch, rows and columns; deeper nesting is not followed. */
const deepest = 6;

/** Extents along the first elements: the shape of the array, if it is not ragged. */
export function outerShape(value: unknown): number[] {
  const shape: number[] = [];
  let inner = value;
  while (Array.isArray(inner) && shape.length < deepest) {
    shape.push(inner.length);
    inner = inner[0] as unknown;
  }
  return shape;
}

const showAxes = (axes: readonly Axis[]): string =>
  `[${axes.map(({ name, extent }) => (name === undefined ? extent : `${name}=${extent}`)).join(", ")}]`;

/** The flat row-major array of a nested one of exactly the given axes. */
export function flatten(
  what: string,
  value: unknown,
  axes: readonly Axis[],
  content: Content,
): Float64Array {
  const shape = outerShape(value);
  const fits =
    shape.length === axes.length &&
    axes.every(({ extent }, i) => extent === shape[i]);
  if (!fits) {
    if (shape.length === 0 && axes.length > 0)
      throw new CallError(
        `${what}: expected an array of shape ${showAxes(axes)}, got ${show(value)}`,
      );
    throw new CallError(
      `${what}: expected shape ${showAxes(axes)}, got [${shape.join(", ")}]`,
    );
  }
  const total = axes.reduce((product, { extent }) => product * extent, 1);
  const flat = new Float64Array(total);
  let at = 0;
  const walk = (part: unknown, depth: number, path: string): void => {
    const axis = axes[depth];
    if (axis === undefined) {
      flat[at++] = readNumber(what, part, path, content);
      return;
    }
    if (!Array.isArray(part) || part.length !== axis.extent)
      throw new CallError(
        `${what}: ragged array; ${path} ${Array.isArray(part) ? `has ${counted(part.length, "element")}` : `is ${show(part)}`}, expected ${axis.extent} by the shape ${showAxes(axes)}`,
      );
    for (let i = 0; i < axis.extent; i++)
      walk(part[i], depth + 1, `${path}[${i}]`);
  };
  walk(value, 0, what.split(" ").at(-1) ?? what);
  return flat;
}

function readNumber(
  what: string,
  value: unknown,
  path: string,
  content: Content,
): number {
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new CallError(
      `${what}: ${path} is ${show(value)}, not a finite number`,
    );
  if (
    content.kind === "tokens" &&
    !(Number.isInteger(value) && value >= 0 && value < content.vocabulary)
  )
    throw new CallError(
      `${what}: ${path} is ${value}; tokens are whole numbers from 0 to ${content.vocabulary - 1}`,
    );
  return value;
}

/** Levels within levels, so many that writing them out could exhaust the stack. */
function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return (
    levels === 0 ||
    Object.values(value).some((part) => isDeep(part, levels - 1))
  );
}

/** A value of JSON in a message, cut where it is long. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  // JSON has no infinities of its own: 1e999 is read as one.
  const text =
    typeof value === "number"
      ? String(value)
      : isDeep(value, 8)
        ? "nested arrays or objects"
        : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** JSON text of a flat array with the given extents. Not finite numbers become `null`, as JSON has none. */
export function nest(flat: Float64Array, extents: readonly number[]): string {
  const stride = extents.map(() => 1);
  for (let i = extents.length - 2; i >= 0; i--)
    stride[i] = stride[i + 1]! * extents[i + 1]!;
  const part = (axis: number, from: number): string => {
    if (axis === extents.length) {
      const value = flat[from]!;
      return Number.isFinite(value) ? String(value) : "null";
    }
    const items: string[] = [];
    for (let i = 0; i < extents[axis]!; i++)
      items.push(part(axis + 1, from + i * stride[axis]!));
    return `[${items.join(",")}]`;
  };
  return part(0, 0);
}
