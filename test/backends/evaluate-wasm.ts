import { wasmKernels } from "../../src/runtime/index.js";
import type { KernelModule } from "../../src/runtime/index.js";

/** The text of a generated `wasm.js` that is not in a file of this project, as if it were at an address. */
export function evaluateWasm(text: string, url?: URL): KernelModule {
  const body = text
    .replace(/^import .*$/m, "")
    .replace("export const", "const")
    .replaceAll("import.meta.url", JSON.stringify(url?.href));
  return new Function(
    "wasmKernels",
    `${body}\nreturn { create, createThreads, prepare };`,
  )(wasmKernels) as KernelModule;
}
