/** The known name that a mistyped one most likely stands for. */
import { distance } from "fastest-levenshtein";

/** Names longer than this are not compared: the distance is quadratic in the length. */
const longest = 64;

/**
 * The candidate with the fewest edits, or `undefined` when none is close. A wrong letter case always
 * counts as close; otherwise a third of the letters may differ, so that of one-letter names none is.
 */
export function nearest(
  name: string,
  candidates: Iterable<string>,
): string | undefined {
  if (name.length > longest) return undefined;
  let best: string | undefined;
  let fewest = Math.floor(Math.max(name.length, 3) / 3) + 0.5;
  for (const candidate of candidates) {
    if (candidate === name || candidate.length > longest) continue;
    const sameLetters = candidate.toLowerCase() === name.toLowerCase();
    if (!sameLetters && Math.min(name.length, candidate.length) < 2) continue;
    if (Math.abs(name.length - candidate.length) >= fewest) continue;
    const edits = sameLetters
      ? 0.25
      : isSwapped(name, candidate)
        ? 1
        : distance(name, candidate);
    if (edits < fewest) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}

/** Two neighbouring letters changed places, which a plain edit distance counts twice. */
function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const i = [...a].findIndex((letter, index) => letter !== b[index]);
  return (
    a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2)
  );
}
