/** Prints map kernels: loops over steps, entries and elements. */
import type { Size } from "../../ir/size.js";
import { multiplySizes, sizeNumber } from "../../ir/size.js";
import type {
  Expression,
  Index,
  Local,
  MapKernel,
  Place,
  Segment,
  StageKind,
  Statement,
} from "../../passes/kernels.js";
import { sumsIn } from "../sums.js";
import type { Store } from "../sums.js";
import { docComment, lineComments } from "../../text/comments.js";
import { Access, plus, times } from "./access.js";
import type { KernelEquations } from "../equations.js";
import { code, isBoolean, numberText, showCode } from "./expression.js";
import type { Code } from "./expression.js";
import type { ModuleNames } from "./names.js";
import { layOut } from "./statement.js";
import { Writer } from "./writer.js";

const isStoreOf = (statement: Statement, local: Local): statement is Store =>
  statement.kind === "store" &&
  !statement.add &&
  statement.value.kind === "local" &&
  statement.value.local === local;

const started = { add: "0", max: "-Infinity", min: "Infinity" } as const;

class MapPrinter {
  readonly #access: Access;
  readonly #locals = new Map<Local, string>();

  constructor(
    readonly names: ModuleNames,
    readonly writer: Writer,
  ) {
    this.#access = new Access(names);
  }

  get access(): Access {
    return this.#access;
  }

  segment(segment: Segment): void {
    const { own } = this.names;
    const variables = [own.n, own.m];
    const { loops, inner, accumulators } = segment;
    // Sums over the last axis start before its loop; those of a local product before the inner one.
    const summed = inner === undefined ? loops.length - 1 : loops.length;
    const nest = (depth: number): void => {
      if (depth === summed)
        for (const { local, combine } of accumulators)
          this.writer.line(`let ${this.#name(local)} = ${started[combine]};`);
      if (depth < loops.length) {
        this.#loop(variables[depth]!, loops[depth]!, () => nest(depth + 1));
        if (depth === summed) this.#statements(segment.after);
        return;
      }
      this.#statements(segment.body);
      if (inner === undefined) this.#accumulate(segment);
      else this.#loop(own.k, inner, () => this.#accumulate(segment));
      if (depth === summed) this.#statements(segment.after);
    };
    nest(0);
  }

  #loop(variable: string, extent: Size, body: () => void): void {
    const bound = showCode(this.#access.size(extent));
    this.writer.block(
      `for (let ${variable} = 0; ${variable} < ${bound}; ${variable}++)`,
      body,
    );
  }

