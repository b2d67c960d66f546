import { join } from "node:path";
import { defineConfig } from "vitest/config";

// The tests' farm lives beside the developer's: globalSetup and every test file see the same folder.
const home = process.env["FARM_TEST_HOME"] ?? join(import.meta.dirname, ".farm", "tests");

// These bring a lab or a machine of their own, and share nothing with the others' farm.
const onTheirOwn = [
  "tests/engine/backup.test.ts",
  "tests/engine/language-host.test.ts",
  "tests/engine/pool.test.ts",
  "tests/guest/application*.test.ts",
  "tests/guest/backup.test.ts",
  "tests/guest/hypervisor*.test.ts",
  "tests/guest/release.test.ts",
];

// Likewise, with probers and monitoring: they wait for minutes to pass.
const onTheService = [
  "tests/guest/demo.test.ts",
  "tests/guest/monitoring.test.ts",
  "tests/guest/prober.test.ts",
  "tests/guest/service-level.test.ts",
];

// All runs against simulators on paper, in a farm of their own: no machine boots.
const onPaper = [
  "tests/engine/adopt.test.ts",
  "tests/engine/dangerous-previews.test.ts",
  "tests/engine/doctor.test.ts",
  "tests/engine/killed-runs.test.ts",
  "tests/engine/monitoring.test.ts",
  "tests/engine/random-edits.test.ts",
  "tests/engine/tenant-commands.test.ts",
];

// Likewise: how runs are reviewed, split and judged.
const ofReviews = [
  "tests/engine/pipelines.test.ts",
  "tests/engine/policies.test.ts",
  "tests/engine/rights.test.ts",
  "tests/engine/shards.test.ts",
  "tests/engine/state.test.ts",
];

// These share a second farm: what they do to hosts, storage, machines and their releases would be seen by the others.
const onTheSecondFarm = [
  "tests/engine/release*.test.ts",
  "tests/engine/parameter.test.ts",
  "tests/engine/revert.test.ts",
  "tests/guest/patch*.test.ts",
  "tests/guest/restore*.test.ts",
  "tests/guest/leaving.test.ts",
  "tests/guest/move-pool.test.ts",
];

// These measure in seconds what visitors see: they get the machine to themselves, when all others are done.
const measured = [
  "tests/guest/failover.test.ts",
  "tests/guest/host-maintenance.test.ts",
  "tests/guest/new-site.test.ts",
  "tests/guest/xenmotion-storage.test.ts",
];

// An administration's whole life, on a farm that gets a second pool on the way.
const play = ["tests/guest/play-through.test.ts"];

// Limits end what hangs, not what is slow: tests share two processors with machines that boot.
const patient = { expect: { poll: { timeout: 60_000 } } };

// Machines boot and the engine works on the same two processors: within a project one file at a time, so that
// each has few neighbours (toolchain/tasks.ts runs some of them beside each other).
const machines = { ...patient, fileParallelism: false, testTimeout: 300_000, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    // A farm is taken down at the end of its project; after this time vitest leaves with half of it.
    teardownTimeout: 300_000,
    projects: [
      {
        test: {
          ...patient,
          name: "unit",
          include: ["tests/unit/**/*.test.ts"],
          globalSetup: "tests/packages-setup.ts",
          // Many of them wait for programs of other people; by itself it would take one of two processors.
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
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
          name: "service",
          include: onTheService,
          globalSetup: "tests/packages-setup.ts",
          env: { FARM_HOME: `${home}-service` },
        },
      },
      {
        test: {
          ...machines,
          name: "paper",
          include: onPaper,
          globalSetup: "tests/packages-setup.ts",
          env: { FARM_HOME: `${home}-paper` },
        },
      },
      {
        test: {
          ...machines,
          name: "reviews",
          include: ofReviews,
          globalSetup: "tests/packages-setup.ts",
          env: { FARM_HOME: `${home}-reviews` },
        },
      },
      {
        test: {
          ...machines,
          name: "farm",
          include: ["tests/engine/**/*.test.ts", "tests/guest/**/*.test.ts"],
          exclude: [
            ...[...onTheirOwn, ...onTheService, ...onPaper, ...ofReviews],
            ...[...onTheSecondFarm, ...play, ...measured],
          ],
          globalSetup: ["tests/packages-setup.ts", "tests/farm-setup.ts"],
          env: { FARM_HOME: home },
        },
      },
      {
        test: {
          ...machines,
          name: "pool",
          include: onTheSecondFarm,
          globalSetup: ["tests/packages-setup.ts", "tests/farm-setup.ts"],
          env: { FARM_HOME: `${home}-pool` },
        },
      },
      {
        test: {
          ...machines,
          name: "play",
          include: play,
          globalSetup: ["tests/packages-setup.ts", "tests/farm-setup.ts"],
          env: { FARM_HOME: `${home}-play` },
        },
      },
      {
        test: {
          ...machines,
          name: "measured",
          include: measured,
          globalSetup: ["tests/packages-setup.ts", "tests/farm-setup.ts"],
          env: { FARM_HOME: `${home}-measured` },
        },
      },
    ],
  },
});
