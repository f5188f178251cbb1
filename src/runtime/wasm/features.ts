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

/** Whether WebAssembly with 128-bit vectors runs here: it exists, knows them, and is not forbidden by the page. */
export function hasWasm(): boolean {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(simd))
    return false;
  try {
    return new WebAssembly.Module(simd) instanceof WebAssembly.Module;
  } catch {
    // A content security policy without 'wasm-unsafe-eval'.
    return false;
  }
}

export const hasRelaxedSimd = (): boolean => WebAssembly.validate(relaxed);
