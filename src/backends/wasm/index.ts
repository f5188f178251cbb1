/** The WebAssembly backend: 128-bit SIMD, a whole sequence per call. */
import { leavesOutEmpty } from "../../ir/program.js";
import { evaluateSize } from "../../ir/size.js";
import type {
  Expression,
  Kernel,
  MapKernel,
  Schedule,
  StageKind,
} from "../../passes/kernels.js";
import type { KernelModule } from "../../runtime/kernel.js";
import { checksum } from "../../runtime/wasm/checksum.js";
import { wasmKernels } from "../../runtime/wasm/module.js";
import { sumsIn } from "../sums.js";
import { KernelEquations } from "../equations.js";
import { historyKeys } from "../histories.js";
import { innerArrays, optionalArrays } from "./arrays.js";
import type { Assembler } from "./assemble.js";
import { describe } from "./describe.js";
import type { Described } from "./describe.js";
import { functionOf } from "./expression.js";
import { gathers } from "./gathers.js";
import { hostFunctions } from "./host-functions.js";
import { intrinsics } from "./intrinsics.js";
import { mathFunctions } from "./math.js";
import { encodeBase64, emitModule } from "./module-text.js";
import { HostPrinter } from "./print-host.js";
import { moduleOf, productImports } from "./products-module.js";
import { printMap } from "./print-map.js";
import { functionsInProducts, printProducts } from "./print-product.js";
import { sums } from "./sums.js";
import { WorkTable } from "./table.js";

export { loadAssembler } from "./assemble.js";
export type { Assembler } from "./assemble.js";
export { packedMatrices } from "./packed.js";
export { emitProducts, productsWat } from "./products-module.js";

interface WatFunctionText {
  readonly wat: string;
  readonly uses: readonly string[];
}

interface Printed {
  readonly table: WorkTable;
  readonly described: Described;
  readonly wat: string;
}

/** The module of a cell as WebAssembly text; the products that it imports are `productsWat`. */
export const emitWat = (schedule: Schedule): string => print(schedule).wat;

/** Generated files by name. */
export interface WasmFiles {
  /** Bytes and description behind the `create` of a `KernelModule`. */
  readonly "wasm.js": string;
  /** The bytes, where they stand in files of their own. */
  readonly binaries: Readonly<Record<string, Uint8Array>>;
}

/** @param separate bytes in files beside the text instead of in it */
export function emitWasm(
  schedule: Schedule,
  banner: string,
  assembler: Assembler,
  separate = false,
): WasmFiles {
  const { table, described, wat } = print(schedule);
  const head = [...schedule.cell.doc, "", ...kernelComments(schedule)];
  const bytes = assembler.assemble(wat);
  const code: Record<string, string> = separate
    ? {
        code: `new URL("./cell.wasm", import.meta.url)`,
        checksum: String(checksum(bytes)),
      }
    : { code: `"${encodeBase64(bytes)}"` };
  return {
    "wasm.js": emitModule(banner, head, table.sizes, described, code),
    binaries: separate ? { "cell.wasm": bytes } : {},
  };
}

/** The kernels in this process, without a file. */
export function instantiateWasm(
  schedule: Schedule,
  assembler: Assembler,
): KernelModule {
  const { table, described, wat } = print(schedule);
  return wasmKernels({
    ...described,
    sizes: (sizes) => table.sizes.map((size) => evaluateSize(size, sizes)),
    code: encodeBase64(assembler.assemble(wat)),
  });
}

/** What each kernel computes: the code itself is bytes. */
function kernelComments(schedule: Schedule): string[] {
  const equations = new KernelEquations(schedule);
  return (["forward", "backward"] as const).flatMap((direction) =>
    schedule[direction].flatMap(({ kind, kernels }) =>
      kernels.flatMap((kernel) => [
        `${kernel.name}, ${runs[kind]}:`,
        ...equations.of(kernel).map((line) => `  ${line}`),
      ]),
    ),
  );
}

const runs = {
  static: "once",
  context: "once per batch entry",
  rows: "all steps at once",
  loop: "in the time loop",
} as const;

function print(schedule: Schedule): Printed {
  const table = new WorkTable(
    historyKeys(schedule).length,
    innerArrays(schedule),
  );
  const optional = optionalArrays(schedule);
  const kernels = schedule.starts.map(({ kernel }) =>
    printMap(kernel, "rows", table, false),
  );
  const used = new Set(Object.keys(hostFunctions));
  for (const { kernel } of schedule.starts) note(kernel, "rows", used);
  for (const adjoint of [false, true])
    for (const stage of adjoint ? schedule.backward : schedule.forward)
      for (const kernel of stage.kernels) {
        note(kernel, stage.kind, used);
        kernels.push(
          kernel.kind === "map"
            ? printMap(kernel, stage.kind, table, leavesOutEmpty(schedule.cell))
            : printProducts(kernel, stage.kind, adjoint, optional, table),
        );
      }
  const host = new HostPrinter(schedule, table);
  const ends = [host.forward(), host.backward()];
  const described = describe(schedule, table);
  return {
    table,
    described,
    wat: moduleOf([
      ...productImports,
      ...functionsIn(used),
      ...kernels,
      ...ends,
    ]),
  };
}

/** Functions that a kernel calls. */
function note(kernel: Kernel, kind: StageKind, used: Set<string>): void {
  const names =
    kernel.kind === "product"
      ? functionsInProducts(kernel)
      : functionsInMap(kernel);
  for (const name of names) used.add(name);
  if (kernel.kind === "map" && sumsIn(kernel, kind).length > 0)
    used.add("fold");
}

function functionsInMap(kernel: MapKernel): string[] {
  const found = ["store_left"];
  const visit = (value: Expression): void => {
    if (value.kind !== "op") return;
    const name = functionOf(value.op);
    if (name !== undefined) found.push(name);
    value.args.forEach(visit);
  };
  for (const { body, accumulators, after } of kernel.segments)
    for (const { value } of [...body, ...accumulators, ...after]) visit(value);
  return found;
}

/** All functions that kernels bring along. */
const library = new Map(
  [intrinsics, mathFunctions, gathers, sums, hostFunctions].flatMap(
    Object.entries<WatFunctionText>,
  ),
);

/** The text of functions and of all that they call. */
function functionsIn(used: ReadonlySet<string>): string[] {
  const texts = new Map<string, string>();
  const include = (name: string): void => {
    const found = library.get(name);
    if (!found || texts.has(name)) return;
    texts.set(name, found.wat);
    found.uses.forEach(include);
  };
  used.forEach(include);
  return [...texts.values()];
}
