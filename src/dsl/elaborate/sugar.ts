/**
 * The parameters that `affine`, `linear` and `peephole` make. Their names follow from the text alone, so
 * that they are known before anything is elaborated: `fix` and other definitions may use them.
 */
import type { DiagnosticBag } from "../../diagnostics/bag.js";
import type { Span } from "../../diagnostics/span.js";
import type { DefinitionItem, Expression } from "../ast.js";
import type { FileScope, Placed } from "../resolved.js";
import type { SugarResult, SugarShape, Value } from "./value.js";

export type CallExpression = Extract<Expression, { kind: "call" }>;

export const sugarNames = ["affine", "linear", "peephole"] as const;
export type SugarName = (typeof sugarNames)[number];

/** A function of the user's own takes the name over. */
export const isSugar = (name: string, scope: FileScope): name is SugarName =>
  (sugarNames as readonly string[]).includes(name) &&
  !scope.functions.has(name);

/** What one call makes: a parameter for each source, and for `affine` the bias. */
export interface SugarCall {
  readonly weights: readonly (Value | undefined)[];
  readonly bias: Value | undefined;
}

/** All expressions within one, itself first, in the order of the text. */
export function* expressionsWithin(root: Expression): Generator<Expression> {
  const stack = [root];
  for (;;) {
    const expression = stack.pop();
    if (!expression) return;
    yield expression;
    switch (expression.kind) {
      case "unary":
      case "transpose":
        stack.push(expression.operand);
        break;
      case "binary":
        stack.push(expression.right, expression.left);
        break;
      case "call":
        for (const arg of expression.args.toReversed()) stack.push(arg);
    }
  }
}

/**
 * The name by which a source is told from the others of its definition: that of the only value in it,
 * `h`, or `h2` for `h[t-2]`.
 */
function sourceName(
  source: Expression,
  isValue: (name: string) => boolean,
): string | undefined {
  const names = new Set<string>();
  for (const expression of expressionsWithin(source))
    if (expression.kind === "name" && isValue(expression.name))
      names.add(
        expression.name + (expression.lag > 1 ? String(expression.lag) : ""),
      );
  const [name, ...others] = names;
  return others.length === 0 ? name : undefined;
}

const looksBack = (source: Expression): boolean => {
  for (const expression of expressionsWithin(source))
    if (expression.kind === "name" && expression.lag > 0) return true;
  return false;
};

/** A name for a part of a definition. */
function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = `${name}_part`;
  for (let i = 2; isTaken(free); i++) free = `${name}_part${i}`;
  return free;
}

/** Names what the sugar in one definition makes. */
export function nameSugar(
  { item, scope, own }: Placed<DefinitionItem>,
  isValue: (name: string) => boolean,
  bag: DiagnosticBag,
  declare: (value: Value, maker: SugarName) => void,
): Map<CallExpression, SugarCall> {
  const calls = new Map<CallExpression, SugarCall>();
  const seen = new Set<string>();
  const offered = new Set<string>();
  const parameter = (
    maker: SugarName,
    letter: string,
    source: Expression,
    span: Span,
    sugar: SugarShape,
  ): Value | undefined => {
    const first = `${letter}_${item.name.name}`;
    let name = first;
    if (seen.has(letter)) {
      const suffix = sourceName(source, isValue);
      if (suffix === undefined) {
        const text = bag.textOf(source.span).replaceAll(/\s+/g, " ");
        const free = freeName(
          item.name.name,
          (name) => isValue(name) || offered.has(name),
        );
        offered.add(free);
        bag.report("unnamedSource", {
          span: source.span,
          maker,
          first,
          text,
          free,
        });
        return undefined;
      }
      name = `${first}_${suffix}`;
    }
    seen.add(letter);
    const value: Value = {
      name,
      kind: "param",
      span,
      own,
      gate: false,
      declared: undefined,
      vocabulary: undefined,
      sugar,
    };
    declare(value, maker);
    return value;
  };
  for (const call of expressionsWithin(item.value)) {
    if (call.kind !== "call" || !isSugar(call.callee.name, scope)) continue;
    const maker = call.callee.name;
    const result: SugarResult = { span: call.span };
    const weights = call.args.map((source) =>
      maker === "peephole"
        ? parameter(maker, "p", source, call.callee.span, { kind: "peephole" })
        : parameter(maker, looksBack(source) ? "R" : "W", source, source.span, {
            kind: "weight",
            result,
          }),
    );
    const bias =
      maker === "affine" && call.args.length > 0 && weights[0]
        ? parameter(maker, "b", call.args[0]!, call.callee.span, {
            kind: "bias",
            result,
          })
        : undefined;
    calls.set(call, { weights, bias });
  }
  return calls;
}
