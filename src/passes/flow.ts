/** Maximum flow and the minimum cut nearest to the sink (Edmonds and Karp, 1972). */

interface Edge {
  readonly to: number;
  capacity: number;
  /** Index of the reverse edge in `edges`. */
  readonly back: number;
}

export class FlowNetwork {
  readonly #edges: Edge[] = [];
  readonly #out: number[][] = [];

  vertex(): number {
    this.#out.push([]);
    return this.#out.length - 1;
  }

  edge(from: number, to: number, capacity: number): void {
    const at = this.#edges.length;
    this.#edges.push(
      { to, capacity, back: at + 1 },
      { to: from, capacity: 0, back: at },
    );
    this.#out[from]!.push(at);
    this.#out[to]!.push(at + 1);
  }

  /** Vertices on the sink's side of the minimum cut that lies nearest to the sink. */
  sinkSide(source: number, sink: number): ReadonlySet<number> {
    while (this.#augment(source, sink));
    // Whatever can still reach the sink: walk residual edges backwards.
    const side = new Set([sink]);
    const queue = [sink];
    for (const vertex of queue)
      for (const at of this.#out[vertex]!) {
        const edge = this.#edges[at]!;
        if (this.#edges[edge.back]!.capacity > 0 && !side.has(edge.to)) {
          side.add(edge.to);
          queue.push(edge.to);
        }
      }
    return side;
  }

  #augment(source: number, sink: number): boolean {
    const reachedBy = new Map<number, number>();
    const queue = [source];
    for (const vertex of queue) {
      if (vertex === sink) break;
      for (const at of this.#out[vertex]!) {
        const { to, capacity } = this.#edges[at]!;
        if (capacity > 0 && to !== source && !reachedBy.has(to)) {
          reachedBy.set(to, at);
          queue.push(to);
        }
      }
    }
    if (!reachedBy.has(sink)) return false;
    const path: Edge[] = [];
    for (let vertex = sink; vertex !== source;) {
      const edge = this.#edges[reachedBy.get(vertex)!]!;
      path.push(edge);
      vertex = this.#edges[edge.back]!.to;
    }
    const amount = path.reduce(
      (least, edge) => Math.min(least, edge.capacity),
      Infinity,
    );
    if (amount === Infinity)
      throw new RangeError("a path without limit joins source and sink");
    for (const edge of path) {
      edge.capacity -= amount;
      this.#edges[edge.back]!.capacity += amount;
    }
    return true;
  }
}
