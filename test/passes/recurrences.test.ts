import { describe, expect, it } from "vitest";
import { classifyRecurrences } from "../../src/passes/recurrences.js";
import { cellOf, gru, lstm } from "./support.js";

const classes = (source: string): Record<string, string> =>
  Object.fromEntries(
    classifyRecurrences(cellOf(source).program).map(({ name, recurrence }) => [
      name,
      recurrence,
    ]),
  );

const cell = (body: string): string => `cell Test { input x: [N] ${body} }`;

describe("recurrences", () => {
  it("of LSTM and GRU are nonlinear", () => {
    expect(classes(lstm)).toEqual({ h: "nonlinear", c: "nonlinear" });
    expect(classes(gru)).toEqual({ h: "nonlinear" });
  });

  it("of gates that see the input alone are elementwise linear", () => {
    // minGRU: Were RNNs All We Needed? Feng et al., 2024.
    const minGru = cell(`state h: [N]
      gate z = sigmoid(affine(x))
      h = (1 - z) * h[t-1] + z * affine(x)
      output h`);
    expect(classes(minGru)).toEqual({ h: "elementwise linear" });
    expect(
      classes(
        cell(
          `state h: [N] h = where(x > 0, h[t-1], 0.5 * h[t-1]) - x / 2 output h`,
        ),
      ),
    ).toEqual({
      h: "elementwise linear",
    });
  });

  it("with a matrix or moved elements are linear", () => {
    expect(
      classes(cell("state h: [N] h = affine(x, h[t-1]) output h")),
    ).toEqual({ h: "linear" });
    expect(classes(cell("state h: [N] h = x + mean(h[t-1]) output h"))).toEqual(
      { h: "linear" },
    );
  });

  it("go through other states and other lags", () => {
    const two = cell(`state a: [N], b: [N]
      a = b[t-1] + x
      b = a[t-2] * x
      output b`);
    expect(classes(two)).toEqual({
      a: "elementwise linear",
      b: "elementwise linear",
    });
  });

  it("are none where a past value does not come back", () => {
    expect(classes(cell("y = x[t-1] * x output y"))).toEqual({ x: "none" });
  });

  it("with squares, or the state as a coefficient, are nonlinear, and say why", () => {
    const [state] = classifyRecurrences(
      cellOf(cell("state h: [N] h = x * h[t-1] * h[t-1] output h")).program,
    );
    expect(state).toEqual({
      name: "h",
      recurrence: "nonlinear",
      why: "values of the circle are multiplied with each other",
    });
    expect(classifyRecurrences(cellOf(lstm).program)[0]!.why).toContain(
      "is applied to it",
    );
  });
});
