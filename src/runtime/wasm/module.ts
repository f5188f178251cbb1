/** The kernel module of a cell: its WebAssembly, compiled once for all loaded cells. */
import type {
  KernelInstance,
  KernelModule,
  Precision,
  Sizes,
} from "../kernel.js";
import { startThreads } from "../threads/kernels.js";
import { decodeBase64 } from "./base64.js";
import type { WasmDescription } from "./description.js";
import { hasRelaxedSimd, missingWasm } from "./features.js";
import { fuse } from "./fuse.js";
import { WasmKernels } from "./instance.js";
import { products } from "./products.js";
import { readCode } from "./read.js";
import type { Bytes } from "./read.js";
import type { WasmModules } from "./instance.js";

/** As the engine runs them fastest. */
function adapted(bytes: Bytes): Bytes {
  if (hasRelaxedSimd()) fuse(bytes);
  return bytes;
}

export function wasmKernels(description: WasmDescription): KernelModule {
  const { code, checksum, sizes: numbers, ...plan } = description;
  const { cell } = plan;
  let compiled: WasmModules | undefined;
  /** In base64, of the engine that is here. */
  const shared = (): string => {
    const missing = missingWasm();
    if (missing) {
      const { problem, mend } = missing;
      throw new Error(
        `${cell}: ${problem}; ${mend === undefined ? "" : `${mend}, or `}load the cell with backend "ts"`,
      );
    }
    return hasRelaxedSimd() ? products.relaxed : products.plain;
  };
  const modules = (precision: Precision): WasmModules => {
    if (precision !== "f32")
      throw new TypeError(
        `${cell}: the backend "wasm" calculates in f32; for ${precision} load the cell with backend "ts"`,
      );
    if (compiled) return compiled;
    const multiply = decodeBase64(shared());
    if (typeof code !== "string")
      throw new Error(
        `${cell}: the WebAssembly is in ${code.href}; wait for \`prepare\` first`,
      );
    compiled = {
      cell: new WebAssembly.Module(adapted(decodeBase64(code))),
      products: new WebAssembly.Module(multiply),
    };
    return compiled;
  };
  return {
    async prepare() {
      if (compiled) return;
      const multiply = decodeBase64(shared());
      const own =
        typeof code === "string"
          ? decodeBase64(code)
          : await readCode(cell, code, checksum);
      const [first, second] = await Promise.all(
        [adapted(own), multiply].map((bytes) => WebAssembly.compile(bytes)),
      );
      compiled = { cell: first!, products: second! };
    },
    create(sizes: Sizes, precision: Precision): KernelInstance {
      return new WasmKernels(modules(precision), plan, numbers(sizes));
    },
    createThreads(
      sizes: Sizes,
      precision: Precision,
      threads: number,
      leastWork?: number,
    ): Promise<KernelInstance> {
      const parts = {
        modules: modules(precision),
        plan,
        sizes: numbers(sizes),
      };
      return startThreads(parts, threads, leastWork);
    },
  };
}
