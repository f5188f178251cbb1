/**
 * `npm run test:packed`: the package as it is published, packed and installed, used by bundlers and in new projects.
 * It installs from the registry, and therefore is no part of `npm test`.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/packed/**/*.test.ts"],
    globalSetup: ["scripts/build-for-tests.js", "test/packed/pack.ts"],
    // Installations and builds, beside each other.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
