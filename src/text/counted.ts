/** A number with its noun: `1 cell`, `2 cells`. @param several the plural, where it is not one with `s` */
export const counted = (
  number: number,
  noun: string,
  several = `${noun}s`,
): string => `${number} ${number === 1 ? noun : several}`;
