/** Equations between sizes with unknowns. */
import { describe, expect, it, vi } from "vitest";
import { SizeSolver } from "../../src/dsl/infer/solver.js";
import {
  addSizes,
  divideSizes,
  multiplySizes,
  sizeName,
  sizeNumber,
} from "../../src/ir/size.js";

const [N, H] = [sizeName("N"), sizeName("H")];
const never = () => expect.unreachable();

describe("unknown sizes", () => {
  it("follows chains of unknowns that are each other", () => {
    const solver = new SizeSolver();
    const chain = Array.from({ length: 1000 }, () => solver.fresh());
    for (const [i, size] of chain.entries())
      if (i > 0) solver.equate(size, chain[i - 1]!, never);
    solver.equate(chain[500]!, N, never);
    expect(chain.every((size) => solver.resolve(size).key === "N")).toBe(true);
  });

  it("takes sums, products and quotients apart", () => {
    const solver = new SizeSolver();
    const [a, b, c] = [solver.fresh(), solver.fresh(), solver.fresh()];
    solver.equate(addSizes(multiplySizes(sizeNumber(2), a), N), H, never);
    expect(solver.resolve(a).key).toBe("H/2-N/2");
    solver.equate(multiplySizes(b, H), N, never);
    expect(solver.resolve(b).key).toBe("N/H");
    solver.equate(divideSizes(c, H)!, N, never);
    expect(solver.resolve(c).key).toBe("H*N");
  });

  it("waits for what cannot be solved yet, and complains then", () => {
    const solver = new SizeSolver();
    const [a, b] = [solver.fresh(), solver.fresh()];
    const complain = vi.fn();
    // a² = N has no normal form for a; with a = H it is wrong.
    expect(solver.equate(multiplySizes(a, a), N, complain)).toBe(true);
    expect(solver.equate(a, b, complain)).toBe(true);
    expect(solver.equate(b, H, complain)).toBe(true);
    expect(complain).not.toHaveBeenCalled();
    solver.settle();
    expect(complain).toHaveBeenCalledOnce();
  });

  it.each([
    ["zero", N],
    ["negative", multiplySizes(sizeNumber(2), N)],
  ])("refuses a size that would be %s", (_, part) => {
    const solver = new SizeSolver();
    const complain = vi.fn();
    const sum = addSizes(solver.fresh(), part);
    expect(solver.equate(sum, N, complain)).toBe(false);
    expect(complain).toHaveBeenCalledOnce();
  });
});
