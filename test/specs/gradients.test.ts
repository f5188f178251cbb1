/** Every gradient of every cell against central differences (1e-6) and forward mode (1e-10). */
import { describe, expect, test } from "vitest";
import { gradcheck } from "../../src/index.js";
import { library } from "./library.js";
import { settings } from "./settings.js";

describe.each(Array.from(library().values()))("$name", (cell) => {
  test.each(settings)("$title", ({ sizes, steps, batch, lengths }) => {
    const { ok, summary } = gradcheck(cell, {
      sizes: sizes(cell.program),
      steps,
      batch,
      lengths,
      elements: 16,
    });
    expect(ok, summary).toBe(true);
  });
});
