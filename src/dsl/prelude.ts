/**
 * The functions that are written in the language itself. A name may stand twice, with different numbers
 * of arguments. `along` and `last_extent` are known here only: `along(s, v)` repeats what a reduction of
 * `v` gave along the last axis of `v`, so that everything serves vectors and, row by row, matrices.
 *
 * What is not a number stays that: conditions are written so that the branch that passes a value on is the one that
 * is taken when a comparison with NaN fails.
 */
import { DiagnosticBag } from "../diagnostics/bag.js";
import type { FunctionDeclaration } from "./ast.js";
import type { Prelude } from "./elaborate/functions.js";
import type { FileScope, ScopedFunction } from "./resolved.js";
import { parseSource } from "./syntax.js";

const preludeFile = "<prelude>";

/** What only the prelude calls. */
const helperText = `
// A factor that brings the largest element near to 1 where squares would leave the range of float32, else 1. Results do not
// depend on it, so that no gradient passes. For vectors without any number but zero, and with infinite ones: 1.
fn inverse_scale(v) {
  m = stop_gradient(max_of(abs(v)))
  return where(m > 0 and m < 1.7976931348623157e308, min(1e15 / m, max(1e-15 / m, 1)), 1)
}

// The same for what has a constant added to its squares, which makes small ones alike.
fn inverse_scale_of_large(v) = min(1e15 / stop_gradient(max_of(abs(v))), 1)

// How far each element lies below the largest. The bound is the least float32: where all are minus infinity, all stay so.
fn below_largest(v) = gap(v, along(max(stop_gradient(max_of(v)), -3.4028234663852886e38), v))
`;

const preludeText = `
fn coupled(g) = 1 - g

fn square(x) = x * x
fn reciprocal(x) = 1 / x
fn mod(a, b) = a - b * floor(a / b)
fn clamp(x, low, high) = min(max(x, low), high)

fn relu(x) = where(x <= 0, 0, x)
fn leaky_relu(x) = leaky_relu(x, 0.01)
fn leaky_relu(x, slope) = where(x <= 0, slope * x, x)
fn elu(x) = where(x <= 0, expm1(x), x)
fn elu(x, alpha) = where(x <= 0, alpha * expm1(x), x)
fn selu(x) = 1.0507009873554805 * elu(x, 1.6732632423543772)
fn gelu(x) = where(x < -1000, 0, 0.5 * x * (1 + erf(x / sqrt(2))))
fn silu(x) = where(x < -1000, 0, x * sigmoid(x))
fn log_sigmoid(x) = -softplus(-x)
fn softsign(x) = where(abs(x) > 1, sign(x) / (1 + 1 / abs(x)), x / (1 + abs(x)))
fn hard_sigmoid(x) = clamp(x / 6 + 0.5, 0, 1)
fn hard_tanh(x) = clamp(x, -1, 1)

fn mean(v) = sum(v) / last_extent(v)
fn var(v) {
  d = v - along(mean(v), v)
  return mean(square(d))
}
fn norm(v) {
  r = inverse_scale(v)
  s = sum(square(v * along(r, v)))
  return where(s == 0, 0, sqrt(s) / r)
}
fn normalize(v) {
  r = inverse_scale(v)
  u = v * along(r, v)
  s = sum(square(u))
  n = max(sqrt(s), 1e-12 * r)
  return where(along(s, v) == 0, 0, u / along(n, v))
}

fn logsumexp(v) {
  s = sum(exp(below_largest(v)))
  return stop_gradient(max_of(v)) + log(where(s == 0, 1, s))
}
fn softmax(v) {
  e = exp(below_largest(v))
  s = sum(e)
  return e / along(where(s == 0, 1, s), v)
}
fn log_softmax(v) {
  d = below_largest(v)
  s = along(sum(exp(d)), v)
  return where(s == 0, stop_gradient(d), d - log(where(s == 0, 1, s)))
}

// Squared as it is: in a time loop a search for the largest element would cost a tenth of everything.
fn layer_norm(v, gain, bias) {
  d = v - along(mean(v), v)
  return gain * (d * along(rsqrt(mean(square(d)) + 1e-5), v)) + bias
}
fn rms_norm(v, gain) {
  r = inverse_scale_of_large(v)
  u = v * along(r, v)
  return gain * (u * along(rsqrt(mean(square(u)) + 1e-5 * r * r), v))
}
`;

/** A fault in it is a fault of the compiler. */
function parse(text: string): FunctionDeclaration[] {
  const bag = new DiagnosticBag();
  const { items = [] } =
    parseSource(preludeFile, new TextEncoder().encode(text), bag) ?? {};
  if (bag.size > 0)
    throw new Error(`prelude: ${bag.diagnostics[0]?.message ?? ""}`);
  return items.filter((item) => item.kind === "fn");
}

function readPrelude(): Prelude {
  const functions = new Map<string, FunctionDeclaration[]>();
  for (const declaration of parse(preludeText)) {
    const { name } = declaration.name;
    functions.set(name, [...(functions.get(name) ?? []), declaration]);
  }
  const helpers = new Map<string, ScopedFunction>();
  const scope: FileScope = {
    file: preludeFile,
    functions: helpers,
    constants: new Map(),
  };
  for (const declaration of parse(helperText))
    helpers.set(declaration.name.name, { declaration, scope });
  return { functions, scope };
}

export const prelude: Prelude = readPrelude();
