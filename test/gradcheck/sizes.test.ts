import { describe, expect, it } from "vitest";
import { chooseSizes, sizeProblem } from "../../src/gradcheck/index.js";
import type { CellProgram } from "../../src/ir/program.js";
import {
  divideSizes,
  sizeName,
  sizeNumber,
  subtractSizes,
} from "../../src/ir/size.js";
import type { Size } from "../../src/ir/size.js";
import { HandMade, M, N, ofParams, peepholeLstm } from "../ir/cells.js";

const H = sizeName("H");
const quotient = (a: Size, b: Size): Size => divideSizes(a, b)!;

/** Uses [N/H] heads and a slice of N/2. */
function heads(): CellProgram {
  const cell = new HandMade("Heads");
  const { b } = cell;
  const x = cell.input("x", [N]);
  const half = quotient(N, sizeNumber(2));
  cell.define("q", cell.param("p", [quotient(N, H)]));
  cell.define("upper", b.slice(x, half, half));
  cell.output("q", "upper");
  return cell.program([N, H]);
}

describe("chooseSizes", () => {
  it("takes different odd numbers where nothing has to divide", () => {
    expect(chooseSizes(peepholeLstm())).toEqual({
      ok: true,
      sizes: { M: 5, N: 7 },
    });
  });

  it("keeps what is wanted and ignores what the cell does not have", () => {
    expect(chooseSizes(peepholeLstm(), { N: 5, Q: 3 })).toEqual({
      ok: true,
      sizes: { N: 5, M: 7 },
    });
  });

  it("makes quotients whole", () => {
    const choice = chooseSizes(heads());
    expect(choice.ok).toBe(true);
    if (!choice.ok) return;
    const { N: n, H: h } = choice.sizes as { N: number; H: number };
    expect(n % h).toBe(0);
    expect(n % 2).toBe(0);
    expect(n).not.toBe(h);
    expect(sizeProblem(heads(), choice.sizes)).toBeUndefined();
  });

  it("finds the others for a wanted one", () => {
    const choice = chooseSizes(heads(), { N: 14 });
    expect(choice).toEqual({ ok: true, sizes: { N: 14, H: 7 } });
  });

  it("names the shape that does not fit", () => {
    expect(chooseSizes(heads(), { N: 8, H: 3 })).toEqual({
      ok: false,
      message:
        "`p` of shape [N/H]: N/H is 2.66667 for H = 3, N = 8, but must be a whole number of at least 1",
    });
    expect(chooseSizes(heads(), { N: 7 })).toEqual({
      ok: false,
      message:
        "`upper` of shape [N/2]: N/2 is 3.5 for N = 7, but must be a whole number of at least 1",
    });
  });

  it("minds slices that would reach past the end", () => {
    const cell = ofParams([[N], [M]], [M, N], (b, p, q) =>
      b.add(b.sum(b.slice(p, M, sizeNumber(2))), b.sum(q)),
    );
    expect(chooseSizes(cell, { N: 4, M: 3 })).toMatchObject({
      ok: false,
      message: expect.stringContaining("a slice of [N] from M of length 2"),
    });
    expect(chooseSizes(cell)).toMatchObject({ ok: true });
  });

  it("gives up on what cannot be", () => {
    const cell = ofParams(
      [[subtractSizes(M, N)], [subtractSizes(N, M)]],
      [M, N],
      (b, p, q) => b.add(b.sum(p), b.sum(q)),
    );
    expect(chooseSizes(cell)).toMatchObject({
      ok: false,
      message: expect.stringContaining("found no numbers for the sizes M, N"),
    });
  });

  it("is told of a missing size", () => {
    expect(sizeProblem(heads(), { N: 8 })).toBe(
      "no number is given for the size H",
    );
  });
});
