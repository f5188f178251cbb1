/** The kernels with fused multiply-add. */
import { setFlagsFromString } from "node:v8";
import { expect, test } from "vitest";
import { hasRelaxedSimd } from "../../src/runtime/wasm/features.js";
import { compareCells } from "./wasm-cells.js";

// Node 20 has it behind a flag, which newer ones no longer know as experimental: they say nothing.
setFlagsFromString("--experimental-wasm-relaxed-simd");

test("the engine has relaxed SIMD", () => expect(hasRelaxedSimd()).toBe(true));

compareCells();
