/** Prints product kernels: calls of the micro-kernels over the rows of one or of all steps. */
import { multiplySizes, sizeNumber } from "../../ir/size.js";
import type {
  Place,
  Product,
  ProductKernel,
  StageKind,
} from "../../passes/kernels.js";
import { WatFunction } from "./function.js";
import type { WorkTable } from "./table.js";
import { headerField } from "./table.js";
import { add, call, constant, get, multiply, subtract, when } from "./wat.js";
import type { Wat } from "./wat.js";

/** A matrix that is packed before its products. */
export interface Panel {
  readonly index: number;
  readonly product: Product;
}

/** The packed form of the matrix of a product; undefined for those that read it as it is. */
export function panelOf(
  product: Product,
  adjoint: boolean,
  table: WorkTable,
): Panel | undefined {
  const { form, w, n, k } = product;
  if (form !== "nt" && form !== "nn") return undefined;
  const key = [adjoint, w.array.id, w.offset.key, form, n.key, k.key].join(" ");
  const index = table.panel(key, {
    n: table.size(n),
    k: table.size(k),
    adjoint,
  });
  return { index, product };
}

/** Packs a matrix into its panel. */
export function packing({ index, product }: Panel, fn: WatFunction): Wat {
  const { form, w, n, k } = product;
  const panel = fn.field(["panel", index], `panel_${index}`);
  const matrix = fn.base(w);
  return form === "nt"
    ? call("pack_nt", panel, matrix, fn.size(n), fn.size(k))
    : call("pack_nn", panel, matrix, fn.size(k), fn.size(n));
}

/**
 * The function of a product kernel.
 * @param optional arrays that are computed only when the caller wants the gradients of the inputs
 */
export function printProducts(
  kernel: ProductKernel,
  kind: StageKind,
  adjoint: boolean,
  optional: ReadonlySet<string>,
  table: WorkTable,
): string {
  const timed = kind === "rows" || kind === "loop";
  const fn = new WatFunction(kernel.name, timed ? ["from", "to"] : [], table);
  const body = kernel.calls.map((product) => {
    const line = printCall(product, fn, timed, adjoint);
    return optional.has(product.y.array.id)
      ? when(headerField("inputs"), [line])
      : line;
  });
  return fn.print(body);
}

function printCall(
  product: Product,
  fn: WatFunction,
  timed: boolean,
  adjoint: boolean,
): Wat {
  const { form, x, w, y, n, k, inner } = product;
  const steps = timed ? subtract(get("to"), get("from")) : constant(1);
  const R = multiply(multiply(steps, fn.rows("batch")), fn.size(inner));
  const [N, K] = [fn.size(n), fn.size(k)];
  const start = (place: Place): Wat =>
    timed && place.array.extent === "sequence"
      ? add(fn.base(place), multiply(get("from"), fn.stepBytes(place.array)))
      : fn.base(place);
  // Rows of a matrix follow each other; rows of a vector are a whole row of the array apart.
  const stride = (place: Place, columns: Product["n"]): Wat =>
    inner.key === "1" ? fn.rowBytes(place.array) : fn.bytes(columns);
  const adding = constant(product.add ? 1 : 0);
  const what = timed ? "present" : "begun";
  const runs = [headerField(what), headerField(`${what}Count`), fn.size(inner)];
  const spare = spareOf(product, fn.table);
  switch (form) {
    case "nt":
    case "nn": {
      const { index } = panelOf(product, adjoint, fn.table)!;
      const panel = fn.field(["panel", index], `panel_${index}`);
      const [ys, xs] = [stride(y, n), stride(x, k)];
      return call(
        `mul_${form}`,
        start(y),
        ys,
        start(x),
        xs,
        panel,
        R,
        N,
        K,
        adding,
      );
    }
    case "tn": {
      const [xs, ws] = [stride(x, n), stride(w, k)];
      return call(
        "sum_products",
        fn.base(y),
        start(x),
        xs,
        start(w),
        ws,
        ...runs,
        N,
        K,
        ...spare.map((array) => addressOf(array, fn)),
      );
    }
    case "column":
    case "row": {
      const shared = [start(y), stride(y, n), start(x), tokenStride(x, fn)];
      return form === "column"
        ? call("gather_columns", ...shared, fn.base(w), R, N, K, adding)
        : call("gather_rows", ...shared, fn.base(w), R, N, adding);
    }
    case "add_column":
    case "add_row": {
      const shared = [
        fn.base(y),
        start(x),
        stride(x, n),
        start(w),
        tokenStride(w, fn),
        ...runs,
        N,
      ];
      const lost = addressOf(spare[1], fn);
      return form === "add_column"
        ? call("sum_columns", ...shared, K, lost)
        : call("sum_rows", ...shared, lost);
    }
  }
}

/** Arrays for the parts of a long sum and for what rounding takes from it. */
function spareOf(
  { y, n, k }: Product,
  table: WorkTable,
): readonly [part: number, lost: number] {
  const key = `${y.array.id} ${y.offset.key}`;
  const spare = (name: string): number =>
    table.clearedArray({
      name: `${name} of ${key}`,
      width: table.size(multiplySizes(n, k)),
      rows: 1,
      adjoint: true,
      long: true,
    });
  return [spare("part"), spare("lost")];
}

const addressOf = (array: number, fn: WatFunction): Wat =>
  fn.field(["address", array, 0, fn.table.size(sizeNumber(0))], "spare");

const tokenStride = (place: Place, fn: WatFunction): Wat =>
  fn.rowBytes(place.array);

/** Functions that the kernel calls. */
export function functionsInProducts(kernel: ProductKernel): string[] {
  const names = {
    nt: ["mul_nt", "pack_nt"],
    nn: ["mul_nn", "pack_nn"],
    tn: ["sum_products"],
    column: ["gather_columns"],
    row: ["gather_rows"],
    add_column: ["sum_columns"],
    add_row: ["sum_rows"],
  } as const;
  return kernel.calls.flatMap(({ form }) => names[form]);
}

/** Numbers in a packed matrix, before rounding up. */
export const panelSize = ({
  product,
}: Panel): ReturnType<typeof multiplySizes> =>
  multiplySizes(product.n, product.k);
