import { join } from "node:path";
import { defineConfig } from "vitest/config";

// The tests' farm lives beside the developer's: globalSetup and every test file see the same folder.
const home = process.env["FARM_TEST_HOME"] ?? join(import.meta.dirname, ".farm", "tests");

// These bring a lab or a machine of their own, and share nothing with the others' farm.
const onTheirOwn = [
  "tests/engine/language-host.test.ts",
  "tests/guest/application*.test.ts",
  "tests/guest/hypervisor*.test.ts",
  "tests/guest/release.test.ts",
];

// Machines boot and the engine works on the same two processors: within a project one file at a time, so that
// each has at most one neighbour (toolchain/tasks.ts runs "farm" beside the other two).
const machines = { fileParallelism: false, testTimeout: 300_000, hookTimeout: 600_000 };

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
        test: {
          ...machines,
          name: "machines",
          include: onTheirOwn,
          globalSetup: "tests/packages-setup.ts",
          env: { FARM_HOME: `${home}-machines` },
        },
      },
      {
        test: {
          ...machines,
          name: "farm",
          include: ["tests/engine/**/*.test.ts", "tests/guest/**/*.test.ts"],
          exclude: onTheirOwn,
          globalSetup: ["tests/packages-setup.ts", "tests/farm-setup.ts"],
          env: { FARM_HOME: home },
        },
      },
    ],
  },
});
