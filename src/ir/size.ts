/**
 * Symbolic sizes in a normal form.
 *
 * A size is a polynomial in size names with rational coefficients and integer (possibly negative)
 * exponents, so that `N/2 + N/2` is `N` and `(M*N)/N` is `M`. Equality of sizes is equality of normal
 * forms; nothing has to be known about the numbers. Unknown sizes of shape inference are ordinary
 * names that start with `?`.
 */

/** One term: `coefficient · Π name^exponent`. */
interface Term {
  readonly numerator: number;
  readonly denominator: number;
  /** Sorted by name; exponents are never 0. */
  readonly powers: readonly (readonly [name: string, exponent: number])[];
}

/** An immutable symbolic size. Compare with `sameSize`, print with `showSize`. */
export interface Size {
  /** Sorted by the key of their powers; coefficients are never 0. */
  readonly terms: readonly Term[];
  /** Printed normal form; two sizes are equal exactly when their keys are. */
  readonly key: string;
}

const gcd = (a: number, b: number): number =>
  b === 0 ? Math.abs(a) : gcd(b, a % b);

const powersKey = (powers: Term["powers"]): string =>
  powers
    .map(([name, exponent]) => (exponent === 1 ? name : `${name}^${exponent}`))
    .join("*");

function normal(terms: readonly Term[]): Size {
  const byPowers = new Map<string, Term>();
  for (const term of terms) {
    const key = powersKey(term.powers);
    const old = byPowers.get(key);
    const numerator = old
      ? old.numerator * term.denominator + term.numerator * old.denominator
      : term.numerator;
    const denominator = old
      ? old.denominator * term.denominator
      : term.denominator;
    const divisor =
      gcd(numerator, denominator) * (denominator < 0 ? -1 : 1) || 1;
    byPowers.set(key, {
      numerator: numerator / divisor,
      denominator: denominator / divisor,
      powers: term.powers,
    });
  }
  // Products of names first, the plain number last: `2*N + 1`.
  const sorted = [...byPowers.entries()]
    .filter(([, term]) => term.numerator !== 0)
    .sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1))
    .map(([, term]) => term);
  return { terms: sorted, key: print(sorted) };
}

function print(terms: readonly Term[]): string {
  if (terms.length === 0) return "0";
  return terms
    .map((term, index) => {
      const above = term.powers.filter(([, exponent]) => exponent > 0);
      const below = term.powers
        .filter(([, exponent]) => exponent < 0)
        .map(([name, exponent]) => [name, -exponent] as const);
      const magnitude = Math.abs(term.numerator);
      const factors = [
        ...(magnitude !== 1 || above.length === 0 ? [String(magnitude)] : []),
        ...above.map(([name, exponent]) =>
          exponent === 1 ? name : `${name}^${exponent}`,
        ),
      ].join("*");
      const divisors = [
        ...(term.denominator !== 1 ? [String(term.denominator)] : []),
        ...below.map(([name, exponent]) =>
          exponent === 1 ? name : `${name}^${exponent}`,
        ),
      ];
      const text = [factors, ...divisors].join("/");
      if (index === 0) return term.numerator < 0 ? `-${text}` : text;
      return `${term.numerator < 0 ? "-" : "+"}${text}`;
    })
    .join("");
}

export const sizeNumber = (value: number): Size =>
  normal([{ numerator: value, denominator: 1, powers: [] }]);

export const sizeName = (name: string): Size =>
  normal([{ numerator: 1, denominator: 1, powers: [[name, 1]] }]);

export const addSizes = (a: Size, b: Size): Size =>
  normal([...a.terms, ...b.terms]);

export const negateSize = (a: Size): Size =>
  normal(a.terms.map((term) => ({ ...term, numerator: -term.numerator })));

export const subtractSizes = (a: Size, b: Size): Size =>
  addSizes(a, negateSize(b));

function multiplyTerms(a: Term, b: Term): Term {
  const exponents = new Map(a.powers);
  for (const [name, exponent] of b.powers)
    exponents.set(name, (exponents.get(name) ?? 0) + exponent);
  return {
    numerator: a.numerator * b.numerator,
    denominator: a.denominator * b.denominator,
    powers: [...exponents]
      .filter(([, exponent]) => exponent !== 0)
      .sort(([x], [y]) => (x < y ? -1 : 1)),
  };
}

export const multiplySizes = (a: Size, b: Size): Size =>
  normal(a.terms.flatMap((x) => b.terms.map((y) => multiplyTerms(x, y))));

/** Quotient, or `undefined` where the divisor is zero or a sum (which has no normal form here). */
export function divideSizes(a: Size, b: Size): Size | undefined {
  if (a.key === b.key && b.terms.length > 0) return sizeNumber(1);
  const [divisor, ...rest] = b.terms;
  if (divisor === undefined || rest.length > 0) return undefined;
  const inverse: Term = {
    numerator: divisor.denominator * Math.sign(divisor.numerator),
    denominator: Math.abs(divisor.numerator),
    powers: divisor.powers.map(
      ([name, exponent]) => [name, -exponent] as const,
    ),
  };
  return normal(a.terms.map((term) => multiplyTerms(term, inverse)));
}

export const sameSize = (a: Size, b: Size): boolean => a.key === b.key;

export const showSize = (size: Size): string => size.key;

/** The number, when the size has no names. */
export function sizeValue(size: Size): number | undefined {
  if (size.terms.length === 0) return 0;
  const [term, ...rest] = size.terms;
  return rest.length === 0 && term !== undefined && term.powers.length === 0
    ? term.numerator / term.denominator
    : undefined;
}

/** Names in the size, each once, in alphabetical order. */
export const sizeNames = (size: Size): string[] =>
  [
    ...new Set(size.terms.flatMap((term) => term.powers.map(([name]) => name))),
  ].sort();

/** Value for given numbers; throws a `RangeError` where a name has none. */
export function evaluateSize(
  size: Size,
  sizes: Readonly<Record<string, number>>,
): number {
  let sum = 0;
  for (const term of size.terms) {
    let above = term.numerator;
    let below = term.denominator;
    for (const [name, exponent] of term.powers) {
      const value = Object.hasOwn(sizes, name) ? sizes[name] : undefined;
      if (value === undefined)
        throw new RangeError(`no number is given for the size ${name}`);
      if (exponent > 0) above *= value ** exponent;
      else below *= value ** -exponent;
    }
    sum += above / below;
  }
  return sum;
}

/** The size with every name that `substitute` knows replaced. */
export function substituteSize(
  size: Size,
  substitute: (name: string) => Size | undefined,
): Size {
  let result = sizeNumber(0);
  for (const term of size.terms) {
    let product = normal([{ ...term, powers: [] }]);
    for (const [name, exponent] of term.powers) {
      const replacement = substitute(name) ?? sizeName(name);
      for (let i = 0; i < Math.abs(exponent); i++) {
        const next =
          exponent > 0
            ? multiplySizes(product, replacement)
            : divideSizes(product, replacement);
        if (next === undefined) return size;
        product = next;
      }
    }
    result = addSizes(result, product);
  }
  return result;
}

/** Rank 0, 1 or 2: `[]`, `[N]`, `[S, D]`. */
export type Shape = readonly Size[];

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, i) => sameSize(size, b[i]!));

export const showShape = (shape: Shape): string =>
  `[${shape.map(showSize).join(", ")}]`;

/** Number of elements of a shape. */
export const shapeSize = (shape: Shape): Size =>
  shape.reduce(multiplySizes, sizeNumber(1));
