/** After every pass the program is whole: `verify` on each stage of every cell of the library. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { frontEnd } from "../../src/dsl/index.js";
import type { AdjointProgram } from "../../src/ir/program.js";
import { verify } from "../../src/ir/verify.js";
import { differentiate } from "../../src/passes/differentiate.js";
import { makePlan } from "../../src/passes/plan.js";
import { separateResults } from "../../src/passes/roots.js";
import { simplify, simplifyAdjoint } from "../../src/passes/simplify.js";
import { gatherProducts } from "../../src/passes/sums.js";
import { chooseTape } from "../../src/passes/tape.js";

const specs = fileURLToPath(new URL("../../specs/", import.meta.url));
const { cells } = frontEnd(
  readdirSync(specs).map((file) => specs + file),
  {
    read: (path) => readFileSync(path),
    resolve: (from, path) => new URL(path, `file://${from}`).pathname,
  },
);

describe.each(cells.map((cell) => [cell.name, cell] as const))(
  "%s",
  (_, cell) => {
    const both = (adjoint: AdjointProgram, pass: string): AdjointProgram => {
      verify(adjoint.cell, pass);
      verify(adjoint, pass);
      return adjoint;
    };

    it("is whole after every pass", () => {
      verify(cell, "lower");
      const simple = simplify(cell);
      verify(simple, "simplify");
      const adjoint = both(differentiate(simple), "differentiate");
      const separate = both(
        separateResults(both(simplifyAdjoint(adjoint), "simplifyAdjoint")),
        "separateResults",
      );
      const tape = chooseTape(separate);
      const gathered = gatherProducts(makePlan(separate, tape));
      both(gathered.adjoint, "gatherProducts");
      expect(gathered.tape).toHaveLength(tape.length);
    });

    it("is simple already when it was simplified", () => {
      const once = simplify(cell);
      const twice = simplify(once);
      expect(twice.outputs.map(({ node }) => node)).toEqual(
        once.outputs.map(({ node }) => node),
      );
      const adjoint = simplifyAdjoint(differentiate(once));
      expect(
        simplifyAdjoint(adjoint).params.map(({ node }) => node.id),
      ).toEqual(adjoint.params.map(({ node }) => node.id));
    });
  },
);
