/** A function of the library as WGSL text. */
export interface WgslFunction {
  readonly wgsl: string;
  /** Other functions that it calls. */
  readonly uses: readonly string[];
}

export const define = (
  wgsl: string,
  ...uses: readonly string[]
): WgslFunction => ({ wgsl: wgsl.trim(), uses });

const literal = (value: number): string => {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
};

/** c₀ + x (c₁ + x (c₂ + …)). */
export const polynomial = (
  x: string,
  coefficients: readonly number[],
): string =>
  coefficients
    .map(literal)
    .reduceRight((rest, coefficient) => `${coefficient} + ${x} * (${rest})`);
