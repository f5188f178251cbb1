/** Generated kernels in a real Chromium, bundled as an application is, against the interpreter. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "playwright-core";
import { serve } from "../../scripts/browser.js";
import { randomCotangents, randomData } from "../../src/gradcheck/index.js";
import type { NamedArrays } from "../../src/ir/data.js";
import { Interpreter } from "../../src/ir/interpret.js";
import { relativeDifference } from "../specs/settings.js";
import { bundleCells } from "./bundle.js";
import type { Bundle } from "./bundle.js";
import type { Answer, Job, PageGlobals } from "./job.js";
import { isolated, launchOrSkip } from "./launch.js";

const browser = await launchOrSkip();

/** Float32 has 6e-8; a sequence of sums makes it more, a wrong formula far more. */
const float32 = 1e-4;
/** Float64 has 1e-16. */
const float64 = 1e-12;

interface Case {
  readonly cell: "LSTM" | "GRU";
  readonly backend: string;
  readonly precision?: string;
  readonly threads?: number;
  readonly regime?: "loop" | "steps";
  readonly rows?: Rows;
}

interface Rows {
  readonly sizes: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly batch: number;
}

const small: Rows = { sizes: { M: 7, N: 13 }, steps: 6, batch: 5 };
/** Enough work for a call to be shared out. */
const large: Rows = { sizes: { M: 32, N: 64 }, steps: 40, batch: 8 };

/** A job, and what its answer should be by the interpreter, in float64. */
function makeJob(
  bundle: Bundle,
  { cell: name, rows = small, ...options }: Case,
): { job: Job; expected: Record<string, Float64Array> } {
  const { program, adjoint } = bundle.cells[name]!;
  const { sizes, steps, batch } = rows;
  const data = randomData(program, sizes, {
    steps,
    batch,
    lengths: true,
    seed: 1,
    withoutStates: [],
  });
  const cotangents = randomCotangents(program, data, 2);
  const interpreter = new Interpreter(program, { adjoint });
  const { outputs, states } = interpreter.forward(data);
  const gradients = interpreter.backward(cotangents);
  return {
    job: {
      cell: name,
      options: { ...options, sizes },
      batch: data.batch,
      ...(data.lengths ? { lengths: [...data.lengths] } : {}),
      params: plain(data.params),
      inputs: plain(data.inputs),
      states: plain(data.states),
      cotangents: {
        outputs: plain(cotangents.outputs),
        states: plain(cotangents.states),
      },
    },
    expected: {
      ...named("outputs", outputs),
      ...named("states", states),
      ...named("gradients of params", gradients.params),
      ...named("gradients of inputs", gradients.inputs),
      ...named("gradients of states", gradients.states),
    },
  };
}

const plain = (arrays: NamedArrays): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [name, [...values]]),
  );

const named = (
  kind: string,
  arrays: NamedArrays,
): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [
      `${kind} ${name}`,
      Float64Array.from(values),
    ]),
  );

describe.skipIf(!browser)(
  `Chromium${browser ? "" : " (skipped: there is none)"}`,
  () => {
    let bundle: Bundle;
    beforeAll(async () => {
      bundle = await bundleCells({ LSTM: "lstm.cell", GRU: "gru.cell" });
    });
    afterAll(async () => {
      await browser?.close();
    });

    /** Runs a case in a page with these headers and compares everything with the interpreter. */
    async function check(
      given: Case,
      headers: Readonly<Record<string, string>>,
      tolerance: number,
      times = 1,
    ): Promise<Answer> {
      const { job, expected } = makeJob(bundle, given);
      const answer = await inPage(browser!, bundle, headers, job, times);
      expect(Object.keys(answer.arrays).sort()).toEqual(
        Object.keys(expected).sort(),
      );
      for (const [name, values] of Object.entries(expected))
        expect(
          relativeDifference(answer.arrays[name]!, values, 1e-2),
          name,
        ).toBeLessThanOrEqual(tolerance);
      return answer;
    }

    describe.each(["LSTM", "GRU"] as const)("%s", (cell) => {
      it("in TypeScript, in double precision", async () => {
        const given = { cell, backend: "ts", precision: "f64" };
        const { backend } = await check(given, {}, float64);
        expect(backend).toBe("ts");
      });

      it("in WebAssembly", async () => {
        const { backend } = await check({ cell, backend: "wasm" }, {}, float32);
        expect(backend).toBe("wasm");
      });

      it("in two threads, where the page is isolated", async () => {
        const given = { cell, backend: "wasm", threads: 2, rows: large };
        const { how, warnings } = await check(given, isolated, float32);
        expect({ how, warnings }).toEqual({ how: "2 threads", warnings: [] });
      }, 60_000);

      it.each(["loop", "steps"] as const)(
        "on WebGPU, in the regime %s",
        async (regime) => {
          const given = { cell, backend: "webgpu", regime };
          const { backend, how } = await check(given, {}, float32);
          expect({ backend, how }).toEqual({ backend: "webgpu", how: regime });
        },
      );
    });

    it("takes one thread where the page is not isolated, and says why", async () => {
      const given: Case = { cell: "LSTM", backend: "wasm", threads: 2 };
      const { how, warnings } = await check(given, {}, float32);
      expect(how).toBe("1 threads");
      expect(warnings.join()).toContain("Cross-Origin-Embedder-Policy");
    });

    describe("where the page forbids WebAssembly", () => {
      const forbidden = { "content-security-policy": "script-src 'self'" };

      it("takes TypeScript, and says why once", async () => {
        const given: Case = { cell: "LSTM", backend: "auto" };
        const { backend, infos } = await check(given, forbidden, float32, 2);
        expect(backend).toBe("ts");
        expect(infos).toHaveLength(1);
        expect(infos[0]).toMatch(
          /^cellc: kernels run in TypeScript, more slowly than in WebAssembly: this page's Content-Security-Policy forbids WebAssembly \(.*\); add 'wasm-unsafe-eval' to the script-src/,
        );
      });

      it("names the policy where WebAssembly is asked for", async () => {
        const { job } = makeJob(bundle, { cell: "LSTM", backend: "wasm" });
        await expect(inPage(browser!, bundle, forbidden, job)).rejects.toThrow(
          /LSTM: this page's Content-Security-Policy forbids WebAssembly \(.*\); add 'wasm-unsafe-eval' to the script-src of the policy that the page is served with, or load the cell with backend "ts"/,
        );
      });

      it("says nothing where it lets it run", async () => {
        const headers = {
          "content-security-policy": "script-src 'self' 'wasm-unsafe-eval'",
        };
        const given: Case = { cell: "LSTM", backend: "auto" };
        const { backend, infos } = await check(given, headers, float32);
        expect({ backend, infos }).toEqual({ backend: "wasm", infos: [] });
      });
    });
  },
);

/** Opens a page of its own for one job, done so many times; what the page throws is thrown here. */
async function inPage(
  own: Browser,
  { files }: Bundle,
  headers: Readonly<Record<string, string>>,
  job: Job,
  times = 1,
): Promise<Answer> {
  const site = await serve(files, headers);
  const page = await own.newPage();
  try {
    await page.goto(site.address);
    const run = (): Promise<Answer> =>
      page.evaluate(
        (given) => (globalThis as unknown as PageGlobals).runJob(given),
        job,
      );
    const answers = [];
    for (let i = 0; i < times; i++) answers.push(await run());
    return {
      ...answers[0]!,
      infos: answers.flatMap(({ infos }) => infos),
    };
  } finally {
    await page.close();
    await site.close();
  }
}
