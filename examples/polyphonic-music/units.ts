/** How many units a cell may have so that its layer has a given number of parameters. */
import type { CellModule } from "cellc/runtime";
import { UserError } from "../common/command.js";

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
  checkCell(cell);
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

export function checkCell(cell: CellModule): void {
  const fits =
    cell.sizes.every((size) => size === "M" || size === "N") &&
    cell.inputs.length === 1 &&
    cell.inputs[0]!.vocabulary === undefined &&
    cell.outputs.length === 1 &&
    cell.context.length === 0;
  if (!fits)
    throw new UserError(
      `${cell.name} does not fit: expected a cell with one input [M] and one output, whose sizes are M and N`,
    );
}
