/** The cells on the first page of the language have exactly the parameters that it documents. */
import { describe, expect, it } from "vitest";
import { cellsOf, paramsOf, shapesOf } from "./support.js";

const firstPage = `
/// LSTM: A Search Space Odyssey. Greff, Srivastava, Koutník, Steunebrink, Schmidhuber, 2015. Section II.
cell VanillaLSTM {
  input  x: [M]
  state  y: [N], c: [N]

  gate z = tanh(affine(x, y[t-1]))
  gate i = sigmoid(affine(x, y[t-1]) + peephole(c[t-1]))
  gate f = sigmoid(affine(x, y[t-1]) + peephole(c[t-1]))
  c = f * c[t-1] + i * z
  gate o = sigmoid(affine(x, y[t-1]) + peephole(c))
  y = o * tanh(c)

  output y
}

cell NIG  extends VanillaLSTM { fix i = 1 }
cell NFG  extends VanillaLSTM { fix f = 1 }
cell NOG  extends VanillaLSTM { fix o = 1 }
cell NIAF extends VanillaLSTM { gate z = affine(x, y[t-1]) }
cell NOAF extends VanillaLSTM { y = o * c }
cell CIFG extends VanillaLSTM { gate f = coupled(i) }
cell NP   extends VanillaLSTM { fix p_i, p_f, p_o = 0 }
cell FGR  extends VanillaLSTM {
  gate i = sigmoid(affine(x, y[t-1], i[t-1], f[t-1], o[t-1]) + peephole(c[t-1]))
  gate f = sigmoid(affine(x, y[t-1], i[t-1], f[t-1], o[t-1]) + peephole(c[t-1]))
  gate o = sigmoid(affine(x, y[t-1], i[t-1], f[t-1], o[t-1]) + peephole(c))
}

cell GRU {
  input x: [M]
  state h: [N]
  gate r = sigmoid(affine(x, h[t-1]))
  gate z = sigmoid(affine(x, h[t-1]))
  gate n = tanh(affine(x, r * h[t-1]))
  h = (1 - z) * h[t-1] + z * n
  output h
}

cell GRUResetAfter extends GRU {
  gate n = tanh(affine(x) + r * affine(h[t-1]))
  h = z * h[t-1] + (1 - z) * n
}
`;

const cells = cellsOf(firstPage);

describe("parameters of the first page", () => {
  const vanilla = "W_z R_z b_z W_i R_i p_i b_i W_f R_f p_f b_f W_o R_o p_o b_o";
  const without = (...gates: string[]) =>
    vanilla
      .split(" ")
      .filter((name) => !gates.includes(name.slice(2)))
      .join(" ");
  const nine = ["i", "f", "o"]
    .flatMap((gate) => ["i", "f", "o"].map((source) => `R_${gate}_${source}`))
    .join(" ");
  it.each([
    ["VanillaLSTM", vanilla],
    ["NIG", without("i")],
    ["NFG", without("f")],
    ["NOG", without("o")],
    ["NIAF", vanilla],
    ["NOAF", vanilla],
    ["CIFG", without("f")],
    ["NP", vanilla.replace(/ p_\w/g, "")],
    ["FGR", `${vanilla} ${nine}`],
    ["GRU", "W_r R_r b_r W_z R_z b_z W_n R_n b_n"],
    ["GRUResetAfter", "W_r R_r b_r W_z R_z b_z W_n b_n R_n b_n_h"],
  ])("%s", (name, expected) => {
    expect(paramsOf(cells[name]!).sort()).toEqual(expected.split(" ").sort());
  });

  it("shapes them by their sources", () => {
    const of = (name: string) =>
      shapesOf(cells.FGR!.params).find((line) => line.startsWith(`${name}:`));
    expect(["W_i", "R_i", "R_i_f", "p_i", "b_i"].map(of)).toEqual([
      "W_i: [N, M]",
      "R_i: [N, N]",
      "R_i_f: [N, N]",
      "p_i: [N]",
      "b_i: [N]",
    ]);
  });

  it("keeps what a caller can see of the states", () => {
    expect(cells.VanillaLSTM!.states.map(({ name }) => name)).toEqual([
      "y",
      "c",
    ]);
    expect(cells.FGR!.states.map(({ name }) => name)).toEqual([
      "y",
      "c",
      "i",
      "f",
      "o",
    ]);
    expect(cells.VanillaLSTM!.sizes).toEqual(["M", "N"]);
  });

  it("tells gates from other definitions", () => {
    const gates = cells.VanillaLSTM!.definitions.filter(({ gate }) => gate);
    expect(gates.map(({ name }) => name).sort()).toEqual(["f", "i", "o", "z"]);
  });
});
