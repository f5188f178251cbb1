/** A checked cell to the graph of one step. Only what the outputs need is lowered. */
import { Builder } from "../../ir/builder.js";
import { Graph, reachable } from "../../ir/graph.js";
import type { Node } from "../../ir/graph.js";
import type {
  CellProgram,
  Initializer,
  StateDeclaration,
} from "../../ir/program.js";
import { sizeNames } from "../../ir/size.js";
import type { Value } from "../elaborate/value.js";
import type { InferredCell } from "../infer/index.js";
import { NodeMaker } from "./nodes.js";

export function lowerCell(inferred: InferredCell): CellProgram {
  const { cell, order, needed, shapes } = inferred;
  const { resolved, environment } = cell;
  const graph = new Graph();
  const b = new Builder(graph);
  const maker = new NodeMaker(b, inferred);

  for (const { value, role } of order)
    if (needed.values.has(value))
      if (role === "buffer") maker.bufferValue(value);
      else maker.value(value);
  const values = [...environment.values.values()].filter((value) =>
    needed.values.has(value),
  );
  const shapeOf = (value: Value) => shapes.ofValue(value)!;
  const declared = (value: Value) => ({
    name: value.name,
    shape: shapeOf(value),
    span: value.declared?.span ?? value.span,
  });
  const ofKind = (kind: Value["kind"]): Value[] =>
    values.filter((value) => value.kind === kind && !cell.fixes.has(value));

  const program = {
    name: resolved.name,
    doc: resolved.doc,
    file: resolved.file,
    graph,
    inputs: ofKind("input").map((value) => ({
      ...declared(value),
      vocabulary: value.vocabulary,
    })),
    contexts: ofKind("context").map(declared),
    params: ofKind("param").map((value) => ({
      ...declared(value),
      initializer:
        cell.initializers.get(value) ??
        defaultInitializer(value, shapeOf(value).length),
    })),
    buffers: ofKind("buffer").map((value) => ({
      ...declared(value),
      value: cell.buffers.has(value) ? maker.bufferValue(value) : undefined,
    })),
    states: stateValues(inferred).map((value): StateDeclaration => {
      const initial = cell.initials.get(value);
      return {
        ...declared(value),
        lag: needed.states.get(value)!,
        definition: maker.value(value),
        initial:
          initial &&
          b.at(initial.span, () =>
            b.broadcast(maker.root(initial), shapeOf(value)),
          ),
        vocabulary: value.vocabulary,
      };
    }),
    definitions: order
      .filter(
        ({ role, value }) => role === "definition" && needed.values.has(value),
      )
      .map(({ value }) => ({
        name: value.name,
        node: maker.value(value),
        gate: value.gate,
        span: value.span,
      })),
    outputs: cell.outputs.map(({ value, span }) => ({
      name: value.name,
      shape: shapeOf(value),
      span,
      node: maker.value(value),
    })),
  };
  return { ...program, sizes: sizesIn(program, environment.sizes.keys()) };
}

/** Weights of sources keep the scale of what passes through them; biases and peepholes start at zero. */
const defaultInitializer = ({ sugar }: Value, rank: number): Initializer =>
  rank === 2 || sugar?.kind === "weight"
    ? { kind: "glorot" }
    : { kind: "constant", value: 0 };

/** Declared states first, as the cell lists them. */
function stateValues({ cell, needed }: InferredCell): Value[] {
  const { states, values } = cell.environment;
  const names = new Set([...states.keys(), ...values.keys()]);
  return [...names].flatMap((name) => {
    const value = values.get(name);
    return value && needed.states.has(value) ? [value] : [];
  });
}

/** The sizes that a kernel has to know, in order of first appearance. */
function sizesIn(
  program: Omit<CellProgram, "sizes">,
  names: Iterable<string>,
): string[] {
  const used = new Set<string>();
  const arrays = [
    ...program.inputs,
    ...program.contexts,
    ...program.params,
    ...program.buffers,
    ...program.states,
    ...program.outputs,
  ];
  const nodes: Node[] = reachable([
    ...program.outputs.map(({ node }) => node),
    ...program.states.flatMap(({ definition, initial }) =>
      initial ? [definition, initial] : [definition],
    ),
    ...program.buffers.flatMap(({ value }) => value ?? []),
  ]);
  for (const size of [
    ...[...arrays, ...nodes].flatMap(({ shape }) => shape),
    ...program.inputs.flatMap(({ vocabulary }) => vocabulary ?? []),
    ...nodes.flatMap(({ attrs: { size, from } }) => [size ?? [], from ?? []]),
  ].flat())
    for (const name of sizeNames(size)) used.add(name);
  return [...names].filter((name) => used.has(name));
}
