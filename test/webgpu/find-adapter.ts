/**
 * Before the tests: finds an adapter, so that the processes of the tests, which inherit what this sets, find
 * it too. Where there is none, the tests of WGSL are skipped, and this says so; with `CELLC_NO_SKIPS` set, as
 * in `.ci/run`, nothing is tested then.
 */
import type { TestProject } from "vitest/node";
import { findAdapter } from "../../src/adapter/find.js";
import { tryWgsl } from "../../src/adapter/try-wgsl.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Why there is no WebGPU here; empty where there is. */
    noWebgpu: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const problem = await whatIsMissing();
  if (problem !== "") {
    if (process.env["CELLC_NO_SKIPS"])
      throw new Error(`WGSL cannot be tested: ${problem}`);
    console.error(`\nWGSL IS NOT TESTED: ${problem}\n`);
  }
  project.provide("noWebgpu", problem);
}

async function whatIsMissing(): Promise<string> {
  const found = await findAdapter();
  if (!found.adapter) return `${found.reason}. To mend it: ${found.mend}`;
  return (await tryWgsl(found)) ?? "";
}
