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

/** Workgroups that share out a sum: so many that one workgroup can add up what they leave. */
export const gridOfSum = (count: number): number =>
  Math.max(1, Math.min(lanes, Math.ceil(count / lanes)));
