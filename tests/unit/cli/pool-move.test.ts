import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { movingVm, readTarget, tryReadVm } from "../../../cli/pool-move/facts.ts";
import { readPool } from "../../../cli/pool-view.ts";
import { putObject } from "../../../lab/xo/store.ts";
import { checkout } from "../../../lib/paths.ts";
import { type PoolMovePlan, planPoolMove } from "../../../model/pool-move.ts";
import type { PoolSettings } from "../../../model/pool-settings.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { secondPool } from "../../support/second-pool.ts";
import { createParams, type Lab, secrets, startLab } from "../xo/support/start.ts";
import { TenantFarm } from "./tenant-farm.ts";

const gib = 2 ** 30;
const address = "198.18.11.20";

let farm: TenantFarm;
let lab: Lab;
let xo: XoClient;
let vm: string;
let settings: PoolSettings;

beforeEach(async () => {
  const text = secondPool(readFileSync(join(checkout, "Pulumi.lab.yaml"), "utf8"));
  const more = { FARM_XAPI_SUED_URL: "http://127.0.0.1:4000/pools/sued/" };
  farm = await TenantFarm.make((given) => {
    const { pools, ...rest } = given as { pools: object };
    return { ...rest, pools: { ...pools, ...(parse(text) as object) } };
  }, more);
  const sued = (await farm.load()).settings.pools["sued"];
  if (sued === undefined) throw new Error("the settings have no second pool");
  settings = sued;
  lab = await startLab({ hostMemory: 8 });
  vm = await lab.farm.call(
    "vm.create",
    await createParams(lab.farm, "allris-hohenbrueck.lab", {
      tags: ["farm=allris-farm/lab", "tenant=hohenbrueck"],
    }),
  );
  await lab.farm.call("vm.start", { id: vm });
  await lab.farm.until(vm, (view) => view.pvDriversDetected === true);
  await lab.admin.call("lab.addPool");
  xo = new XoClient({ url: `ws://127.0.0.1:${lab.port}`, token: secrets.token });
});
afterEach(async () => {
  xo.close();
  await lab.remove();
  farm.remove();
});

async function plan(change: Partial<PoolSettings> = {}): Promise<PoolMovePlan> {
  const found = await tryReadVm(xo, vm);
  if (found === undefined) throw new Error("XO does not show the VM");
  const now = await readPool(xo, String(found.vm["$pool"]));
  const { id } = await lab.farm.named("pool", "süd");
  const moving = { tenant: "hohenbrueck", address, vm, now };
  return planPoolMove(movingVm(found, now), await readTarget(xo, id, { ...settings, ...change }, moving));
}

async function heartbeat(): Promise<void> {
  const pool = await lab.farm.named("pool", "süd");
  const srs = ["NetApp süd iSCSI", "NetApp süd NFS"].map((name) => lab.farm.named("SR", name));
  const heartbeatSrs = (await Promise.all(srs)).map(({ id }) => id);
  await lab.farm.call("pool.enableHa", { pool: pool.id, heartbeatSrs, configuration: {} });
}

describe("what Xen Orchestra shows of a move to another pool", () => {
  it("comes to the host that the VM will prefer, the repository of new disks and the network of the sites", async () => {
    await heartbeat();
    const found = await plan();
    const [sr, network] = await Promise.all([
      lab.farm.named("SR", "NetApp süd iSCSI"),
      lab.farm.named("network", "Front süd"),
    ]);
    expect(found).toMatchObject({
      ok: true,
      move: { host: { name: expect.stringMatching(/^xcp-sued-/) }, repository: sr.id, network: network.id },
    });
  });

  it("comes to reasons with the figures of the pool as it is", async () => {
    const sr = await lab.farm.named("SR", "NetApp süd iSCSI");
    await lab.admin.call("disk.create", { name: "voll", size: sr.size - sr.usage - 8 * gib, sr: sr.id });
    for (const name of ["xcp-sued-1", "xcp-sued-2"])
      await lab.farm.call("host.disable", { id: (await lab.farm.named("host", name)).id });
    const found = await plan({ network: { ...settings.network, nameLabel: "Front ost" } });
    expect(found).toEqual({
      ok: false,
      reasons: [
        "high availability of the pool süd is off: bring it up first",
        expect.stringMatching(
          /^The pool "süd" is too small to bear host failures: .* need 2\.1 GiB, .* has 0 GiB/,
        ),
        '"NetApp süd iSCSI" is too full: its disks have 27.9 GiB, 8 GiB are free',
        'the pool süd has no network "Front ost"',
      ],
    });
  });

  it("knows the snapshot that a backup job keeps from one that a person made, and what its disks need", async () => {
    await heartbeat();
    const id = await lab.farm.call("vm.snapshot", { id: vm, name: "hohenbrueck nightly" });
    const mine = { name: "hohenbrueck nightly", ofBackup: false, memory: false, size: 30_000_000_000 };
    expect((await tryReadVm(xo, vm))?.snapshots).toEqual([mine]);
    expect(await plan()).toMatchObject({
      ok: false,
      reasons: [expect.stringContaining("it has 1 snapshot")],
    });
    const { store } = lab.built.simulator;
    const record = store.objects.get(id);
    if (record?.type !== "VM-snapshot") throw new Error("there is no snapshot");
    const otherConfig = { ...record.otherConfig, "xo:backup:job": "5b0c1f5e-0000-4000-8000-000000000001" };
    await store.commit([putObject({ ...record, otherConfig })]);
    expect((await tryReadVm(xo, vm))?.snapshots).toEqual([{ ...mine, ofBackup: true }]);
    expect(await plan()).toMatchObject({ ok: true });
  });

  it("does not count the drive that the first boot was read from", async () => {
    await heartbeat();
    expect((await tryReadVm(xo, vm))?.disks.map(({ name_label }) => name_label)).toEqual([
      "allris-hohenbrueck.lab system",
      "allris-hohenbrueck.lab data",
    ]);
    const found = await plan({ defaultStorage: "NetApp ost" });
    expect(found).toEqual({ ok: false, reasons: ['the pool süd has no storage repository "NetApp ost"'] });
    expect(await tryReadVm(xo, "00000000-0000-4000-8000-000000000000")).toBeUndefined();
  });
});
