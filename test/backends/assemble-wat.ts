/** Modules made of the WebAssembly backend's building blocks, for tests of these alone. */
import binaryen from "binaryen";

export type Exports = Readonly<Record<string, (...args: number[]) => number>>;

/** `fields` and all that they use, by name, with a memory of so many pages. */
export function assemble(
  fields: readonly string[],
  pages: number,
): ArrayBuffer {
  const module = binaryen.parseText(
    `(module (memory (export "memory") ${pages})\n${fields.join("\n")})`,
  );
  try {
    module.setFeatures(
      binaryen.Features.SIMD128 | binaryen.Features.RelaxedSIMD,
    );
    if (!module.validate()) throw new Error("the module is not valid");
    return new Uint8Array(module.emitBinary()).buffer;
  } finally {
    module.dispose();
  }
}

export interface Loaded {
  readonly memory: ArrayBuffer;
  readonly call: Exports;
}

export function instantiate(bytes: ArrayBuffer): Loaded {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory, ...call } = exports;
  return {
    memory: (memory as WebAssembly.Memory).buffer,
    call: call as Exports,
  };
}

/** The names and all that they use, each once. */
export function closure(
  names: readonly string[],
  table: Readonly<Record<string, { readonly uses: readonly string[] }>>,
): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    table[name].uses.forEach(visit);
  };
  names.forEach(visit);
  return [...found];
}
