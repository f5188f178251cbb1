/**
 * The functions that are written in the language itself. A name may stand twice, with different numbers
 * of arguments. `along` and `last_extent` are known here only: `along(s, v)` repeats what a reduction of
 * `v` gave along the last axis of `v`, so that everything serves vectors and, row by row, matrices.
 */
import { DiagnosticBag } from "../diagnostics/bag.js";
import type { FunctionDeclaration } from "./ast.js";
import type { Prelude } from "./elaborate/functions.js";
import { parseSource } from "./syntax.js";

const preludeFile = "<prelude>";

const preludeText = `
fn coupled(g) = 1 - g

fn square(x) = x * x
fn reciprocal(x) = 1 / x
fn mod(a, b) = a - b * floor(a / b)
fn clamp(x, low, high) = min(max(x, low), high)

fn relu(x) = where(x > 0, x, 0)
fn leaky_relu(x) = leaky_relu(x, 0.01)
fn leaky_relu(x, slope) = where(x > 0, x, slope * x)
fn elu(x) = where(x > 0, x, expm1(x))
fn elu(x, alpha) = where(x > 0, x, alpha * expm1(x))
fn selu(x) = 1.0507009873554805 * elu(x, 1.6732632423543772)
fn gelu(x) = 0.5 * x * (1 + erf(x / sqrt(2)))
fn silu(x) = x * sigmoid(x)
fn log_sigmoid(x) = -softplus(-x)
fn softsign(x) = x / (1 + abs(x))
fn hard_sigmoid(x) = clamp(x / 6 + 0.5, 0, 1)
fn hard_tanh(x) = clamp(x, -1, 1)

fn mean(v) = sum(v) / last_extent(v)
fn var(v) {
  d = v - along(mean(v), v)
  return mean(square(d))
}
fn norm(v) {
  s = sum(square(v))
  return where(s > 0, sqrt(s), 0)
}
fn normalize(v) = v / along(max(norm(v), 1e-12), v)

fn logsumexp(v) {
  m = stop_gradient(max_of(v))
  return m + log(sum(exp(v - along(m, v))))
}
fn softmax(v) {
  e = exp(v - along(stop_gradient(max_of(v)), v))
  return e / along(sum(e), v)
}
fn log_softmax(v) = v - along(logsumexp(v), v)

fn layer_norm(v, gain, bias) {
  d = v - along(mean(v), v)
  return gain * (d * along(rsqrt(mean(square(d)) + 1e-5), v)) + bias
}
fn rms_norm(v, gain) = gain * (v * along(rsqrt(mean(square(v)) + 1e-5), v))
`;

/** A fault in it is a fault of the compiler. */
function readPrelude(): Prelude {
  const bag = new DiagnosticBag();
  const text = new TextEncoder().encode(preludeText);
  const items = parseSource(preludeFile, text, bag)?.items ?? [];
  if (bag.size > 0)
    throw new Error(`prelude: ${bag.diagnostics[0]?.message ?? ""}`);
  const functions = new Map<string, FunctionDeclaration[]>();
  for (const item of items)
    if (item.kind === "fn")
      functions.set(item.name.name, [
        ...(functions.get(item.name.name) ?? []),
        item,
      ]);
  return {
    functions,
    scope: {
      file: preludeFile,
      functions: new Map(),
      constants: new Map(),
    },
  };
}

export const prelude: Prelude = readPrelude();
