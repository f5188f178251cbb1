/** The variants of the search space study differ from the vanilla network by exactly what the paper says. */
import { expect, test } from "vitest";
import { evaluateSize, shapeSize } from "../../src/ir/size.js";
import { library } from "./library.js";

const [M, N] = [5, 7];
/** Input weights, recurrent weights and bias of one gate. */
const gate = N * M + N * N + N;

const cells = library();

test.each([
  ["VanillaLSTM", 4 * gate + 3 * N],
  ["NIG", 3 * gate + 2 * N],
  ["NFG", 3 * gate + 2 * N],
  ["NOG", 3 * gate + 2 * N],
  ["NIAF", 4 * gate + 3 * N],
  ["NOAF", 4 * gate + 3 * N],
  ["CIFG", 3 * gate + 2 * N],
  ["NP", 4 * gate],
  ["FGR", 4 * gate + 3 * N + 9 * N * N],
])("%s has %i parameters at M = 5, N = 7", (name, count) => {
  const { params } = cells.get(name)!.program;
  expect(
    params.reduce(
      (sum, { shape }) => sum + evaluateSize(shapeSize(shape), { M, N }),
      0,
    ),
  ).toBe(count);
});
