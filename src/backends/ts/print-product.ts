/** Prints product kernels: calls of the micro-kernels over the rows of one or of all steps. */
import type {
  Place,
  Product,
  ProductKernel,
  StageKind,
} from "../../passes/kernels.js";
import { summingForms } from "../sums.js";
import { docComment } from "../../text/comments.js";
import { Access, times } from "./access.js";
import { code, showCode } from "./expression.js";
import type { Code } from "./expression.js";
import type { MicroKernel } from "./micro-kernels.js";
import type { ModuleNames } from "./names.js";
import { Writer } from "./writer.js";

const microKernelOf: Readonly<Record<Product["form"], MicroKernel>> = {
  nt: "rowsTimesTransposed",
  nn: "rowsTimes",
  tn: "addTransposedTimes",
  column: "gatherColumns",
  row: "gatherRows",
  add_column: "addToColumns",
  add_row: "addToRows",
};

export const microKernelsIn = (kernel: ProductKernel): MicroKernel[] =>
  kernel.calls.map((call) => microKernelOf[call.form]);

/**
 * The function of a product kernel.
 * @param optional arrays that are computed only when the caller wants the gradients of the inputs
 */
export function printProducts(
  kernel: ProductKernel,
  kind: StageKind,
  equations: readonly string[],
  names: ModuleNames,
  types: boolean,
  optional: ReadonlySet<string>,
): string {
  const { own } = names;
  const access = new Access(names);
  const timed = kind === "rows" || kind === "loop";
  const from = timed ? own.from : undefined;
  const body = new Writer(types);
  body.nested(1, () => {
    for (const call of kernel.calls) {
      const print = (): void =>
        body.list(
          microKernelOf[call.form],
          callArguments(call, access, from),
          "(",
          ");",
        );
      if (optional.has(call.y.array.id))
        body.block(`if (${access.use("inputGradients")})`, print);
      else print();
    }
  });
  const out = new Writer(types);
  if (equations.length > 0) out.text(docComment(equations).join("\n"));
  const counts = kernel.calls.some(({ form }) => !summingForms.has(form));
  // Sums are over the rows that are there, whatever the last step.
  const last = counts ? own.to : access.scope.unique(`_${own.to}`);
  const range = timed
    ? `, ${own.from}${out.typed(": number")}, ${last}${out.typed(": number")}`
    : "";
  out.block(
    `function ${kernel.name}(${own.w}${out.typed(": Work")}${range})${out.typed(": void")}`,
    () => {
      access.use(own.B);
      out.destructure(access.used, own.w);
      if (timed && counts)
        out.line(`const ${own.r} = (${own.to} - ${own.from}) * ${own.B};`);
      out.raw(body.toString());
    },
  );
  return out.toString();
}

function callArguments(
  call: Product,
  access: Access,
  from: string | undefined,
): string[] {
  const { own } = access.names;
  const { form, x, w, y, inner, add } = call;
  const rows = (): Code =>
    times(code(from === undefined ? own.B : own.r), access.size(inner));
  /** Those that a sum is over. */
  const present = (): (Code | string)[] => [
    access.use(from === undefined ? own.begun : own.present),
    access.size(inner),
  ];
  // Asked for where they are used: what is asked for is declared.
  const n = (): Code | string => access.size(call.n);
  const k = (): Code | string => access.size(call.k);
  const array = (place: Place): string => access.array(place.array);
  const start = (place: Place): Code => access.rangeStart(place, from);
  // Rows of a matrix follow each other; rows of a vector are a whole row of the array apart.
  const stride = (place: Place, columns: Product["n"]): Code =>
    access.size(inner.key === "1" ? place.array.width : columns);
  const list = (...parts: (Code | string)[]): string[] =>
    parts.map((part) => (typeof part === "string" ? part : showCode(part)));
  switch (form) {
    case "nt":
    case "nn":
      return list(
        array(y),
        start(y),
        stride(y, call.n),
        array(x),
        start(x),
        stride(x, call.k),
        array(w),
        access.size(w.offset),
        rows(),
        n(),
        k(),
        String(add),
      );
    case "tn":
      return list(
        array(y),
        access.size(y.offset),
        array(x),
        start(x),
        stride(x, call.n),
        array(w),
        start(w),
        stride(w, call.k),
        ...present(),
        n(),
        k(),
      );
    case "column":
      return list(
        array(y),
        start(y),
        stride(y, call.n),
        array(x),
        start(x),
        array(w),
        access.size(w.offset),
        rows(),
        n(),
        k(),
        String(add),
      );
    case "row":
      return list(
        array(y),
        start(y),
        stride(y, call.n),
        array(x),
        start(x),
        array(w),
        access.size(w.offset),
        rows(),
        n(),
        String(add),
      );
    case "add_column":
      return list(
        array(y),
        access.size(y.offset),
        array(x),
        start(x),
        stride(x, call.n),
        array(w),
        start(w),
        ...present(),
        n(),
        k(),
      );
    case "add_row":
      return list(
        array(y),
        access.size(y.offset),
        array(x),
        start(x),
        stride(x, call.n),
        array(w),
        start(w),
        ...present(),
        n(),
      );
  }
}
