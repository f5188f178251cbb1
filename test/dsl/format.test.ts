/** The layout of specs: nothing but white space changes, and what is laid out stays as it is. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSource } from "../../src/dsl/format.js";
import { compile } from "../../src/compile.js";
import { lex } from "../../src/dsl/tokens.js";

const words = (text: string): string[] =>
  lex(text).tokens.map(({ image }) => image);

const untidy = `/// A cell.
cell   A  extends  B{fix i=1}
cell C { input  x:[M]   state y : [ N ] ,c:[N]\r
// note
gate z=tanh( affine(x,y[ t - 1 ]) )   // trailing
  c = f*c[t-1]+  -i*z ^ - 2



  y = where(a>b and not c,
  d,
  e)
    + W.T@x
output y }
fn f(v,g) { d = v - mean(v)  return g * d*rsqrt(mean(square(d))+1e-5) }
fn g(a)=-a
import{A,B}from"./x.cell"
const eps=1e-5
cell E{}
cell D { input k:token[V]
param W:[N,2 * N]~normal(0,0.1) /* a
  b */
}`;

const tidy = `/// A cell.
cell A extends B { fix i = 1 }
cell C {
  input x: [M]
  state y: [N], c: [N]
  // note
  gate z = tanh(affine(x, y[t-1])) // trailing
  c = f * c[t-1] + -i * z ^ -2

  y = where(a > b and not c,
    d,
    e)
    + W.T @ x
  output y
}
fn f(v, g) {
  d = v - mean(v)
  return g * d * rsqrt(mean(square(d)) + 1e-5)
}
fn g(a) = -a
import { A, B } from "./x.cell"
const eps = 1e-5
cell E {}
cell D {
  input k: token[V]
  param W: [N, 2*N] ~ normal(0, 0.1) /* a
  b */
}
`;

describe("formatSource", () => {
  it("lays a spec out", () => {
    expect(formatSource(untidy)).toBe(tidy);
    expect(formatSource(tidy)).toBe(tidy);
  });

  it("leaves nothing of nothing", () => {
    expect(formatSource(" \n\n")).toBe("");
    expect(formatSource("\n// a note\n\n\n")).toBe("// a note\n");
  });

  const folder = new URL("../../specs/", import.meta.url);
  const specs = readdirSync(folder).filter((name) => name.endsWith(".cell"));

  it.each(specs)("finds specs/%s laid out", (name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    expect(formatSource(text)).toBe(text);
  });

  // Any white space between the words of a spec leads to a text of the same words, which stays.
  it.each(specs)("brings specs/%s back from any white space", (name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    // Line comments end with their line, so that only texts without them can be spaced at will.
    const plain = text.replaceAll(/\/\/[^\n]*/g, "");
    const all = words(plain);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(" ", "\n", "\t ", "\n\n\n", "\r\n"), {
          minLength: 1,
          maxLength: 50,
        }),
        (spaces) => {
          const spaced = all
            .map((word, i) => word + spaces[i % spaces.length]!)
            .join("");
          const once = formatSource(spaced);
          expect(words(once)).toEqual(all);
          expect(formatSource(once)).toBe(once);
        },
      ),
      { numRuns: 15, seed: 7 },
    );
  });

  it("keeps a spec's meaning", () => {
    const spec = `cell A{input x:[N] state h:[N] h=where(x>0 and not(h[t-1]<0.5),-x*2 ^ -1,x-h[t-1]) output h}`;
    const [before] = compile(spec).cells;
    const [after] = compile(formatSource(spec)).cells;
    expect(after!.files).toEqual(before!.files);
  });
});
