import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lab, startLab } from "./support/start.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.remove());

it("has a pool of three hosts with XCP-ng's product data", async () => {
  const pool = await lab.farm.named("pool", "nord");
  const hosts = await lab.farm.all("host");
  expect(hosts.map((host) => host.name_label).sort()).toEqual(["xcp-nord-1", "xcp-nord-2", "xcp-nord-3"]);
  expect(hosts.find((host) => host.id === pool.master).name_label).toBe("xcp-nord-1");
  expect(hosts.every((host) => host.productBrand === "XCP-ng" && host.$pool === pool.id)).toBe(true);
  expect(pool).toMatchObject({ HA_enabled: false, haSrs: [], type: "pool", $poolId: pool.id });
  expect(Number.isInteger(pool.cpus.cores) && Number.isInteger(pool.cpus.sockets)).toBe(true);
});

it("has the standard networks with a card on each host, and the guests' own", async () => {
  const pool = await lab.farm.named("pool", "nord");
  const pifs = await lab.farm.all("PIF");
  for (const [name, device, vlan] of [
    ["Pool-wide network associated with eth0", "eth0", -1],
    ["Pool-wide network associated with eth1", "eth1", -1],
    ["Pool-wide network associated with eth2", "eth2", -1],
    ["Lab Network (VLAN 10)", "eth0", 10],
    ["Front nord", "eth0", 210],
    ["Quarantäne nord", "eth0", 299],
  ] as const) {
    const network = await lab.farm.named("network", name);
    const own = pifs.filter((pif) => network.PIFs.includes(pif.id));
    expect(own).toHaveLength(3);
    expect(own.every((pif) => pif.device === device && pif.vlan === vlan && pif.attached)).toBe(true);
    expect(network).toMatchObject({
      $poolId: pool.id,
      MTU: 1500,
      automatic: false,
      defaultIsLocked: false,
      nbd: false,
    });
  }
  const master = pifs.filter((pif) => pif.$host === pool.master && pif.vlan === -1);
  expect(master.map((pif) => pif.device).sort()).toEqual(["eth0", "eth1", "eth2"]);
});

it("has shared storage that is attached on all hosts, and local storage on each", async () => {
  const pool = await lab.farm.named("pool", "nord");
  const hosts = (await lab.farm.all("host")).map((host) => host.id).sort();
  const pbds = await lab.farm.all("PBD");
  for (const [name, kind] of [
    ["NetApp nord iSCSI", "lvmoiscsi"],
    ["NetApp nord NFS", "nfs"],
  ]) {
    const sr = await lab.farm.named("SR", name ?? "");
    expect(sr).toMatchObject({ SR_type: kind, shared: true, content_type: "user", $container: pool.id });
    const own = pbds.filter((pbd) => sr.$PBDs.includes(pbd.id));
    expect(own.map((pbd) => pbd.host).sort()).toEqual(hosts);
    expect(own.every((pbd) => pbd.attached)).toBe(true);
    expect(sr.other_config["netapp-cluster"]).toBe("ntap-nord");
    expect(JSON.stringify(sr)).not.toContain("ntap-nord-01");
  }
  expect(pool.default_SR).toBe((await lab.farm.named("SR", "NetApp nord iSCSI")).id);
  const local = (await lab.farm.all("SR")).filter((sr) => sr.name_label === "Local storage");
  expect(local.map((sr) => sr.$container).sort()).toEqual(hosts);
  expect(local.every((sr) => sr.SR_type === "ext" && !sr.shared)).toBe(true);
});

it("has the template of the lab's image and diskless built-in ones", async () => {
  const template = await lab.farm.named("VM-template", "Debian 12 ALLRIS net");
  expect(template.id).toBe(template.uuid);
  expect(template.$VBDs).toHaveLength(1);
  const vbd = (await lab.farm.all("VBD")).find((each) => each.id === template.$VBDs[0]);
  const vdi = (await lab.farm.all("VDI")).find((each) => each.id === vbd.VDI);
  expect(vbd).toMatchObject({ VM: template.id, position: "0", is_cd_drive: false });
  expect(vdi.size).toBeLessThanOrEqual(10_000_000_000);
  expect(template.memory.static).toEqual([expect.any(Number), expect.any(Number)]);
  expect(template.memory.static[0]).toBeGreaterThan(0);
  for (const name of ["Other install media", "Debian Bookworm 12"]) {
    const builtIn = await lab.farm.named("VM-template", name);
    expect(builtIn.id).toBe(`${builtIn.$poolId}-${builtIn.uuid}`);
    expect(builtIn.$VBDs).toEqual([]);
  }
  expect(await lab.farm.all("VM")).toEqual([]);
});

it("gives the same names the same ids everywhere", async () => {
  const other = await startLab();
  expect(Object.keys(await other.farm.call("xo.getAllObjects"))).toEqual(
    Object.keys(await lab.farm.call("xo.getAllObjects")),
  );
  await other.remove();
});
