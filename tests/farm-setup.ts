import type { TestProject } from "vitest/node";
import { putDown } from "../toolchain/test-outcome.ts";

/**
 * One farm of the tests' own, beside the one that a developer may have running: its own lab, state and
 * project. Brought up once for all files; taken down and removed at the end.
 */
export async function setup(test: TestProject): Promise<() => Promise<void>> {
  // The test files get it from vitest; this process has to be told before it loads anything of the farm.
  const home = test.config.env["FARM_HOME"];
  if (home === undefined) throw new Error("vitest.config.ts names no folder for the tests' farm");
  process.env["FARM_HOME"] = home;
  const say = (line: string): void => console.log(`[farm] ${line}`);
  const { labUp } = await import("../lab/lifecycle/up.ts");
  const { labReset } = await import("../lab/lifecycle/reset.ts");
  const { ensureEngine } = await import("../toolchain/engine.ts");
  const { makeProject, up } = await import("./support/project.ts");
  const { playAdministrations } = await import("../cli/administrations.ts");
  const { labTenants } = await import("./support/tenants.ts");
  await ensureEngine(say);
  await labReset({ progress: say });
  await labUp({ progress: say });
  makeProject();
  await playAdministrations(await labTenants());
  const started = Date.now();
  await up();
  say(`three sites after ${((Date.now() - started) / 1000).toFixed(1)} s of up`);
  return async () => {
    try {
      await labReset({ progress: say });
    } catch (error) {
      // The reporter has closed its list by now, and this decides the exit code as well.
      putDown([{ test: `taking down the farm in ${home}`, message: String(error) }]);
      throw error;
    }
  };
}
