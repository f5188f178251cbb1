// The matrix products of the WebAssembly kernels, assembled into `src/runtime/wasm/products.ts`. With
// `--check` nothing is written, and a stale file is a failure. Part of `npm run generate`.
import { readFileSync, writeFileSync } from "node:fs";
import { ensureBuilt } from "../bin/build.js";

const file = new URL("../src/runtime/wasm/products.ts", import.meta.url);

if (!ensureBuilt()) process.exit(70);
const { emitProducts, loadAssembler } =
  await import("../dist/backends/wasm/index.js");
const text = emitProducts(await loadAssembler());
if (readFileSync(file, "utf8") === text)
  console.log("src/runtime/wasm/products.ts is up to date");
else if (process.argv.includes("--check")) {
  console.log(
    "stale: src/runtime/wasm/products.ts\nrenew with: npm run generate",
  );
  process.exitCode = 1;
} else {
  writeFileSync(file, text);
  ensureBuilt();
  console.log("src/runtime/wasm/products.ts written");
}
