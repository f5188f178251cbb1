/**
 * From WebAssembly text to bytes, by binaryen: parses, validates and optimises. It is large and takes a
 * quarter of a second to start, so that it is loaded when the first module is assembled.
 */

export interface Assembler {
  /** Throws a fault of the compiler where the text is not a valid module. */
  readonly assemble: (wat: string) => Uint8Array;
  /** The same for texts that many modules bring along: each is assembled once. */
  readonly assembleShared: (wat: string) => Uint8Array;
}

/** Loads binaryen; callers keep what they get. */
export async function loadAssembler(): Promise<Assembler> {
  const { default: binaryen } = await import("binaryen");
  const { Features } = binaryen;
  const features =
    Features.MVP |
    Features.SIMD128 |
    Features.RelaxedSIMD |
    Features.BulkMemory |
    Features.BulkMemoryOpt |
    Features.SignExt |
    Features.NontrappingFPToInt |
    Features.MutableGlobals;
  const assemble = (wat: string): Uint8Array => {
    const module = binaryen.parseText(wat);
    try {
      module.setFeatures(features);
      if (!module.validate())
        throw new TypeError("the printed WebAssembly is not valid");
      // Settings of the whole library, whoever else uses it in this process.
      binaryen.setOptimizeLevel(3);
      binaryen.setShrinkLevel(0);
      binaryen.setFastMath(false);
      module.optimize();
      return module.emitBinary();
    } finally {
      module.dispose();
    }
  };
  const shared = new Map<string, Uint8Array>();
  return {
    assemble,
    assembleShared: (wat) => {
      const bytes = shared.get(wat) ?? assemble(wat);
      shared.set(wat, bytes);
      return bytes;
    },
  };
}
