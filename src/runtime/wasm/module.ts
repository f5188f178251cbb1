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
import { hasRelaxedSimd, hasWasm } from "./features.js";
import { WasmKernels } from "./instance.js";
import type { WasmModules } from "./instance.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Node's file system, under a name that bundlers for browsers do not follow. */
const fileSystem = "node:fs/promises";

async function readFrom(url: URL): Promise<Bytes> {
  if (url.protocol === "file:") {
    const { readFile } = (await import(
      /* @vite-ignore */ fileSystem
    )) as typeof import("node:fs/promises");
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`cannot fetch ${url.href}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export function wasmKernels(description: WasmDescription): KernelModule {
  let compiled: WasmModules | undefined;
  const { code: _code, sizes: numbers, ...plan } = description;
  const code = (): Record<keyof WasmModules, string | URL> => {
    if (!hasWasm())
      throw new Error(
        `${description.cell}: this engine does not run WebAssembly with 128-bit SIMD; load the cell with backend "ts"`,
      );
    const { cell, plain, relaxed } = description.code;
    return { cell, products: hasRelaxedSimd() ? relaxed : plain };
  };
  const compileLater = async (
    from: string | URL,
  ): Promise<WebAssembly.Module> =>
    WebAssembly.compile(
      typeof from === "string" ? decodeBase64(from) : await readFrom(from),
    );
  const compileNow = (from: string | URL): WebAssembly.Module => {
    if (typeof from !== "string")
      throw new Error(
        `${description.cell}: the WebAssembly is in ${from.href}; wait for \`prepare\` first`,
      );
    return new WebAssembly.Module(decodeBase64(from));
  };
  const modules = (precision: Precision): WasmModules => {
    if (precision !== "f32")
      throw new TypeError(
        `${description.cell}: the backend "wasm" calculates in f32; for ${precision} load the cell with backend "ts"`,
      );
    if (!compiled) {
      const { cell, products } = code();
      compiled = { cell: compileNow(cell), products: compileNow(products) };
    }
    return compiled;
  };
  return {
    async prepare() {
      if (compiled) return;
      const { cell, products } = code();
      const [own, shared] = await Promise.all([
        compileLater(cell),
        compileLater(products),
      ]);
      compiled = { cell: own, products: shared };
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
