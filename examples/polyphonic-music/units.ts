/** How many units a cell may have so that its layer has a given number of parameters. */
import type { CellModule } from "cellc/runtime";
import { checkVectorCell } from "../common/cells.js";

/** Parameters of the recurrent layer alone, as the paper counts them. */
export const countParameters = (
  cell: CellModule,
  sizes: Readonly<Record<string, number>>,
): number =>
  cell.params.reduce(
    (sum, param) => sum + param.shape(sizes).reduce((a, b) => a * b, 1),
    0,
  );

/**
 * The number of units whose parameters come nearest to the budget, by bisection: parameters grow with the units.
 *
 * @param inputs numbers that come in per step
 */
export function solveUnits(
  cell: CellModule,
  budget: number,
  inputs: number,
): { readonly units: number; readonly parameters: number } {
  checkVectorCell(cell);
  const count = (N: number): number => countParameters(cell, { M: inputs, N });
  let [low, high] = [1, 2];
  while (count(high) < budget) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (count(middle) < budget) low = middle;
    else high = middle;
  }
  const units = budget - count(low) <= count(high) - budget ? low : high;
  return { units, parameters: count(units) };
}
