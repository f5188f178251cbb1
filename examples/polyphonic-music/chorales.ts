/**
 * Music that needs no file: four-part chords along a walk through the steps of a key, with some notes held and some
 * passing. Only so hard that a recurrent network has something to remember: the key, and the chord before.
 */
import { Random } from "cellc/nn";
import type { Notes } from "cellc/nn";
import type { DataSet } from "./music.js";

/** Semitones of the major scale. */
const scale = [0, 2, 4, 5, 7, 9, 11];

/** Where a chord on each step of the scale may go: tonic, supertonic, … (common practice, simplified). */
const next: readonly (readonly number[])[] = [
  [3, 4, 5, 1],
  [4, 6],
  [5, 3],
  [4, 0, 1],
  [0, 0, 5],
  [3, 1],
  [0],
];

export function makeChorales(seed: number): DataSet {
  const random = new Random(seed);
  const pieces = (count: number): Notes[] =>
    Array.from({ length: count }, () => makeChorale(random));
  return {
    name: "chorales",
    train: pieces(60),
    valid: pieces(20),
    test: pieces(20),
  };
}

function makeChorale(random: Random): Notes {
  const tonic = 48 + random.integer(12);
  const steps = 24 + 4 * random.integer(5);
  const notes: number[][] = [];
  let degree = 0;
  while (notes.length < steps) {
    const length = random.uniform() < 0.5 ? 2 : 4;
    const chord = voices(tonic, degree, random);
    for (let t = 0; t < length; t++) {
      const passing = t === length - 1 && random.uniform() < 0.3;
      const [bass, tenor, alto, soprano] = chord;
      notes.push([bass!, tenor!, alto!, soprano! + (passing ? 2 : 0)]);
    }
    const following = next[degree]!;
    degree = following[random.integer(following.length)]!;
  }
  return notes.slice(0, steps);
}

/** Bass on the root, the other voices close together above it. */
function voices(tonic: number, degree: number, random: Random): number[] {
  const pitch = (step: number): number =>
    tonic + 12 * Math.floor(step / 7) + scale[step % 7]!;
  const turn = random.integer(3);
  const upper = [0, 2, 4]
    .map((third, i) => pitch(degree + third + (i < turn ? 7 : 0)) + 12)
    .sort((a, b) => a - b);
  return [pitch(degree), ...upper];
}
