/** The shapes that every figure of the project is given for. */
export interface Shape {
  readonly T: number;
  readonly B: number;
  readonly M: number;
  readonly N: number;
}

/** The one that the targets are stated for. */
export const main: Shape = { T: 50, B: 32, M: 128, N: 256 };

export const shapes: readonly Shape[] = [
  { T: 100, B: 1, M: 128, N: 256 },
  main,
  { T: 64, B: 16, M: 64, N: 128 },
  { T: 100, B: 1, M: 32, N: 32 },
];

export const showShape = ({ T, B, M, N }: Shape): string =>
  `T=${T} B=${B} M=${M} N=${N}`;
