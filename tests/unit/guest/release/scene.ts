import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { Postgres } from "./postgres.ts";
import { ScratchMachine, type TestRelease } from "./scratch.ts";

/** The first release. */
export const good: TestRelease = { version: "4.1.7", build: "4170039" };

/** A good one after it, whose migration changes the data. */
export const next: TestRelease = {
  version: "4.1.8",
  build: "4180012",
  migrations: { "002-authors": "ALTER TABLE note ADD author text NOT NULL DEFAULT 'Büro';" },
};

/** One that breaks some time after its start. */
export const breaking: TestRelease = { version: "4.1.9", build: "4190003", behaviour: { breaksAfter: 0.3 } };

const bothPlaces = { rows: ["kept"], files: ["kept.pdf"] };

/** A machine for each test of a file, and a database server for all of them. */
export function useMachine(): () => ScratchMachine {
  let postgres: Postgres | undefined;
  let machine: ScratchMachine | undefined;
  beforeAll(async () => {
    postgres = await Postgres.start();
  });
  afterAll(() => postgres?.stop());
  beforeEach(async () => {
    if (postgres !== undefined) machine = await ScratchMachine.make(postgres);
  });
  afterEach(() => machine?.end());
  return () => {
    if (machine === undefined) throw new Error("the machine is made before the first test");
    return machine;
  };
}

/** Installs a release. */
export async function installed(machine: ScratchMachine, release = good): Promise<void> {
  const { code, result } = await machine.call(["install"], await machine.request(release));
  expect([code, result.outcome, result.story]).toEqual([0, "done", `${release.version} is installed`]);
}

/** One release or the other completely: its version, its database, its files, and nothing besides. */
export async function expectWhole(
  machine: ScratchMachine,
  version: string,
  generation: number,
): Promise<void> {
  expect(machine.current()).toBe(`generations/${generation}`);
  await expect.poll(() => machine.version().catch(() => "none")).toBe(version);
  expect(await machine.notes()).toEqual(bothPlaces);
  expect(existsSync(machine.path("run/farm/maintenance"))).toBe(false);
  const { result } = await machine.call(["status"]);
  expect(result).toMatchObject({
    current: { version, generation, database: `allrisnet_${generation}` },
    running: [generation],
    health: { version },
    maintenance: false,
  });
}
