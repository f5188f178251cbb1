/** Terms to nodes, iteratively: a term's operands stand before it in its root. */
import type { Builder } from "../../ir/builder.js";
import { Domain } from "../../ir/graph.js";
import type { Node } from "../../ir/graph.js";
import type { ApplyTerm, Term } from "../elaborate/term.js";
import type { Root } from "../elaborate/term.js";
import type { Value } from "../elaborate/value.js";
import type { InferredCell } from "../infer/index.js";
import { sizesOf } from "../infer/shapes.js";

export class NodeMaker {
  readonly #terms: (Node | undefined)[] = [];
  readonly #values = new Map<Value, Node>();
  readonly #buffers = new Map<Value, Node>();

  constructor(
    private readonly b: Builder,
    private readonly inferred: InferredCell,
  ) {}

  /** The node of a value. Definitions have to be asked for in dependency order. */
  value(value: Value): Node {
    const known = this.#values.get(value);
    if (known) return known;
    const { fixes, definitions } = this.inferred.cell;
    const fix = fixes.get(value);
    const definition = definitions.get(value);
    const node = fix
      ? this.#fixed(value, fix)
      : definition
        ? this.root(definition)
        : this.b.at(value.span, () => this.#leaf(value));
    this.#values.set(value, node);
    return node;
  }

  /** What a computed buffer holds; in dependency order too. */
  bufferValue(value: Value): Node {
    const known = this.#buffers.get(value);
    if (known) return known;
    const root = this.inferred.cell.buffers.get(value)!;
    const node = this.b.at(root.span, () =>
      this.b.broadcast(this.root(root), this.inferred.shapes.ofValue(value)!),
    );
    this.#buffers.set(value, node);
    return node;
  }

  root(root: Root): Node {
    const { cell, needed } = this.inferred;
    for (let id = root.first; id < root.end; id++) {
      const term = cell.terms[id]!;
      if (needed.terms.has(term))
        this.#terms[id] ??= this.b.at(term.place.span, () =>
          this.#term(term, root),
        );
    }
    const { result } = root;
    return this.#terms[result.id]!;
  }

  /** A number written by `fix` is marked, so that products with its zeros vanish. */
  #fixed(value: Value, root: Root): Node {
    const { constant } = root.result;
    const shape = this.inferred.shapes.ofValue(value)!;
    return this.b.at(root.span, () =>
      this.b.broadcast(
        constant === undefined
          ? this.root(root)
          : this.b.make("const", [], {
              value: constant,
              fixed: true,
              domain: Domain.static,
            }),
        shape,
      ),
    );
  }

  #leaf(value: Value): Node {
    const { name, kind, vocabulary } = value;
    const shape = this.inferred.shapes.ofValue(value)!;
    switch (kind) {
      case "input":
        return this.b.make("input", [], {
          name,
          shape,
          domain: Domain.row,
          token: vocabulary !== undefined,
        });
      case "context":
        return this.b.make("context", [], {
          name,
          shape,
          domain: Domain.context,
        });
      case "param":
      case "buffer":
        return this.b.make(kind, [], { name, shape, domain: Domain.static });
      case "definition":
      case "state":
        throw new TypeError(`lower: \`${name}\` has no definition`);
    }
  }

  #term(term: Term, root: Root): Node {
    const { b, inferred } = this;
    switch (term.kind) {
      case "number":
        return b.constant(term.value);
      case "size":
        return b.size(term.size);
      case "step":
        return b.make("step", [], { domain: Domain.row });
      case "value":
        // Computed buffers are computed together, from each other's expressions.
        return root.role === "buffer"
          ? this.bufferValue(term.value)
          : this.value(term.value);
      case "past":
        return b.make("state", [], {
          name: term.value.name,
          lag: term.lag,
          shape: inferred.shapes.ofValue(term.value)!,
          domain: Domain.row,
          token: term.value.vocabulary !== undefined,
        });
      case "apply":
        return this.#apply(term);
      case "hole":
        throw new TypeError("lower: a term with an error");
    }
  }

  #apply(term: ApplyTerm): Node {
    const { shapes } = this.inferred;
    // Operands that are sizes have no node; they are read from `sizes`.
    const args = term.args.map((arg) => this.#terms[arg.id]!);
    return term.builtin.lower(this.b, args, {
      shape: shapes.ofTerm(term)!,
      argShapes: term.args.map((arg) => shapes.ofTerm(arg)!),
      sizes: sizesOf(term),
    });
  }
}
