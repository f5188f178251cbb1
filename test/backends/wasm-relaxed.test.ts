/** The kernels with fused multiply-add. */
import { expect, test } from "vitest";
import { hasRelaxedSimd } from "../../src/runtime/wasm/features.js";
import { compareCells } from "./wasm-cells.js";
import "./relaxed-simd.js";

test("the engine has relaxed SIMD", () => expect(hasRelaxedSimd()).toBe(true));

compareCells();
