/** The TypeScript backend: self-contained modules of typed-array loops that a person can read. */
import { operations } from "../../ir/ops/index.js";
import type {
  Expression,
  Kernel,
  MapKernel,
  Schedule,
} from "../../passes/kernels.js";
import type { KernelModule } from "../../runtime/kernel.js";
import { docComment } from "../../text/comments.js";
import { declaredName } from "../../text/literals.js";
import { KernelEquations } from "../equations.js";
import { leavesOutEmpty } from "../../ir/program.js";
import { hostFunctions } from "./host-functions.js";
import { intrinsics } from "./intrinsics.js";
import { microKernels } from "./micro-kernels.js";
import type { SourceFunction } from "./micro-kernels.js";
import { moduleNames } from "./names.js";
import type { ModuleNames } from "./names.js";
import { Host } from "./host.js";
import { printCreate } from "./print-host.js";
import { optionalArrays } from "./print-passes.js";
import { WorkPrinter } from "./print-work.js";
import { printMap } from "./print-map.js";
import { microKernelsIn, printProducts } from "./print-product.js";
import { Writer } from "./writer.js";

export interface TsOptions {
  /** With annotations (TypeScript) or without (JavaScript). */
  readonly types: boolean;
  /** First lines of the file. */
  readonly banner: string;
}

/** The module's text; it exports `create` (see `KernelModule`) and imports nothing. */
export function emitTs(schedule: Schedule, options: TsOptions): string {
  const { types, banner } = options;
  const names = moduleNames(schedule);
  const stages = [...schedule.forward, ...schedule.backward];
  const kernels = [
    ...schedule.starts.map(({ kernel }): Kernel => kernel),
    ...stages.flatMap((stage) => stage.kernels),
  ];
  const body = new Writer(types);
  printKernels(schedule, names, body);
  body.line(`const emptySlots${body.typed(": unknown")} = {};`);
  body.line();
  printCreate(new Host(schedule, names, body));

  const out = new Writer(types);
  if (banner !== "") out.text(banner);
  // Options such as noUncheckedIndexedAccess reject what loops over arrays do.
  if (types)
    out.line(
      "// @ts-nocheck -- checked where cellc is tested, whatever the options of your project",
    );
  const { doc } = schedule.cell;
  if (doc.length > 0) out.text(docComment(doc).join("\n"));
  out.line();
  if (types) {
    out.text(typeDeclarations(schedule));
    new WorkPrinter(new Host(schedule, names, out)).workType();
  }
  for (const [name, source] of helpersOf(kernels, body.toString()))
    printFunction(out, name, source);
  out.raw(body.toString());
  return out.toString();
}

/** A function for every kernel. */
function printKernels(
  schedule: Schedule,
  names: ModuleNames,
  out: Writer,
): void {
  const { types } = out;
  const equations = new KernelEquations(schedule);
  const optional = optionalArrays(schedule);
  for (const { kernel, key } of schedule.starts) {
    out.raw(
      printMap(kernel, "rows", equations, names, types, [
        `${key} before the first step`,
      ]),
    );
    out.line();
  }
  for (const stage of [...schedule.forward, ...schedule.backward])
    for (const kernel of stage.kernels) {
      out.raw(
        kernel.kind === "map"
          ? printMap(
              kernel,
              stage.kind,
              equations,
              names,
              types,
              equations.of(kernel),
              leavesOutEmpty(schedule.cell),
            )
          : printProducts(
              kernel,
              stage.kind,
              equations.of(kernel),
              names,
              types,
              optional,
            ),
      );
      out.line();
    }
}

/** The kernels in this process, without a file. */
export function instantiate(schedule: Schedule): KernelModule {
  const text = emitTs(schedule, { types: false, banner: "" }).replace(
    "export function create",
    "function create",
  );
  return {
    create: new Function(`${text}\nreturn create;`)() as KernelModule["create"],
  };
}

/** Every function that the kernels call and the module must bring along. */
function helpersOf(
  kernels: readonly Kernel[],
  body: string,
): [string, SourceFunction][] {
  const micro = new Set(
    kernels.flatMap((kernel) =>
      kernel.kind === "product" ? microKernelsIn(kernel) : [],
    ),
  );
  const helpers = new Set(
    kernels.flatMap((kernel) =>
      kernel.kind === "map" ? helpersInMap(kernel) : [],
    ),
  );
  return [
    ...[...helpers].map((name): [string, SourceFunction] => [
      name,
      intrinsics[name]!,
    ]),
    ...[...micro].map((name): [string, SourceFunction] => [
      name,
      microKernels[name],
    ]),
    ...Object.entries(hostFunctions).filter(([name]) =>
      body.includes(`${name}(`),
    ),
  ];
}

function helpersInMap(kernel: MapKernel): string[] {
  const found: string[] = [];
  const visit = (value: Expression): void => {
    if (value.kind !== "op") return;
    const record = operations[value.op];
    if (record.kind === "elementwise" && "helper" in record.spell.ts)
      found.push(record.spell.ts.helper);
    value.args.forEach(visit);
  };
  for (const { body, accumulators, after } of kernel.segments)
    for (const { value } of [...body, ...accumulators, ...after]) visit(value);
  return found;
}

function printFunction(
  out: Writer,
  name: string,
  source: SourceFunction & { result?: string },
): void {
  out.text(docComment(source.doc).join("\n"));
  const parameters = source.parameters.map(
    ([each, type]) => `${each}${out.typed(`: ${type}`)}`,
  );
  const returns =
    source.result ??
    (source.body.startsWith("return") || /\nreturn /.test(source.body)
      ? "number"
      : "void");
  const tail = `)${out.typed(`: ${returns}`)} {`;
  out.list(`function ${name}`, parameters, "(", tail);
  out.nested(1, () => out.text(source.body));
  out.line("}");
  out.line();
}

function typeDeclarations(schedule: Schedule): string {
  const sizes = schedule.cell.sizes
    .map((name) => `  readonly ${declaredName(name)}: number;`)
    .join("\n");
  return `type Floats = Float32Array | Float64Array;
type Arrays = Readonly<Record<string, Floats>>;
type Mixed = Readonly<Record<string, Floats | Int32Array>>;

/** Numbers for the cell's sizes. */
export interface Sizes {
${sizes}
}

/** Arrays of the caller: [T, B, …] for inputs and outputs, [B, …] for the others. */
interface Slots {
  readonly inputs: Mixed;
  readonly context: Arrays;
  readonly buffers: Arrays;
  readonly initial: Mixed;
  readonly outputs: Arrays;
  readonly final: Mixed;
}

/** Cotangents of outputs and final states, and the gradients that come out. */
interface AdjointSlots {
  readonly outputs: Arrays;
  readonly final: Arrays;
  readonly inputs: Arrays;
  readonly context: Arrays;
  readonly initial: Arrays;
}

interface ForwardOptions {
  /** Number of the first step. */
  readonly t0: number;
  /** Steps of each entry; null for all. */
  readonly lengths: Int32Array | null;
  /** Keep what the backward pass reads. */
  readonly keep: boolean;
  /** States whose initial values the caller filled in. */
  readonly given: ReadonlySet<string>;
}

interface BackwardOptions {
  /** Gradients of the inputs, too. */
  readonly inputs: boolean;
}
`;
}
