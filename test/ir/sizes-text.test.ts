import fc from "fast-check";
import { expect, it } from "vitest";
import { Scanner } from "../../src/ir/parse-scan.js";
import {
  addSizes,
  divideSizes,
  multiplySizes,
  showSize,
  sizeName,
  sizeNumber,
  subtractSizes,
} from "../../src/ir/size.js";
import type { Size } from "../../src/ir/size.js";

const { size } = fc.letrec<{ size: Size }>((tie) => ({
  size: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("M", "N", "H").map(sizeName),
    fc.integer({ min: 1, max: 9 }).map(sizeNumber),
    fc
      .tuple(
        fc.constantFrom(
          addSizes,
          subtractSizes,
          multiplySizes,
          (a: Size, b: Size) => divideSizes(a, b) ?? a,
        ),
        tie("size"),
        tie("size"),
      )
      .map(([combine, a, b]) => combine(a, b)),
  ),
}));

it("reads every size back as it is written", () => {
  fc.assert(
    fc.property(size, (a) => {
      const scan = new Scanner(showSize(a), 1);
      expect(scan.size().key).toBe(a.key);
      scan.end();
    }),
    { seed: 7, numRuns: 500 },
  );
});