  #accumulate(segment: Segment): void {
    for (const { local, combine, value } of segment.accumulators) {
      const name = this.#name(local);
      const term = this.#code(value);
      if (combine === "add") this.#assign(`${name} +=`, term);
      else
        this.#assign(`${name} =`, {
          kind: "op",
          op: combine,
          args: [code(name), term],
        });
    }
  }

  #statements(statements: readonly Statement[]): void {
    let done: Statement | undefined;
    statements.forEach((statement, i) => {
      if (statement === done) return;
      const value = this.#code(statement.value);
      if (statement.kind === "store") {
        this.#assign(
          `${this.#target(statement)} ${statement.add ? "+=" : "="}`,
          value,
        );
        return;
      }
      const { local } = statement;
      const head = `const ${this.#name(local)} =`;
      const store = statements[i + 1];
      if (store && local.rounded && isStoreOf(store, local)) {
        const target = this.#target(store);
        this.#assign(`${target} =`, value);
        this.#assign(head, code(target));
        done = store;
      } else this.#assign(head, value, local.boolean);
    });
  }

  #target(store: Store): string {
    return `${this.#access.array(store.place.array)}[${showCode(this.#element(store))}]`;
  }

  /** One statement; parts of a long expression get a variable first. */
  #assign(head: string, value: Code, boolean = false): void {
    let current = value;
    for (;;) {
      const { indent } = this.writer;
      const lines = layOut({ indent, head, value: current, boolean });
      if (lines) {
        for (const line of lines) this.writer.line(line);
        return;
      }
      current = this.#shorten(current);
    }
  }

  /** The expression with its longest operand in a variable. */
  #shorten(value: Code): Code {
    if (value.kind === "text") return value;
    const lengths = value.args.map((arg) =>
      arg.kind === "op" ? showCode(arg).length : 0,
    );
    const longest = lengths.indexOf(Math.max(...lengths));
    const part = value.args[longest]!;
    if (part.kind === "text") return code(showCode(value), 0, isBoolean(value));
    const name = this.#access.scope.unique("part");
    this.#assign(`const ${name} =`, part, isBoolean(part));
    const replacement = code(name, undefined, isBoolean(part));
    return {
      ...value,
      args: value.args.map((arg, i) => (i === longest ? replacement : arg)),
    };
  }

  #name(local: Local): string {
    let name = this.#locals.get(local);
    if (name === undefined) {
      // As in papers, the value at this step: c_t beside the array c.
      name = this.#access.scope.unique(
        local.hint === "" ? "v" : `${local.hint}_t`,
      );
      this.#locals.set(local, name);
    }
    return name;
  }

  #code(value: Expression): Code {
    switch (value.kind) {
      case "number":
        return numberText(value.value);
      case "size":
        return this.#access.size(value.size);
      case "step":
        return code(
          `${this.#access.use(this.names.own.t0)} + ${this.names.own.t}`,
          11,
        );
      case "index":
        return this.#index(value.index);
      case "local":
        return code(this.#name(value.local), undefined, value.local.boolean);
      case "load":
        return code(
          `${this.#access.array(value.place.array)}[${showCode(this.#element(value))}]`,
        );
      case "op":
        return {
          kind: "op",
          op: value.op,
          args: value.args.map((arg) => this.#code(arg)),
        };
      case "within": {
        const at = showCode(this.#index(value.index));
        const [from, to] = [
          this.#access.size(value.from),
          this.#access.size(value.to),
        ].map(showCode);
        const upper = `${at} < ${to}`;
        return from === "0"
          ? code(upper, 9, true)
          : code(`${at} >= ${from} && ${upper}`, 4, true);
      }
    }
  }

  #index(index: Index): Code {
    const { own } = this.names;
    const base =
      index.loop === null
        ? index.token
          ? this.#code(index.token)
          : code("0")
        : code([own.n, own.m, own.k][index.loop]!);
    return plus(base, this.#access.size(index.plus));
  }

  #element(at: {
    readonly place: Place;
    readonly dims: readonly Size[];
    readonly index: readonly Index[];
  }): Code {
    const parts: Code[] = [this.#access.first(at.place)];
    at.index.forEach((index, axis) => {
      const stride = at.dims
        .slice(axis + 1)
        .reduce(multiplySizes, sizeNumber(1));
      parts.push(times(this.#index(index), this.#access.size(stride)));
    });
    return plus(...parts);
  }
}

/** Whether the row at hand is to be left out of the sums that a kernel makes; undefined where it makes none. */
function absentRow(
  kernel: MapKernel,
  kind: StageKind,
  leavesOutEmpty: boolean,
  access: Access,
): string | undefined {
  if (sumsIn(kernel, kind).length === 0) return undefined;
  if (kind === "context" && !leavesOutEmpty) return undefined;
  const { t, b, lengths } = access.names.own;
  const steps = `${access.use(lengths)}[${b}]`;
  return kind === "context"
    ? `${lengths} && ${steps} === 0`
    : `${lengths} && ${t} >= ${steps}`;
}

/** The function of a map kernel, with its comment. */
export function printMap(
  kernel: MapKernel,
  kind: StageKind,
  equations: KernelEquations,
  names: ModuleNames,
  types: boolean,
  head: readonly string[] = equations.of(kernel),
  leavesOutEmpty = false,
): string {
  const { own } = names;
  const body = new Writer(types);
  const printer = new MapPrinter(names, body);
  const { access } = printer;
  // Bodies are printed at the depth at which they will stand, so that line lengths come out right.
  const depth = kind === "static" ? 1 : kind === "context" ? 2 : 3;
  body.nested(depth, () => {
    const loops = kernel.segments.filter((segment) => segment.loops.length > 0);
    for (const segment of kernel.segments) {
      if (loops.length > 1 && segment.loops.length > 0)
        for (const line of lineComments(equations.ofSegment(segment)))
          body.line(line);
      printer.segment(segment);
    }
  });
  const timed = kind === "rows" || kind === "loop";
  const perRow = access.offsets(false);
  const text = body.toString();

  const out = new Writer(types);
  if (head.length > 0) out.text(docComment(head).join("\n"));
  const absent = absentRow(kernel, kind, leavesOutEmpty, access);
  const range = timed
    ? `, ${own.from}${out.typed(": number")}, ${own.to}${out.typed(": number")}`
    : "";
  out.block(
    `function ${kernel.name}(${own.w}${out.typed(": Work")}${range})${out.typed(": void")}`,
    () => {
      if (kind !== "static") access.use(own.B);
      out.destructure(access.used, own.w);
      for (const { name, text: value } of access.offsets(true))
        out.line(`const ${name} = ${value};`);
      const rows = (): void => {
        if (
          timed &&
          perRow.some(({ text: value }) =>
            new RegExp(`\\b${own.r}\\b`).test(value),
          )
        )
          out.line(`const ${own.r} = ${own.t} * ${own.B} + ${own.b};`);
        if (
          perRow.some(({ text: value }) =>
            new RegExp(`\\b${own.kr}\\b`).test(value),
          )
        )
          out.line(
            `const ${own.kr} = ${own.t} * ${own.kept} * ${own.B} + ${own.b};`,
          );
        for (const { name, text: value } of perRow)
          out.line(`const ${name} = ${value};`);
        out.raw(text);
      };
      const entries = (): void =>
        out.block(
          `for (let ${own.b} = 0; ${own.b} < ${own.B}; ${own.b}++)`,
          () => {
            if (absent !== undefined) out.line(`if (${absent}) continue;`);
            rows();
          },
        );
      if (kind === "static") out.raw(text);
      else if (kind === "context") entries();
      else
        out.block(
          `for (let ${own.t} = ${own.from}; ${own.t} < ${own.to}; ${own.t}++)`,
          entries,
        );
    },
  );
  return out.toString();
}
