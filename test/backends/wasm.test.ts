/** The kernels as this version of Node runs them by default. */
import { expect, test } from "vitest";
import { hasRelaxedSimd } from "../../src/runtime/wasm/features.js";
import { compareCells } from "./wasm-cells.js";

test("products and sums stay apart before Node 22", () => {
  const version = Number(process.versions.node.split(".")[0]);
  expect(hasRelaxedSimd()).toBe(version >= 22);
});

compareCells();
