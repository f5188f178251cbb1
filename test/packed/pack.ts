/** Before the tests: packs the package once, as `npm publish` would. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { npm } from "./npm.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** The path of the packed package. */
    tarball: string;
  }
}

const root = fileURLToPath(new URL("../../", import.meta.url));

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "cellc-packed-"));
  // It is built already.
  const argv = ["pack", "--ignore-scripts", "--json"];
  const answer = await npm(root, [...argv, "--pack-destination", folder]);
  const [{ filename }] = JSON.parse(answer) as [{ filename: string }];
  project.provide("tarball", join(folder, filename));
  return () => rmSync(folder, { recursive: true, force: true });
}
