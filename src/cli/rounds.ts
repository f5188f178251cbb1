/**
 * Timing in alternating rounds: every contestant runs once per round, so that a machine that slows down slows all of them.
 * The figure is the median over the rounds; ratios are taken between medians of one run.
 */
export interface Contestant {
  readonly name: string;
  /** Milliseconds of so many runs together. */
  measure(repeats: number): number | Promise<number>;
}

export interface Timing {
  readonly name: string;
  readonly medianMs: number;
  readonly bestMs: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** A contestant that is done quickly runs several times per round, so that the clock's grain does not matter. */
const roundMs = 30;

/** Engines compile what runs often once more, better: everybody gets that long before the clock starts. */
const patience = 600;

/** Where rounds are short there are more of them, up to three times as many: single disturbances weigh less. */
const plentyMs = 4000;

/** The milliseconds of one run, warm. */
async function warmUp(
  contestant: Contestant,
  warmUpMs: number,
): Promise<number> {
  let [once, spent] = [await contestant.measure(1), 0];
  for (let repeats = 1; spent < warmUpMs; repeats *= 2) {
    const ms = await contestant.measure(repeats);
    spent += ms;
    once = ms / repeats;
  }
  return once;
}

export async function timeRounds(
  contestants: readonly Contestant[],
  /** At least so many. */
  rounds: number,
  warmUpMs = patience,
): Promise<Timing[]> {
  const repeats: number[] = [];
  let each = 0;
  for (const contestant of contestants) {
    const once = await warmUp(contestant, warmUpMs);
    const often = Math.max(1, Math.min(5000, Math.round(roundMs / once)));
    repeats.push(often);
    each += often * once;
  }
  const count = Math.round(
    Math.max(rounds, Math.min(3 * rounds, plentyMs / each)),
  );
  const times: number[][] = contestants.map(() => []);
  for (let round = 0; round < count; round++)
    for (const [i, contestant] of contestants.entries())
      times[i]!.push((await contestant.measure(repeats[i]!)) / repeats[i]!);
  return contestants.map(({ name }, i) => ({
    name,
    medianMs: median(times[i]!),
    bestMs: times[i]!.reduce((best, time) => Math.min(best, time), Infinity),
  }));
}
