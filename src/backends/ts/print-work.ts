/** Prints the type of the object that holds sizes and arrays, and the object as it starts. */
import type { ArrayPlan } from "../../passes/kernels.js";
import { shortComment } from "../../text/comments.js";
import { showCode } from "./expression.js";
import type { Host } from "./host.js";

export class WorkPrinter {
  constructor(readonly host: Host) {}

  /** The type of the object that holds sizes and arrays. */
  workType(): void {
    const out = this.host.out;
    const { T, B, kept, t0, lengths, present, begun } = this.host.names.own;
    const { cell, arrays } = this.host.schedule;
    out.line("/** Sizes, arrays and extents that the kernels work on. */");
    out.block("interface Work", () => {
      for (const name of cell.sizes)
        out.line(`readonly ${this.host.names.size(name)}: number;`);
      out.line("/** Steps. */");
      out.line(`${T}: number;`);
      out.line("/** Batch entries. */");
      out.line(`${B}: number;`);
      out.line("/** Number of the first step. */");
      out.line(`${t0}: number;`);
      out.line(
        "/** 1 where the tape has a row for every step, 0 where steps share one. */",
      );
      out.line(`${kept}: number;`);
      out.line("inputGradients: boolean;");
      out.line("/** Steps of each entry; null for all. */");
      out.line(`${lengths}: Int32Array | null;`);
      out.line(
        "/** Rows of steps and entries that belong to a sequence, from … to, from … to; and the same of entries. */",
      );
      out.line(`${present}: Int32Array;`);
      out.line(`${begun}: Int32Array;`);
      for (const array of [...arrays, ...this.host.scratch]) {
        out.line(shortComment(this.#describe(array)));
        out.line(
          `${array.id}: ${array.element === "token" ? "Int32Array" : "Floats"};`,
        );
      }
      for (const { key, token, name } of this.host.keys) {
        out.line(shortComment(`Last values of ${name}: [${B}, …]`));
        out.line(
          `${this.host.field("final", key)}: ${token ? "Int32Array" : "Floats"};`,
        );
        if (token) continue;
        out.line(`${this.host.field("d_final", key)}: Floats;`);
        out.line(`${this.host.field("d_start", key)}: Floats;`);
      }
      for (const { field, array } of this.host.rounded) {
        out.line(`/** ${array.id} as the caller sees it */`);
        out.line(`${field}: Floats;`);
      }
    });
    out.line();
  }

  #describe(array: ArrayPlan): string {
    const { T, B } = this.host.names.own;
    const width = showCode(this.host.size(array.width));
    const steps =
      array.lead + array.tail === 0
        ? T
        : [array.lead || "", T, array.tail || ""]
            .filter((part) => part !== "")
            .join(" + ");
    const shape = {
      static: width,
      row: width,
      batch: `${B}, ${width}`,
      step: `${B}, ${width}`,
      sequence: `${array.tape ? `${steps} if kept` : steps}, ${B}, ${width}`,
    }[array.extent];
    return `[${shape}]: ${array.holds}`;
  }

  /** The member of the object for an array, as it starts. */
  initialArray(array: ArrayPlan): void {
    const { host } = this;
    if (array.element !== "token" && hasOneRow(array))
      this.made(array.id, host.numbers(array), array);
    else {
      const none = host.isSum(array) ? "noSums" : "none";
      host.out.line(
        `${array.id}: ${array.element === "token" ? "noTokens" : none},`,
      );
    }
  }

  /** A member for an array as long as this one. */
  made(field: string, kind: string, like: ArrayPlan): void {
    const { out } = this.host;
    if (hasOneRow(like))
      out.list(`${field}: new ${kind}`, [this.host.length(like)], "(", "),");
    else out.line(`${field}: none,`);
  }
}

const hasOneRow = ({ extent }: ArrayPlan): boolean =>
  extent === "static" || extent === "row";
