import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout } from "../../lib/paths.ts";
import type { Shown } from "../unit/xo/support/client.ts";
import { createParams, type Lab, secrets, startLab } from "../unit/xo/support/start.ts";
import { Project, prepareEngine } from "./language-host/project.ts";

// The real engine and the real provider, against a simulator in this process.
let lab: Lab;
let project: Project;
let pool: Shown;
let vm: string;

const plugins = `plugins: {providers: [{name: xenops, path: ${checkout}/providers/xenops}]}\n`;

beforeAll(async () => {
  await prepareEngine();
  lab = await startLab();
  pool = await lab.farm.named("pool", "nord");
  const networks = await lab.farm.all("network");
  const migration = networks.find(({ name_label }) => name_label.endsWith("eth1")).id;
  vm = await lab.farm.call("vm.create", await createParams(lab.farm, "hohenbrueck"));
  await lab.farm.call("vm.start", { id: vm });
  Object.assign(process.env, {
    XOA_URL: `ws://127.0.0.1:${lab.port}`,
    XOA_TOKEN: secrets.token,
    FARM_XAPI_URL: `http://127.0.0.1:${lab.port}`,
    FARM_XAPI_USER: "farm",
    FARM_XAPI_PASSWORD: secrets.xapi.password,
  });
  const xapi = `{ url: process.env.FARM_XAPI_URL, user: "farm", passwordVariable: "FARM_XAPI_PASSWORD" }`;
  project = await Project.create(
    `
import { PoolHighAvailability, PoolSettings, VmRestartOrder } from "${checkout}/providers/xenops/pool-sdk.ts";
const pool = "${pool.id}";
const vmId = "${vm}";
const xapi = ${xapi};
const opts = (id) => (process.env.FARM_TEST_IMPORT ? { import: id } : {});
new PoolSettings("settings", { pool, migrationNetwork: "${migration}" }, opts(pool));
const ha = new PoolHighAvailability(
  "ha",
  { pool, heartbeatRepositories: ["${pool.default_SR}"], hostFailuresToTolerate: 1, timeoutSeconds: 20, xapi },
  opts(pool),
);
new VmRestartOrder("order", { vmId, order: 7, xapi }, opts(vmId));
export const planExistsFor = ha.planExistsFor;
`,
    plugins,
  );
}, 600_000);
afterAll(async () => {
  project?.remove();
  await lab?.remove();
});

const shown = async (): Promise<Shown> => lab.farm.named("pool", "nord");
const order = (): Shown => lab.built.simulator.store.objects.get(vm);

test("preview, up, no change, drift seen by refresh and repaired by up, state lost and imported, destroy", async () => {
  const preview = await project.must("preview");
  expect(preview).toContain("xenops:index:PoolHighAvailability ha create");
  expect(await shown()).toMatchObject({ HA_enabled: false });

  await project.must("up", "--yes", "--skip-preview");
  expect(await shown()).toMatchObject({ HA_enabled: true, haSrs: [pool.default_SR] });
  expect(order()).toMatchObject({ order: 7 });
  const state = await project.must("stack", "export");
  expect(state).not.toContain(secrets.xapi.password);
  expect(state).toContain("FARM_XAPI_PASSWORD");
  expect(state).toMatch(/"planExistsFor": 1\b/);
  expect((await project.pulumi("preview", "--expect-no-changes")).stdout).toContain("unchanged");

  // Somebody changes everything by hand.
  const { store, inventory } = lab.built.simulator;
  await store.commit([["objects", vm, { ...order(), order: 0 } as never]]);
  const record = inventory.relations.get("pool", pool.id);
  await store.commit([["objects", pool.id, { ...record, haHostFailuresToTolerate: 2 } as never]]);
  await lab.farm.call("pool.set", { id: pool.id, migrationNetwork: null });
  const refresh = await project.must("refresh", "--yes", "--skip-preview", "--diff");
  for (const text of ["hostFailuresToTolerate: 1 => 2", "order: 7 => 0", "migrationNetwork"]) {
    expect(refresh).toContain(text);
  }
  await project.must("up", "--yes", "--skip-preview");
  expect(order()).toMatchObject({ order: 7 });
  expect(inventory.relations.get("pool", pool.id)?.haHostFailuresToTolerate).toBe(1);
  expect((await shown()).otherConfig).toHaveProperty("xo:migrationNetwork");

  // Switched off altogether it is gone, and made again.
  await lab.farm.call("pool.disableHa", { pool: pool.id });
  const again = await project.must("up", "--yes", "--skip-preview", "--refresh");
  expect(again).toMatch(/1 created/);
  expect(again).toMatch(/3 unchanged/);
  expect(await shown()).toMatchObject({ HA_enabled: true });

  // The state is lost; what is there is imported and nothing is to be changed.
  await project.must("state", "delete", "--all", "--yes");
  process.env.FARM_TEST_IMPORT = "yes";
  const imported = await project.must("up", "--yes", "--skip-preview");
  expect(imported).toMatch(/3 imported/);
  delete process.env.FARM_TEST_IMPORT;
  expect((await project.pulumi("preview", "--refresh", "--expect-no-changes")).code).toBe(0);

  await project.must("destroy", "--yes", "--skip-preview");
  expect(await shown()).toMatchObject({ HA_enabled: false });
  expect((await shown()).otherConfig).toHaveProperty("xo:migrationNetwork");
  expect(order()).toMatchObject({ order: 0 });
});
