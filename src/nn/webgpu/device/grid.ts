/** How many workgroups a dispatch has. */

/** Invocations of a workgroup. */
export const lanes = 256;

/** One invocation for each element, over as many rows of workgroups as the device's limit on one dimension asks for. */
export function gridOver(
  count: number,
  most: number,
): readonly [x: number, y: number] {
  const groups = Math.max(1, Math.ceil(count / lanes));
  const x = Math.min(groups, most);
  return [x, Math.ceil(groups / x)];
}

/** Invocations that share out a sum of so many numbers, and those that add up what they leave. */
export function sharesOfSum(
  count: number,
): readonly [first: number, second: number] {
  const first = Math.max(1, Math.min(16384, Math.ceil(count / 32)));
  return [first, Math.ceil(first / 128)];
}
