/**
 * Cotangents with guards through products. A product adds up over elements that were taken and elements that
 * were not: its cotangent is selected first, and the other operand too where it may not be finite, so that
 * nothing of a branch that was not taken is multiplied. Whole operands are selected, not the terms of their
 * sums: what was one large product stays one.
 */
import type { Builder } from "../ir/builder.js";
import { Domain } from "../ir/graph.js";
import type { Node } from "../ir/graph.js";
import { alongOnly } from "./conditions.js";
import { select, valueOf } from "./cotangents.js";
import type { Cotangent, Guard, Literal } from "./cotangents.js";
import type { Hazards } from "./hazards.js";

/** Finite whatever the data are. */
const isFinite = ({ op, args }: Node): boolean =>
  op === "const" ||
  op === "size" ||
  op === "step" ||
  op === "iota" ||
  op === "onehot" ||
  (op === "broadcast" && isFinite(args[0]!));

/** A sum over all rows follows, and one product is made of both. */
const isSummed = ({ domain }: Node): boolean => domain === Domain.static;

export class GuardedProduct {
  /** The cotangent, zero where it does not count. */
  readonly value: Node;
  /** Conditions that are one number for the whole result. */
  readonly #uniform: Literal[] = [];
  /** Conditions that differ from element to element. */
  readonly #varying: Literal[] = [];

  constructor(
    readonly b: Builder,
    readonly node: Node,
    readonly cotangent: Cotangent,
    readonly hazards: Hazards,
  ) {
    this.value = valueOf(b, cotangent);
    for (const literal of cotangent.guard) {
      const condition = alongOnly(b, literal.condition, "none");
      if (condition) this.#uniform.push({ ...literal, condition });
      else this.#varying.push(literal);
    }
  }

  /** The operand as the derivative of the other one reads it. */
  masked(position: 0 | 1): Node {
    const { b, hazards } = this;
    const operand = this.node.args[position]!;
    const risky = hazards.isRisky(operand);
    if (isFinite(operand) || (operand.domain === Domain.static && !risky))
      return operand;
    const received = position === 0 ? 1 : 0;
    if (this.#exact(received)) return operand;
    const marks = this.#varying.some(({ condition }) =>
      hazards.mayMark(condition, operand),
    );
    return select(
      b,
      [
        ...(isSummed(this.node.args[received]!)
          ? this.#repeated(this.#uniform, operand)
          : []),
        ...(risky || marks ? this.#taken(position) : []),
      ],
      operand,
    );
  }

  /** What an operand receives: `value`, made of masked operands. */
  received(position: 0 | 1, value: Node): Cotangent {
    const operand = this.node.args[position]!;
    const guard = [
      ...this.#repeated(this.#uniform, operand),
      ...(this.#exact(position) ?? []),
    ];
    return {
      value,
      guard,
      selected: guard.length > 0 && isSummed(operand),
      vanishing:
        this.cotangent.vanishing ||
        (this.#varying.length > 0 && !this.#exact(position)),
    };
  }

  /** Which elements of an operand had a part in anything that was taken. */
  #taken(position: 0 | 1): Guard {
    const { b, node } = this;
    const varying = this.#varying;
    const along = this.#along(position);
    if (along) return along;
    const taken = select(b, varying, b.filled(1, node.shape));
    const count =
      node.shape.length === 2 && position === 1
        ? b.sumRows(taken)
        : b.sum(taken);
    const condition = b.gt(count, b.filled(0, count.shape));
    return [{ condition: this.#spread(condition, position), holds: true }];
  }

  /**
   * The conditions that vary, for the elements that an operand receives; `undefined` where elements under
   * different conditions are added up for it.
   */
  #exact(position: 0 | 1): Guard | undefined {
    return isSummed(this.node.args[position]!)
      ? undefined
      : this.#along(position);
  }

  /** Conditions as conditions of an operand, where they vary along its axis alone. */
  #along(position: 0 | 1): Guard | undefined {
    const { b, node } = this;
    const axis = position === 0 ? "rows" : "columns";
    const found: Literal[] = [];
    for (const literal of this.#varying) {
      const condition =
        node.shape.length === 2
          ? alongOnly(b, literal.condition, axis)
          : position === 0
            ? literal.condition
            : undefined;
      if (!condition) return undefined;
      found.push({ ...literal, condition: this.#spread(condition, position) });
    }
    return found;
  }

  /** What is known of an axis of the result, for all elements of the operand that the axis is from. */
  #spread(condition: Node, position: 0 | 1): Node {
    const { b, node } = this;
    const { shape } = node.args[position]!;
    const { transA = false, transB = false } = node.attrs;
    if (condition.shape.length === 0) return b.broadcast(condition, shape);
    return (position === 0 ? transA : !transB)
      ? b.broadcast(condition, shape)
      : b.spread(condition, shape);
  }

  /** Conditions for numbers, for all elements of an operand. */
  #repeated(guard: Guard, { shape }: Node): Guard {
    return guard.map((literal) => ({
      ...literal,
      condition: this.b.broadcast(literal.condition, shape),
    }));
  }
}
