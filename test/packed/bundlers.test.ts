/**
 * An application of one generated cell, built by each bundler as it builds by default, in Chromium: the package is
 * installed as it is published, the kernels come from its own command, and the page must give what Node gives.
 */
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { serve } from "../../scripts/browser.js";
import { isolated, launchOrSkip } from "../browser/launch.js";
import { relativeDifference } from "../specs/settings.js";
import { temporaryFolder } from "../temporary-folder.js";
import { command, npm } from "./npm.js";

const path = (url: string): string =>
  fileURLToPath(new URL(url, import.meta.url));

interface Job {
  readonly backend: string;
  readonly precision?: string;
  readonly threads?: number;
}

interface Answer {
  readonly backend: string;
  readonly threads: number;
  /** Lines of the console. */
  readonly said: readonly string[];
  readonly arrays: Readonly<Record<string, readonly number[]>>;
}

const jobs = {
  exact: { backend: "ts", precision: "f64" },
  fastest: { backend: "auto" },
  shared: { backend: "wasm", threads: 2 },
} satisfies Record<string, Job>;

/** Engines differ in the last bits of exponentials, and in whether they have fused multiply-add. */
const tolerances = { exact: 1e-12, fastest: 1e-4, shared: 1e-4 };

/** All that a page needs, and nothing beyond. */
const strict = {
  ...isolated,
  "content-security-policy":
    "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
};

const browser = await launchOrSkip();
const home = temporaryFolder("bundlers");
const expected = {} as Record<keyof typeof jobs, Answer>;

beforeAll(async () => {
  cpSync(path("app"), join(home, "src"), { recursive: true });
  writeFileSync(
    join(home, "package.json"),
    '{ "private": true, "type": "module" }',
  );
  await npm(home, ["install", inject("tarball")]);
  await generate(home);
  const given = JSON.stringify(Object.values(jobs));
  const answers = JSON.parse(
    await command(home, process.execPath, ["src/in-node.js", given]),
  ) as Answer[];
  Object.keys(jobs).forEach((name, i) => {
    expected[name as keyof typeof jobs] = answers[i]!;
  });
});
afterAll(() => browser?.close());

/** Compiles the cell with the installed command. */
const generate = (folder: string, ...options: readonly string[]) =>
  npm(home, [
    "exec",
    "--",
    "cellc",
    "compile",
    join(home, "node_modules/cellc/specs/lstm.cell"),
    "--cell",
    "LSTM",
    "--out",
    join(folder, "src/generated"),
    "--backend",
    "ts,wasm",
    ...options,
  ]);

it("in Node, in two threads and in one", () => {
  expect(expected.exact).toMatchObject({ backend: "ts", said: [] });
  expect(expected.fastest).toMatchObject({ backend: "wasm", threads: 1 });
  expect(expected.shared).toMatchObject({ threads: 2, said: [] });
  for (const job of ["fastest", "shared"] as const)
    agree(expected[job], expected.exact, 1e-4);
});

function agree(found: Answer, wanted: Answer, tolerance: number): void {
  expect(Object.keys(found.arrays)).toEqual(Object.keys(wanted.arrays));
  for (const [name, values] of Object.entries(wanted.arrays))
    expect(
      relativeDifference(found.arrays[name]!, values, 1e-2),
      name,
    ).toBeLessThanOrEqual(tolerance);
}

interface Bundler {
  readonly name: string;
  /** Follows `new URL("./cell.wasm", import.meta.url)`. */
  readonly followsFiles: boolean;
}

