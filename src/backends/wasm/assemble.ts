/**
 * From WebAssembly text to bytes, by binaryen: parses, validates and tidies up. It is large and takes a
 * quarter of a second to start, so that it is loaded when the first module is assembled.
 */

export interface Assembler {
  /** Throws a fault of the compiler where the text is not a valid module. */
  readonly assemble: (wat: string) => Uint8Array;
}

/**
 * Locals of a function that are used once go, the others share places: a tenth fewer bytes. All of binaryen's
 * optimisation takes up to twelve times as long, for kernels that engines make no faster.
 */
const tidyingLocals = ["simplify-locals", "coalesce-locals", "vacuum"];

/** Functions with more locals stay as they are: tidying takes the square of their number. */
const mostLocals = 400;

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
      for (let i = 0; i < module.getNumFunctions(); i++) {
        const each = module.getFunctionByIndex(i);
        const { module: imported, vars } = binaryen.getFunctionInfo(each);
        if (!imported && vars.length <= mostLocals)
          module.runPassesOnFunction(each, tidyingLocals);
      }
      module.runPasses(["remove-unused-module-elements"]);
      return module.emitBinary();
    } finally {
      module.dispose();
    }
  };
  return { assemble };
}
