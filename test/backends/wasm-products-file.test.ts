/** The products in the runtime are what the backend prints now. */
import { expect, it } from "vitest";
import { emitProducts, loadAssembler } from "../../src/backends/wasm/index.js";
import { readFileSync } from "node:fs";

it("are fresh; renew them with `npm run generate`", async () => {
  const file = new URL("../../src/runtime/wasm/products.ts", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(emitProducts(await loadAssembler()));
});