describe.skipIf(!browser).each<Bundler>([
  { name: "vite-7", followsFiles: true },
  { name: "vite-8", followsFiles: true },
  { name: "webpack-5", followsFiles: true },
  { name: "rollup-4", followsFiles: false },
  { name: "esbuild", followsFiles: false },
])("$name", ({ name, followsFiles }) => {
  const folder = join(home, name);
  const built: Record<"inline" | "apart", ReadonlyMap<string, Uint8Array>> = {
    inline: new Map(),
    apart: new Map(),
  };
  let log: string;

  beforeAll(async () => {
    cpSync(path(`bundlers/${name}`), folder, { recursive: true });
    cpSync(join(home, "src"), join(folder, "src"), { recursive: true });
    await npm(folder, ["ci"]);
    log = await npm(folder, ["run", "build"]);
    built.inline = site(join(folder, "dist"));
    await generate(folder, "--wasm-file");
    rmSync(join(folder, "dist"), { recursive: true });
    await npm(folder, ["run", "build"]);
    built.apart = site(join(folder, "dist"));
  });

  it("builds without a warning", () => {
    expect(log).not.toMatch(/warning/i);
  });

  it("has no threads where the page is not isolated, and says so", async () => {
    const { answers, workers } = await inPage(browser!, built.inline, {});
    for (const job of ["exact", "fastest", "shared"] as const)
      agree(answers[job], expected[job], tolerances[job]);
    expect(answers.exact).toMatchObject({ backend: "ts", said: [] });
    expect(answers.fastest).toMatchObject({ backend: "wasm", said: [] });
    expect(answers.shared).toMatchObject({ backend: "wasm", threads: 1 });
    expect(answers.shared.said.join()).toContain(
      "Cross-Origin-Embedder-Policy",
    );
    expect(workers).toBe(0);
  });

  it("has threads where it is, under the policy that the documentation names", async () => {
    const { answers, workers } = await inPage(browser!, built.inline, strict);
    for (const job of ["exact", "fastest", "shared"] as const)
      agree(answers[job], expected[job], tolerances[job]);
    expect(answers.shared).toMatchObject({
      backend: "wasm",
      threads: 2,
      said: [],
    });
    expect(workers).toBe(1);
  });

  it(
    followsFiles
      ? "takes WebAssembly along that is in a file of its own"
      : "goes on in TypeScript where it does not take the file of the WebAssembly along",
    async () => {
      const { answers } = await inPage(
        browser!,
        built.apart,
        strict,
        followsFiles ? jobs : { fastest: jobs.fastest },
      );
      agree(answers.fastest, expected.fastest, tolerances.fastest);
      if (followsFiles) {
        expect(answers.fastest).toMatchObject({ backend: "wasm", said: [] });
        expect(answers.shared).toMatchObject({ threads: 2, said: [] });
      } else {
        expect(answers.fastest.backend).toBe("ts");
        expect(answers.fastest.said.join()).toMatch(
          /LSTM: no WebAssembly from \S+\/cell\.wasm: the server answers 404/,
        );
      }
    },
  );
});

/** What a server would serve of a build: path → content. Not every bundler writes the page. */
function site(dist: string): Map<string, Uint8Array> {
  const names = readdirSync(dist, { recursive: true, encoding: "utf8" });
  const files = new Map<string, Uint8Array>(
    names
      .filter((name) => name.includes("."))
      .map((name) => [
        `/${name.replaceAll("\\", "/")}`,
        readFileSync(join(dist, name)),
      ]),
  );
  if (!existsSync(join(dist, "index.html")))
    files.set(
      "/index.html",
      Buffer.from(
        '<!doctype html><title>An application</title><script type="module" src="main.js"></script>',
      ),
    );
  return files;
}

interface PageGlobals {
  runJob(job: Job): Promise<Answer>;
}

/** Runs the jobs in a page that is served so; what the page throws is thrown here. */
async function inPage(
  own: Browser,
  files: ReadonlyMap<string, Uint8Array>,
  headers: Readonly<Record<string, string>>,
  wanted: Partial<typeof jobs> = jobs,
): Promise<{ answers: Record<keyof typeof jobs, Answer>; workers: number }> {
  const server = await serve(files, headers);
  const page = await own.newPage();
  let workers = 0;
  page.on("worker", () => void workers++);
  try {
    await page.goto(server.address);
    const answers = {} as Record<keyof typeof jobs, Answer>;
    for (const [name, job] of Object.entries(wanted))
      answers[name as keyof typeof jobs] = await page.evaluate(
        (given) => (globalThis as unknown as PageGlobals).runJob(given),
        job as Job,
      );
    return { answers, workers };
  } finally {
    await page.close();
    await server.close();
  }
}
