/**
 * Where a zero cotangent may turn into something else on its way to the leaves: zero times what is not
 * finite is not zero. Leaves are taken to be finite here, and products not to overflow.
 */
import type { Node } from "../ir/graph.js";
import { Bounds } from "./bounds.js";

/** What a caller gives anew for every sequence or step. */
const isData = ({ op, attrs }: Node): boolean =>
  (op === "input" || op === "context" || op === "state") && !attrs.token;

/** Reciprocals of larger numbers, and their cubes, are far from the ends of float32. */
const smallest = 1e-12;
/** So are exponentials of smaller ones. */
const largest = 40;
/** A larger number that is written out says that the product may be out of reach. */
const largestFactor = 1e6;

export class Hazards {
  readonly #bounds = new Bounds();
  readonly #risky = new Map<Node, boolean>();
  readonly #sources = new Map<Node, bigint>();
  #count = 0n;

  /** `forward` in dependency order, so that no question about one of them nests deeply. */
  constructor(forward: readonly Node[]) {
    for (const node of forward) {
      this.#bounds.of(node);
      this.isRisky(node);
      this.#sourcesOf(node);
    }
  }

  /** The value, or a derivative on the way from it to a leaf, may be infinite or no number. */
  isRisky(node: Node): boolean {
    let risky = this.#risky.get(node);
    if (risky === undefined) {
      risky =
        this.#mayBeInfinite(node) || node.args.some((arg) => this.isRisky(arg));
      this.#risky.set(node, risky);
    }
    return risky;
  }

  /**
   * The condition is computed from data, and the value from data that the condition is not computed from:
   * it may say where they are missing.
   */
  mayMark(condition: Node, value: Node): boolean {
    const known = this.#sourcesOf(condition);
    return known !== 0n && (this.#sourcesOf(value) & ~known) !== 0n;
  }

  /** The operation is infinite, or steep without bound, for some finite operands. */
  #mayBeInfinite({ op, args }: Node): boolean {
    const [x, y] = args as [Node, Node];
    const { low, high } =
      args.length > 0 ? this.#bounds.of(x) : { low: 0, high: 0 };
    switch (op) {
      case "exp":
      case "expm1":
        return high > largest;
      case "log1p":
        return low < 0;
      case "sqrt":
      case "rsqrt":
      case "log":
        return low < smallest;
      case "pow": {
        const exponent = this.#bounds.of(y);
        return exponent.low < 1 || exponent.low !== exponent.high;
      }
      case "mul":
        return [x, y].some((factor) => {
          const range = this.#bounds.of(factor);
          return (
            range.low === range.high && Math.abs(range.low) > largestFactor
          );
        });
      case "div": {
        const divisor = this.#bounds.of(y);
        return divisor.low < smallest && divisor.high > -smallest;
      }
      default:
        return false;
    }
  }

  /** A bit for each leaf with data. */
  #sourcesOf(node: Node): bigint {
    let sources = this.#sources.get(node);
    if (sources === undefined) {
      sources = isData(node)
        ? 1n << this.#count++
        : node.args.reduce((all, arg) => all | this.#sourcesOf(arg), 0n);
      this.#sources.set(node, sources);
    }
    return sources;
  }
}
