import { join } from "node:path";
import { defineConfig } from "vitest/config";

// The tests' farm lives beside the developer's: globalSetup and every test file see the same folder.
const home = process.env["FARM_TEST_HOME"] ?? join(import.meta.dirname, ".farm", "tests");

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/unit/**/*.test.ts"],
          globalSetup: "tests/packages-setup.ts",
          testTimeout: 30_000,
        },
      },
      {
        // The engine and the guests share one machine: a file at a time keeps their timings honest.
        test: {
          name: "farm",
          include: ["tests/engine/**/*.test.ts", "tests/guest/**/*.test.ts"],
          globalSetup: ["tests/packages-setup.ts", "tests/farm-setup.ts"],
          env: { FARM_HOME: home },
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
