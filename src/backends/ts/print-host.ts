/** Prints `create`: arrays, kernels in their order, and what a caller sees of them. */
import { stringLiteral } from "../../text/literals.js";
import type { Host } from "./host.js";
import { ArrayPrinter } from "./print-arrays.js";
import { PassPrinter } from "./print-passes.js";
import { WorkPrinter } from "./print-work.js";

export function printCreate(host: Host): void {
  const out = host.out;
  const work = new WorkPrinter(host);
  const { w, T, B, kept, t0, lengths, present, begun } = host.names.own;
  const { cell, arrays } = host.schedule;
  out.line(
    "/** Kernels for one set of sizes; all arrays are made here and used again. */",
  );
  out.block(
    `export function create(sizes${out.typed(": Sizes")}, precision${out.typed(': "f32" | "f64"')})`,
    () => {
      for (const name of cell.sizes)
        out.line(
          `const ${host.names.size(name)} = sizes[${stringLiteral(name)}];`,
        );
      out.line(
        'const Floats = precision === "f64" ? Float64Array : Float32Array;',
      );
      out.line("const none = new Floats(0);");
      out.line("const noRows = new Int32Array(0);");
      if (
        arrays.some((array) => host.isSum(array) && array.extent !== "static")
      )
        out.line("const noSums = new Float64Array(0);");
      if (host.hasTokens) out.line("const noTokens = new Int32Array(0);");
      out.block(
        `const ${w}${out.typed(": Work")} =`,
        () => {
          for (const name of cell.sizes) out.line(`${host.names.size(name)},`);
          for (const name of [T, B, t0, kept]) out.line(`${name}: 0,`);
          out.line("inputGradients: true,");
          out.line(`${lengths}: null,`);
          out.line(`${present}: noRows,`);
          out.line(`${begun}: noRows,`);
          for (const array of [...arrays, ...host.scratch])
            work.initialArray(array);
          for (const { key, token } of host.keys) {
            out.line(
              `${host.field("final", key)}: ${token ? "noTokens" : "none"},`,
            );
            if (token) continue;
            out.line(`${host.field("d_final", key)}: none,`);
            out.line(`${host.field("d_start", key)}: none,`);
          }
          for (const { field, array } of host.rounded)
            work.made(field, "Floats", array);
        },
        "};",
      );
      out.line(`let slots = emptySlots${out.typed(" as Slots")};`);
      out.line(`let adjoint = emptySlots${out.typed(" as AdjointSlots")};`);
      if (host.keys.length > 0)
        out.line(`let given${out.typed(": ReadonlySet<string>")} = new Set();`);
      out.line("let differentiable = false;");
      new ArrayPrinter(host).resize();
      const passes = new PassPrinter(host);
      passes.forward();
      passes.backward();
      out.line();
      out.block(
        "return",
        () => {
          out.line(`params: ${w}.params,`);
          out.line(`grads: ${w}.${host.roundedOf("grads")},`);
          out.block("get slots()", () => out.line("return slots;"), "},");
          out.block("get adjoint()", () => out.line("return adjoint;"), "},");
          for (const name of ["resize", "forward", "backward"])
            out.line(`${name},`);
          out.line(
            "/** Arrays are ordinary memory: nothing has to be given back. */",
          );
          out.line("dispose() {},");
        },
        "};",
      );
    },
  );
}
