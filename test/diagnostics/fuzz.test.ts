import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/diagnostics/catalogue.js";
import { renderAll, toJson } from "../../src/diagnostics/render.js";
import { frontEnd } from "../../src/dsl/index.js";
import { memoryHost } from "./support.js";

const specs = join(import.meta.dirname, "../../specs");
const texts = Object.fromEntries(
  readdirSync(specs).map((name) => [
    name,
    readFileSync(join(specs, name), "utf8"),
  ]),
);

const codes = new Set(Object.values(catalogue).map(({ code }) => code));

/** Whatever the input, it ends in cells or in problems that can be drawn. */
function survives(content: string | Uint8Array): void {
  const host = memoryHost({ ...texts, "a.cell": content });
  const { cells, diagnostics, sources } = frontEnd(["a.cell"], host);
  for (const { code, span } of diagnostics) {
    expect(codes).toContain(code);
    const length = sources.get(span.file)?.length ?? 0;
    expect(span.start).toBeGreaterThanOrEqual(0);
    expect(span.end).toBeGreaterThanOrEqual(span.start);
    // One past the end is where a missing part is shown.
    expect(span.end).toBeLessThanOrEqual(length + 1);
  }
  renderAll(diagnostics, sources);
  JSON.stringify(toJson(diagnostics, sources));
  expect(cells.length + diagnostics.length).toBeGreaterThanOrEqual(0);
}

/** Pieces that mean something somewhere. */
const piece = fc.constantFrom(
  ...'{ } ( ) [ ] , : = == ~ . .T @ ^ * / + - < >= and or not // /// /* */ " 0 1e999 1e-999 .5 [t-1] [t-2] [t] t'.split(
    " ",
  ),
  ..."cell extends input context state param buffer const fix gate output fn import from token return use".split(
    " ",
  ),
  ..."x h c N M 2*N N/0 N-N affine(x) linear peephole(c[t-1]) coupled onehot(k) embed pick concat(x,h) slice(x,0,N) where(x>0,x,h) softmax sum outer iota(N) ones zeros stop_gradient".split(
    " ",
  ),
  "\n",
  "\u0000",
  "é",
  "\ud800",
);

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 })),
  insert: fc.array(piece, { maxLength: 4 }),
});

function apply(
  text: string,
  { at, remove, insert }: { at: number; remove: number; insert: string[] },
): string {
  const start = Math.floor(at * text.length);
  return `${text.slice(0, start)} ${insert.join(" ")} ${text.slice(start + remove)}`;
}

describe("the front end survives", () => {
  // Fixed seeds: a failure here is repeatable, and the test takes the same time every day.
  test("edited specs", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(texts)),
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        (text, edits) => survives(edits.reduce(apply, text)),
      ),
      { seed: 1997, numRuns: 250 },
    );
  });

  test("words in any order", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        survives(pieces.join(" "));
        survives(
          `cell C { input x: [N] state h: [N] ${pieces.join(" ")} output h }`,
        );
      }),
      { seed: 2014, numRuns: 250 },
    );
  });

  test("random bytes", { timeout: 60_000 }, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), {
      seed: 2015,
      numRuns: 300,
    });
  });
});
