/** Functions that people know from elsewhere and that the language does not have, with what is written instead. */

const table: readonly (readonly [names: string, instead: string])[] = [
  [
    "sort argsort topk argmax argmin",
    "there is no sorting of elements; the largest and the smallest are `max_of(v)` and `min_of(v)`",
  ],
  [
    "inverse inv pinv solve det cholesky svd eig qr",
    "there are no decompositions of matrices; give what is computed elsewhere as a `buffer`",
  ],
  [
    "diag diagonal",
    "there are no diagonal matrices; a product with one is elementwise: `v * x`",
  ],
  [
    "eye identity",
    "there is no identity matrix; give it as a `buffer I: [N, N]` where it has to stand in a matrix",
  ],
  ["transpose", "a matrix is transposed with `.T`"],
  ["matmul mm mv bmm einsum", "a matrix product is written `A @ B`"],
  ["concatenate cat hstack", "vectors are put together by `concat(a, b)`"],
  ["std", "the standard deviation is `sqrt(var(v))`"],
  ["swish", "this function is called `silu`"],
  ["arange range", "the numbers from 0 to N - 1 are `iota(N)`"],
  ["logistic", "this function is called `sigmoid`"],
  ["ln", "the natural logarithm is `log(x)`"],
  ["max_pool amax", "the largest element is `max_of(v)`"],
  ["amin", "the smallest element is `min_of(v)`"],
  ["fabs", "the absolute value is `abs(x)`"],
  ["power", "a power is written `x ^ a`"],
  ["if cond ifelse", "a choice is written `where(condition, a, b)`"],
  ["detach", "no gradient passes through `stop_gradient(v)`"],
];

/** By name: a sentence for the person who looked for it. */
export const absentFunctions: ReadonlyMap<string, string> = new Map(
  table.flatMap(([names, instead]) =>
    names.split(" ").map((name) => [name, instead] as const),
  ),
);
