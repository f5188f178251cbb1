/**
 * What must hold of every cell and adjoint step, after every pass. A violation is a fault of the compiler
 * and names the pass that it shows after.
 */
import { CompilerFault } from "./fault.js";
import { Domain, domainNames, reachable } from "./graph.js";
import type { Node } from "./graph.js";
import type { AdjointProgram, CellProgram } from "./program.js";
import { programRoots } from "./print.js";
import { sameShape, showShape, sizeNames } from "./size.js";
import type { Shape } from "./size.js";
import { nodeProblem } from "./verify-nodes.js";
import { leafProblem } from "./verify-leaves.js";

type Fail = (what: string) => never;

/** Throws a `CompilerFault` that names `pass`, as in `verify(cell, "simplify")`. */
export function verify(
  program: CellProgram | AdjointProgram,
  pass: string,
): void {
  const fail: Fail = (what) => {
    throw new CompilerFault(pass, what);
  };
  if ("cell" in program) verifyAdjoint(program, fail);
  else verifyCell(program, fail);
}

function verifyCell(cell: CellProgram, fail: Fail): void {
  const nodes = reachable(programRoots(cell));
  verifyNodes(cell, nodes, false, fail);
  unique("size", cell.sizes, fail);
  for (const [kind, list] of [
    ["input", cell.inputs],
    ["context", cell.contexts],
    ["param", cell.params],
    ["buffer", cell.buffers],
    ["state", cell.states],
    ["definition", cell.definitions],
    ["output", cell.outputs],
  ] as const)
    unique(
      kind,
      list.map(({ name }) => name),
      fail,
    );
  for (const declared of [
    ...cell.inputs,
    ...cell.contexts,
    ...cell.params,
    ...cell.buffers,
    ...cell.states,
    ...cell.outputs,
  ])
    knownSizes(cell, declared.name, declared.shape, fail);
  for (const { name, node, shape } of cell.outputs)
    sameAsDeclared(`output ${name}`, node, shape, fail);
  for (const { name, value, shape } of cell.buffers)
    if (value) {
      sameAsDeclared(`buffer ${name}`, value, shape, fail);
      onlyStatic(`the value of buffer ${name}`, value, fail);
      if (reachable([value]).some((node) => node.op === "param"))
        fail(`the value of buffer ${name} depends on a parameter`);
    }
  for (const state of cell.states) {
    const what = `state ${state.name}`;
    if (!Number.isInteger(state.lag) || state.lag < 1)
      fail(`${what} has the lag ${state.lag}`);
    sameAsDeclared(what, state.definition, state.shape, fail);
    if ((state.vocabulary !== undefined) !== isToken(state.definition))
      fail(`${what} and its definition do not agree on being tokens`);
    if (state.initial) {
      sameAsDeclared(
        `initial value of ${what}`,
        state.initial,
        state.shape,
        fail,
      );
      onlyStatic(`the initial value of ${what}`, state.initial, fail);
    }
  }
}

function verifyAdjoint(adjoint: AdjointProgram, fail: Fail): void {
  const { cell } = adjoint;
  verifyCell(cell, fail);
  const gradients = [
    { kind: "input", largest: Domain.row, of: adjoint.inputs, in: cell.inputs },
    {
      kind: "context",
      largest: Domain.context,
      of: adjoint.contexts,
      in: cell.contexts,
    },
    {
      kind: "param",
      largest: Domain.static,
      of: adjoint.params,
      in: cell.params,
    },
  ] as const;
  const roots = [
    ...adjoint.carried.map(({ node }) => node),
    ...gradients.flatMap(({ of }) => of.map(({ node }) => node)),
    ...adjoint.cotangents.map(({ node }) => node),
  ];
  const nodes = reachable(roots);
  verifyNodes(cell, nodes, true, fail);
  noRowAfterSum(nodes, fail);
  for (const { kind, largest, of, in: declared } of gradients) {
    unique(
      `gradient of ${kind}`,
      of.map(({ name }) => name),
      fail,
    );
    for (const { name, node } of of) {
      const what = `gradient of ${kind} ${name}`;
      const found = declared.find((entry) => entry.name === name);
      if (!found) return fail(`${what}: nothing of that name is declared`);
      if ("vocabulary" in found && found.vocabulary)
        fail(`${what}: a token has no gradient`);
      sameAsDeclared(what, node, found.shape, fail);
      if (node.domain > largest)
        fail(
          `${what} is ${domainNames[node.domain]}, so that sums are missing`,
        );
    }
  }
  unique(
    "carried",
    adjoint.carried.map(({ name, lag }) => `${name}@${lag}`),
    fail,
  );
  for (const { name, lag, node } of adjoint.carried) {
    const what = `carried ${name} at lag ${lag}`;
    const state = cell.states.find((entry) => entry.name === name);
    if (!state) return fail(`${what}: there is no such state`);
    if (state.vocabulary) fail(`${what}: a token has no gradient`);
    if (lag < 1 || lag > state.lag)
      fail(`${what}: the largest lag is ${state.lag}`);
    sameAsDeclared(what, node, state.shape, fail);
  }
}

function verifyNodes(
  cell: CellProgram,
  nodes: readonly Node[],
  inAdjoint: boolean,
  fail: Fail,
): void {
  const owned = new Set(cell.graph.nodes);
  for (const node of nodes) {
    const problem =
      (owned.has(node) ? undefined : "is not a node of the cell's graph") ??
      nodeProblem(node) ??
      leafProblem(cell, node, inAdjoint);
    if (problem) fail(`${describe(node)} ${problem}`);
    knownSizes(cell, describe(node), node.shape, fail);
  }
}

const describe = (node: Node): string =>
  `%${node.id} ${node.op}${node.attrs.name === undefined ? "" : ` ${node.attrs.name}`}: ${showShape(node.shape)}`;

const isToken = (node: Node): boolean => node.attrs.token === true;

function unique(kind: string, names: readonly string[], fail: Fail): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail(`${kind} ${twice} is declared twice`);
}

function knownSizes(
  cell: CellProgram,
  what: string,
  shape: Shape,
  fail: Fail,
): void {
  const unknown = shape
    .flatMap(sizeNames)
    .find((name) => !cell.sizes.includes(name));
  if (unknown !== undefined) fail(`${what} uses the unknown size ${unknown}`);
}

function sameAsDeclared(
  what: string,
  node: Node,
  shape: Shape,
  fail: Fail,
): void {
  if (!sameShape(node.shape, shape))
    fail(
      `${what} is declared as ${showShape(shape)} but ${describe(node)} stands for it`,
    );
}

function onlyStatic(what: string, node: Node, fail: Fail): void {
  if (node.domain !== Domain.static)
    fail(`${what} is ${domainNames[node.domain]}, not static`);
}

/** What is known only after all steps cannot enter a step. */
function noRowAfterSum(nodes: readonly Node[], fail: Fail): void {
  const late = new Set<Node>();
  for (const node of nodes) {
    if (
      node.op === "reduce" ||
      node.op === "initial" ||
      node.args.some((arg) => late.has(arg))
    )
      late.add(node);
    if (late.has(node) && node.domain === Domain.row)
      fail(`${describe(node)} is row but depends on a sum over steps`);
  }
}
