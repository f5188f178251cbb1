/** The two graph algorithms that the scheduler stands on, against brute force. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { components } from "../../src/passes/components.js";
import { FlowNetwork } from "../../src/passes/flow.js";

const size = 6;
const edges = fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), {
  maxLength: 14,
});

function reach(
  pairs: readonly (readonly [number, number])[],
  from: number,
): Set<number> {
  const seen = new Set([from]);
  for (const at of seen) for (const [a, b] of pairs) if (a === at) seen.add(b);
  return seen;
}

describe("components", () => {
  it("are the classes of mutual reachability, dependencies first", () => {
    fc.assert(
      fc.property(edges, (pairs) => {
        const nodes = Array.from({ length: size }, (_, i) => i);
        const found = components(nodes, (node) =>
          pairs.filter(([a]) => a === node).map(([, b]) => b),
        );
        expect(found.flat().sort()).toEqual(nodes);
        const place = new Map(
          found.flatMap((group, i) => group.map((node) => [node, i])),
        );
        for (const a of nodes)
          for (const b of nodes) {
            const forth = reach(pairs, a).has(b);
            const back = reach(pairs, b).has(a);
            expect(place.get(a) === place.get(b)).toBe(forth && back);
            if (forth && !back)
              expect(place.get(b)!).toBeLessThan(place.get(a)!);
          }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("are found on chains of any depth", () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) => i);
    expect(
      components(nodes, (node) => (node > 0 ? [node - 1] : [])),
    ).toHaveLength(100_000);
  });
});

describe("minimum cut", () => {
  it("costs what the cheapest of all cuts costs", () => {
    const capacities = fc.array(
      fc.tuple(
        fc.nat(size - 1),
        fc.nat(size - 1),
        fc.integer({ min: 1, max: 9 }),
      ),
      {
        maxLength: 14,
      },
    );
    fc.assert(
      fc.property(capacities, (pipes) => {
        const network = new FlowNetwork();
        for (let i = 0; i < size; i++) network.vertex();
        for (const [a, b, capacity] of pipes) network.edge(a, b, capacity);
        const cost = (sinkSide: (vertex: number) => boolean): number =>
          pipes.reduce(
            (sum, [a, b, capacity]) =>
              sum + (!sinkSide(a) && sinkSide(b) ? capacity : 0),
            0,
          );
        const side = network.sinkSide(0, size - 1);
        expect(side.has(size - 1)).toBe(true);
        expect(side.has(0)).toBe(false);
        let least = Infinity;
        let smallest = Infinity;
        for (let mask = 0; mask < 1 << (size - 2); mask++) {
          const inSink = (vertex: number): boolean =>
            vertex === size - 1 ||
            (vertex > 0 && ((mask >> (vertex - 1)) & 1) === 1);
          const total = cost(inSink);
          const count = Array.from({ length: size }, (_, i) =>
            inSink(i),
          ).filter(Boolean).length;
          if (total < least || (total === least && count < smallest))
            [least, smallest] = [total, count];
        }
        expect(cost((vertex) => side.has(vertex))).toBe(least);
        // The cut nearest to the sink has the smallest side.
        expect(side.size).toBe(smallest);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("is an error where nothing can be cut", () => {
    const network = new FlowNetwork();
    const [a, b] = [network.vertex(), network.vertex()];
    network.edge(a, b, Infinity);
    expect(() => network.sinkSide(a, b)).toThrow("without limit");
  });
});
