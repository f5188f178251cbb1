/** Rules for a node and its operands alone. */
import { Domain, domainNames } from "./graph.js";
import type { Node } from "./graph.js";
import { operations } from "./ops/index.js";
import { sameShape, showShape } from "./size.js";

/** Operations whose operand at a place must be a token, and which alone take one. */
const tokenPlace: Partial<Record<Node["op"], number>> = { onehot: 0, pick: 1 };

/** What is wrong with a node, as the end of a sentence that begins with it. */
export function nodeProblem(node: Node): string | undefined {
  return (
    operandProblem(node) ??
    shapeProblem(node) ??
    domainProblem(node) ??
    tokenProblem(node)
  );
}

function operandProblem({ op, args, id }: Node): string | undefined {
  const { arity } = operations[op];
  if (arity !== "any" && args.length !== arity)
    return `has ${args.length} operands, not ${arity}`;
  const later = args.find((arg) => arg.id >= id);
  return later ? `stands before its operand %${later.id}` : undefined;
}

function shapeProblem({ op, args, attrs, shape }: Node): string | undefined {
  if (shape.length > 2) return "has more than two axes";
  const derived = operations[op].shape(
    args.map((arg) => arg.shape),
    attrs,
  );
  if (typeof derived === "string")
    return `has operands that do not fit: ${derived}`;
  return sameShape(derived, shape)
    ? undefined
    : `should have the shape ${showShape(derived)}`;
}

function domainProblem({ op, args, attrs, domain }: Node): string | undefined {
  const largest = args.reduce<number>(
    (most, arg) => Math.max(most, arg.domain),
    Domain.static,
  );
  if (operations[op].kind === "leaf")
    return attrs.domain === domain ? undefined : "has no domain of its own";
  if (op === "reduce")
    return domain < largest
      ? undefined
      : `sums a value that is ${domainNames[args[0]!.domain]} up to ${domainNames[domain]}`;
  // A copy of a result may vary with more than what it copies (`passes/roots.ts`).
  if (op === "stop" && domain > largest) return undefined;
  return domain === largest
    ? undefined
    : `is ${domainNames[domain]} but its operands are ${domainNames[largest as Domain]}`;
}

function tokenProblem({ op, args }: Node): string | undefined {
  for (const [i, arg] of args.entries()) {
    const wanted = tokenPlace[op] === i;
    const given = arg.attrs.token === true;
    if (given && !wanted) return `calculates with the token %${arg.id}`;
    if (wanted && !given) return `needs a token, which %${arg.id} is not`;
  }
  return undefined;
}
