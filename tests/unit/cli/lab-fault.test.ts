import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { type RunResult, tryRun } from "../../../lib/run.ts";
import { createParams, type Lab, secrets, startLab } from "../xo/support/start.ts";

let home: string;
let lab: Lab;
let vm: string;

beforeAll(async () => {
  lab = await startLab({ takeover: 10 });
  vm = await lab.farm.call(
    "vm.create",
    await createParams(lab.farm, "web", { tags: ["tenant=hohenbrueck"] }),
  );
  home = mkdtempSync(join(tmpdir(), "farm-fault-"));
  mkdirSync(home, { recursive: true });
  const url = `ws://127.0.0.1:${lab.port}`;
  writeFileSync(join(home, "lab.json"), JSON.stringify({ version: 1, xo: { url } }));
  writeFileSync(join(home, "lab-secrets.json"), JSON.stringify({ xo: secrets, cloudflare: { token: "t" } }));
});
afterAll(async () => {
  await lab.remove();
  rmSync(home, { recursive: true, force: true });
});

function fault(...args: string[]): Promise<RunResult> {
  const program = [join(checkout, "cli", "main.ts"), "lab", "fault", ...args];
  return tryRun(process.execPath, program, { env: { FARM_HOME: home }, timeout: 120_000 });
}

test("a controller that fails and comes back, in words and as a document", async () => {
  const failed = await fault("storage", "ntap-nord-01");
  expect(failed).toMatchObject({
    code: 0,
    stdout: "ntap-nord-01 has failed. ntap-nord-02 serves NetApp nord iSCSI and NetApp nord NFS.\n",
  });
  const gone = await fault("storage", "ntap-nord-02");
  expect(gone.stdout).toContain("No controller is left: the repositories are gone until one is healed.");
  for (const name of ["ntap-nord-01", "ntap-nord-02"]) {
    expect((await fault("storage", name, "--heal", "--json")).code).toBe(0);
  }
  const { controllers } = (await lab.admin.call("lab.getFaults")) as { controllers: { failed: boolean }[] };
  expect(controllers.map((each) => each.failed)).toEqual([false, false]);
});

test("what does not exist is answered with what there is", async () => {
  expect(await fault("storage", "ntap-nord-03")).toMatchObject({
    code: 1,
    stderr:
      'The lab has no storage controller "ntap-nord-03"\n  next:  name one of: ntap-nord-01, ntap-nord-02\n',
  });
  expect((await fault("host", "xcp-sued-1")).stderr).toContain(
    "name one of: xcp-nord-1, xcp-nord-2, xcp-nord-3",
  );
  expect((await fault("guest", "hohenbruck")).stderr).toContain(
    'no VM "hohenbruck"\n  next:  name one of: web',
  );
});

test("a VM is found by its administration, and one that is off cannot be paused", async () => {
  const paused = await fault("guest", "hohenbrueck", "--pause", "1");
  expect(paused.code).toBe(1);
  expect(paused.stderr).toMatch(/VM bad power state|Running/);
  expect((await fault("guest", "hohenbrueck", "--heal")).stdout).toBe("web boots.\n");
  await lab.farm.until(vm, (each) => each.power_state === "Running");
});

test.each([
  [["guest", "web", "--pause", "soon"], "seconds from 0 to 3600 are wanted"],
  [["cloudflare", "--status", "200"], "a whole number from 400 to 599 is wanted"],
  [["storage"], "missing required argument 'controller'"],
])("a wrong command line: %j", async (args, words) => {
  const result = await fault(...args);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(words);
});
