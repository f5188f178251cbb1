/** What the engine at hand can run: asked of WebAssembly itself, with modules of one instruction. */

/** Magic number and version; one type `() → v128`; one function of it. */
const head = [
  0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0,
];

/** A module of one function with the given instructions. */
function probe(...code: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = [0, ...code, 0x0b];
  const section = [1, body.length, ...body];
  return Uint8Array.of(...head, 10, section.length, ...section);
}

const zeros = [0x41, 0, 0xfd, 0x11];

/** i32x4.splat */
const simd = probe(...zeros);
/** f32x4.relaxed_madd */
const relaxed = probe(...zeros, ...zeros, ...zeros, 0xfd, 0x85, 0x02);

/** What keeps WebAssembly from running here, and what to do about it where it can be mended. */
export interface MissingWasm {
  readonly problem: string;
  readonly mend?: string;
}

/** Undefined where WebAssembly with 128-bit vectors runs: it exists, knows them, and is not forbidden. */
export function missingWasm(): MissingWasm | undefined {
  if (typeof WebAssembly !== "object")
    return { problem: "this engine has no WebAssembly" };
  if (!WebAssembly.validate(simd))
    return {
      problem: "this engine does not run WebAssembly with 128-bit SIMD",
    };
  try {
    void new WebAssembly.Module(simd);
    return undefined;
  } catch (error) {
    return forbidden(error);
  }
}

/** The engine takes the module for valid, and yet does not compile it. */
function forbidden(error: unknown): MissingWasm {
  const words = error instanceof Error ? error.message : String(error);
  const inPage = "document" in globalThis || "WorkerGlobalScope" in globalThis;
  return inPage && !(error instanceof RangeError)
    ? {
        problem: `this page's Content-Security-Policy forbids WebAssembly (${words})`,
        mend: "add 'wasm-unsafe-eval' to the script-src of the policy that the page is served with",
      }
    : { problem: `WebAssembly does not compile here (${words})` };
}

export const hasWasm = (): boolean => missingWasm() === undefined;

export const hasRelaxedSimd = (): boolean => WebAssembly.validate(relaxed);
