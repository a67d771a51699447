import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { entryPoints } from "./scripts/workspace.ts";

export default defineConfig({
  test: {
    // The tests wait more than they work: for timers, for processes, for stores that return.
    maxWorkers: Math.max(4, availableParallelism()),
    projects: [
      {
        // `slipway` and its subpaths are the TypeScript source.
        resolve: {
          alias: entryPoints().map(({ name, source }) => ({
            find: new RegExp(`^${name}$`),
            replacement: source,
          })),
        },
        test: {
          name: "unit",
          // Properties are tried on hundreds of cases, which takes its time on a machine that is busy.
          testTimeout: 30_000,
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/*/test/**/*.test.ts",
            "scripts/**/*.test.ts",
            "bench/**/*.test.ts",
          ],
        },
      },
      {
        // `slipway` is the built package, loaded by Node itself through the workspace's link.
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          server: { deps: { external: [/\/packages\/slipway\/dist\//] } },
        },
      },
    ],
  },
});
