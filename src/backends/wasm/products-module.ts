/**
 * The matrix products as a module of their own, the same for all cells: assembled once, and the only part of
 * which there is a body with fused multiply-add and one without.
 */
import { microKernels } from "./micro-kernels.js";
import { textOf } from "./wat.js";

/** What a cell's module imports, with the number of i32 parameters. */
const signatures = {
  mul_nt: 9,
  mul_nn: 9,
  mul_tn: 8,
  pack_nt: 4,
  pack_nn: 4,
} as const;

/** A module on the memory of the host. */
export const moduleOf = (parts: readonly string[]): string =>
  [
    "(module",
    textOf([`(import "host" "memory" (memory 1 65536))`, ...parts]),
    ")",
    "",
  ].join("\n");

export const productImports = Object.entries(signatures).map(
  ([name, count]) =>
    `(import "products" "${name}" (func $${name} (param${" i32".repeat(count)})))`,
);

/** The products as WebAssembly text; `relaxed` with fused multiply-add. */
export const productsWat = (relaxed: boolean): string =>
  moduleOf([
    ...[...Object.keys(signatures), "panel_bytes"].map(
      (name) => `(export "${name}" (func $${name}))`,
    ),
    ...Object.values(microKernels).map(({ wat }) => wat(relaxed)),
  ]);
