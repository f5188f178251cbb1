/**
 * Equations between sizes with unknowns, which are names that start with `?`.
 *
 * An equation is solved for an unknown that stands in it once; one that cannot be solved yet waits until
 * other equations have said more.
 */
import {
  divideSizes,
  negateSize,
  sameSize,
  sizeName,
  sizeNames,
  substituteSize,
  subtractSizes,
} from "../../ir/size.js";
import type { Shape, Size } from "../../ir/size.js";

const isUnknown = (name: string): boolean => name.startsWith("?");

/** Whether a size still has unknowns. */
export const isOpen = (size: Size): boolean => size.key.includes("?");

/** An unknown and nothing else. */
const isBare = (size: Size): boolean => /^\?\w+$/.test(size.key);

/** Zero or negative, whatever the names stand for. */
const impossible = (size: Size): boolean =>
  size.terms.every((term) => term.numerator < 0);

interface Equation {
  readonly a: Size;
  readonly b: Size;
  readonly complain: () => void;
}

export class SizeSolver {
  readonly #solutions = new Map<string, Size>();
  #waiting: Equation[] = [];
  #count = 0;

  fresh(): Size {
    return sizeName(`?${++this.#count}`);
  }

  /** The size with everything put in that is known about its unknowns. */
  resolve(size: Size): Size {
    let result = this.#follow(size);
    while (
      isOpen(result) &&
      !isBare(result) &&
      sizeNames(result).some((name) => this.#solutions.has(name))
    ) {
      const next = substituteSize(result, (name) => {
        const solution = this.#solutions.get(name);
        return solution && this.#follow(solution);
      });
      if (sameSize(next, result)) break;
      result = next;
    }
    return result;
  }

  resolveShape = (shape: Shape): Shape =>
    shape.some(isOpen) ? shape.map((size) => this.resolve(size)) : shape;

  /** Where a chain of unknowns that are each other ends; every link remembers it. */
  #follow(size: Size): Size {
    const chain: string[] = [];
    let end = size;
    for (
      let next = isBare(end) ? this.#solutions.get(end.key) : undefined;
      next;
      next = isBare(end) ? this.#solutions.get(end.key) : undefined
    ) {
      chain.push(end.key);
      end = next;
    }
    for (const name of chain) this.#solutions.set(name, end);
    return end;
  }

  /** False when the sizes cannot be equal, after `complain`; a doubt is settled later. */
  equate(left: Size, right: Size, complain: () => void): boolean {
    const [a, b] = [this.resolve(left), this.resolve(right)];
    if (sameSize(a, b)) return true;
    if (!isOpen(a) && !isOpen(b)) {
      complain();
      return false;
    }
    // Mostly one side is an unknown and the other knows better.
    const solution =
      isBare(a) && !isOpen(b)
        ? { name: a.key, size: b }
        : isBare(b) && !isOpen(a)
          ? { name: b.key, size: a }
          : solve(subtractSizes(a, b));
    if (solution === undefined) {
      this.#waiting.push({ a, b, complain });
      return true;
    }
    if (impossible(solution.size)) {
      complain();
      return false;
    }
    this.#solutions.set(solution.name, solution.size);
    return true;
  }

  /** Looks at the waiting equations again, as long as that solves any. */
  settle(): void {
    for (let before = -1; before !== this.#solutions.size;) {
      before = this.#solutions.size;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const { a, b, complain } of waiting) this.equate(a, b, complain);
    }
  }
}

/** An unknown of `equation = 0` that stands in it once, and what it is. */
function solve(equation: Size): { name: string; size: Size } | undefined {
  const uses = new Map<string, number>();
  for (const { powers } of equation.terms)
    for (const [name] of powers) uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const term of equation.terms)
    for (const [name, exponent] of term.powers) {
      if (!isUnknown(name) || exponent !== 1 || uses.get(name) !== 1) continue;
      const one: Size = { terms: [term], key: "" };
      const factor = divideSizes(one, sizeName(name));
      const rest = negateSize(subtractSizes(equation, one));
      const size = factor && divideSizes(rest, factor);
      if (size) return { name, size };
    }
  return undefined;
}
