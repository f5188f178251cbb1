import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const source = (path: string): string =>
  fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests and generated files run against the sources, not against a build.
    alias: [
      { find: /^cellc\/runtime$/, replacement: source("src/runtime/index.ts") },
      { find: /^cellc\/nn$/, replacement: source("src/nn/index.ts") },
      {
        find: /^cellc\/nn\/media$/,
        replacement: source("src/nn/media/index.ts"),
      },
      {
        find: /^cellc\/nn\/node$/,
        replacement: source("src/nn/node/index.ts"),
      },
      {
        find: /^cellc\/nn\/webgpu$/,
        replacement: source("src/nn/webgpu/index.ts"),
      },
      { find: /^cellc$/, replacement: source("src/index.ts") },
      // Its main file is CommonJS in a package of ES modules, which Node refuses.
      {
        find: /^wgsl_reflect$/,
        replacement: source("node_modules/wgsl_reflect/wgsl_reflect.module.js"),
      },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    // They install from the registry: `npm run test:packed`.
    exclude: [...configDefaults.exclude, "test/packed/**"],
    globalSetup: ["scripts/build-for-tests.js", "test/webgpu/find-adapter.ts"],
    // Processes, not threads: they inherit the environment in which WebGPU finds its adapter.
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
