/**
 * Forward-mode differentiation: every value carries its derivative along one given direction (dual
 * numbers). It uses the records' `partials`, `linearity` and `tangent`, none of their `vjp` rows, so
 * that it can check reverse mode without finite differences.
 */
import { arrayOf } from "./data.js";
import type { CellData, CellResult, NamedArrays } from "./data.js";
import { CompilerFault } from "./fault.js";
import type { Node } from "./graph.js";
import { operations } from "./ops/index.js";
import type {
  ElementwiseRecord,
  StructuralRecord,
  Tensor,
} from "./ops/record.js";
import type { CellProgram } from "./program.js";
import { evaluateSize } from "./size.js";
import { ForwardPass } from "./interpret-forward.js";
import type { Decorator, Place } from "./interpret-forward.js";
import { Track } from "./interpret-track.js";
import type { History } from "./interpret-track.js";
import { allocate, copyFrom } from "./interpret-values.js";
import type { Action, Sizes, Values } from "./interpret-values.js";

/** Tangents of what the caller gives; missing ones are zero. Tokens and buffers have none. */
export interface Direction {
  readonly params?: NamedArrays;
  readonly inputs?: NamedArrays;
  readonly context?: NamedArrays;
  /** Only for states that `data.states` gives. */
  readonly states?: NamedArrays;
}

export interface TangentResult {
  readonly result: CellResult;
  /** Derivatives of outputs and final states along the direction. */
  readonly tangents: CellResult;
}

/** Runs one cell along many directions. */
export class ForwardMode {
  readonly #program: CellProgram;
  #direction: Direction = {};
  #machine:
    | {
        readonly sizes: Sizes;
        readonly pass: ForwardPass;
        readonly track: Track;
      }
    | undefined;

  constructor(program: CellProgram) {
    this.#program = program;
  }

  run(data: CellData, direction: Direction): TangentResult {
    this.#direction = direction;
    const { pass, track } = this.#prepare(data);
    const result = pass.run(data, direction.states ?? {});
    return { result, tangents: track.result(data) };
  }

  #prepare(data: CellData): { pass: ForwardPass; track: Track } {
    const { sizes } = data;
    const known = this.#machine;
    if (
      known &&
      this.#program.sizes.every((name) => known.sizes[name] === sizes[name])
    )
      return known;
    const place: Place = { data, step: 0, entry: 0 };
    let tangents: Values = new Map();
    let track: Track | undefined;
    const decorate: Decorator = (node, action, values) => {
      const out = tangents.get(node);
      if (!out) return [action];
      return [
        action,
        this.#tangentOf(node, values, tangents, track!.histories, place, sizes),
      ];
    };
    const pass = new ForwardPass(
      this.#program,
      sizes,
      place,
      decorate,
      (nodes) => {
        tangents = allocate(activeNodes(nodes), sizes);
        track = new Track(
          this.#program,
          sizes,
          (node) => tangents.get(node)?.data,
        );
        return track;
      },
    );
    this.#machine = { sizes: { ...sizes }, pass, track: track! };
    return this.#machine;
  }

  #tangentOf(
    node: Node,
    values: Values,
    tangents: Values,
    histories: ReadonlyMap<string, History>,
    place: Place,
    sizes: Sizes,
  ): Action {
    const record = operations[node.op];
    const out = tangents.get(node)!.data;
    switch (record.kind) {
      case "leaf":
        return this.#leafTangent(node, out, histories, place);
      case "elementwise":
        return elementwiseTangent(record, node, values, tangents);
      case "structural":
        return structuralTangent(record, node, values, tangents, sizes);
    }
  }

  #leafTangent(
    node: Node,
    out: Float64Array,
    histories: ReadonlyMap<string, History>,
    place: Place,
  ): Action {
    const { name = "", lag = 1 } = node.attrs;
    const load = (values: NamedArrays | undefined, row: number): void => {
      const given = arrayOf(values, name);
      if (given) copyFrom(given, row * out.length, out);
      else out.fill(0);
    };
    switch (node.op) {
      case "param":
        return () => load(this.#direction.params, 0);
      case "context":
        return () => load(this.#direction.context, place.entry);
      case "input":
        return () =>
          load(
            this.#direction.inputs,
            place.step * place.data.batch + place.entry,
          );
      case "state": {
        const history = histories.get(name)!;
        return () =>
          copyFrom(
            history.rows,
            history.offset(place.step - lag, place.entry),
            out,
          );
      }
      default:
        throw new CompilerFault("tangent", `the leaf ${node.op} is active`);
    }
  }
}

/** Tangents of outputs and final states along one direction. */
export const tangent = (
  program: CellProgram,
  data: CellData,
  direction: Direction,
): TangentResult => new ForwardMode(program).run(data, direction);

/** Values that a direction can move. */
function activeNodes(nodes: readonly Node[]): Node[] {
  const active = new Set<Node>();
  for (const node of nodes) {
    const record = operations[node.op];
    const moves =
      record.kind === "leaf"
        ? !node.attrs.token &&
          (node.op === "param" ||
            node.op === "input" ||
            node.op === "context" ||
            node.op === "state")
        : !(record.kind === "structural" && record.linearity === "none") &&
          node.args.some((arg) => active.has(arg));
    if (moves) active.add(node);
  }
  return [...active];
}

function elementwiseTangent(
  { partials }: ElementwiseRecord,
  node: Node,
  values: Values,
  tangents: Values,
): Action {
  const args = node.args.map((arg) => values.get(arg)!.data);
  const moved = node.args.map((arg) => tangents.get(arg)?.data);
  const result = values.get(node)!.data;
  const out = tangents.get(node)!.data;
  const point = args.map(() => 0);
  return () => {
    for (let i = 0; i < out.length; i++) {
      for (let k = 0; k < args.length; k++) point[k] = args[k]![i]!;
      const slopes = partials(point, result[i]!);
      let sum = 0;
      for (let k = 0; k < args.length; k++) {
        const direction = moved[k];
        // A slope of zero is exact: what does not pass a `select` may be infinite.
        if (direction && slopes[k] !== 0) sum += slopes[k]! * direction[i]!;
      }
      out[i] = sum;
    }
  };
}

function structuralTangent(
  record: StructuralRecord,
  node: Node,
  values: Values,
  tangents: Values,
  sizes: Sizes,
): Action {
  const args = node.args.map((arg) => values.get(arg)!);
  const out = tangents.get(node)!.data;
  const env = {
    attrs: node.attrs,
    sizeOf: (size: Parameters<typeof evaluateSize>[0]) =>
      evaluateSize(size, sizes),
  };
  const still = allocate(
    node.args.filter((arg) => !tangents.has(arg)),
    sizes,
  );
  const moved = node.args.map(
    (arg): Tensor => tangents.get(arg) ?? still.get(arg)!,
  );
  switch (record.linearity) {
    case "linear":
      return () => record.evaluate(moved, out, env);
    case "pieces": {
      const { tangent: pieceTangent } = record;
      const result = values.get(node)!;
      return () => pieceTangent!(args, result, moved, out);
    }
    case "multilinear": {
      // The product rule: one term per operand that moves.
      const terms = node.args.flatMap((arg, k) =>
        tangents.has(arg)
          ? [args.map((value, i) => (i === k ? moved[k]! : value))]
          : [],
      );
      const term = new Float64Array(out.length);
      return () => {
        out.fill(0);
        for (const operands of terms) {
          record.evaluate(operands, term, env);
          for (let i = 0; i < out.length; i++) out[i]! += term[i]!;
        }
      };
    }
    case "none":
      throw new CompilerFault("tangent", `${node.op} has no derivative`);
  }
}
