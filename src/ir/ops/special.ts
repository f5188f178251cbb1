/** Functions of the interpreter that JavaScript's `Math` does not have, in full double precision. */

/** Logistic function; does not overflow. */
export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));

/** log(1 + eˣ); does not overflow. */
export const softplus = (x: number): number =>
  Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/**
 * Error function. Below 3 the series 2/√π e^(−x²) Σ 2ⁿx²ⁿ⁺¹/(2n+1)!! (all terms of one sign, so nothing
 * cancels), above it the continued fraction of erfc (Abramowitz and Stegun, 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const magnitude = Math.abs(x);
  if (magnitude > 6) return Math.sign(x);
  const square = magnitude * magnitude;
  if (magnitude < 3) {
    let term = magnitude;
    let sum = term;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * square) / (2 * n + 1);
      sum += term;
    }
    // The factor keeps the sign of −0 too.
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum);
  }
  let fraction = magnitude;
  for (let n = 60; n >= 1; n--) fraction = magnitude + n / 2 / fraction;
  return (
    Math.sign(x) * (1 - Math.exp(-square) / (Math.sqrt(Math.PI) * fraction))
  );
}
