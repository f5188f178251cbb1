/** Starting values that examples give to parameters. */

/** Forget gates begin open (Gers, Schmidhuber, Cummins, 2000; Jozefowicz, Zaremba, Sutskever, 2015). */
export const forgetBias = (
  name: string,
  [length = 1]: readonly number[],
  bias: number,
): Float32Array | undefined =>
  name.endsWith(".b_f") ? new Float32Array(length).fill(bias) : undefined;
