/** Import it for the effect: relaxed SIMD in this process, which each file of tests has for itself. */
import { setFlagsFromString } from "node:v8";

// Node 20 has it behind a flag, which newer ones no longer know as experimental: they say nothing.
setFlagsFromString("--experimental-wasm-relaxed-simd");
