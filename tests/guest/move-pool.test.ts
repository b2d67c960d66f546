import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { moveFile } from "../../cli/pool-move/journal.ts";
import { labPlaces, readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { FarmProcess } from "../support/farm-process.ts";
import { pinnedKeys } from "../support/machine.ts";
import { farmOfProject } from "../support/patched.ts";
import { drift, plan, tenantFile } from "../support/project.ts";
import { farmJson, inventory, RestoredSite, type SiteData } from "../support/restored-site.ts";
import { bringSecondPool } from "../support/second-pool.ts";
import { vmOf, withXo, zoneOf } from "../support/services.ts";
import { pendingOperations } from "../support/state-file.ts";
import { eventually } from "../support/wait.ts";
import { removeWindow, writeWindow } from "../support/windows.ts";

const id = "hohenbrueck";
const domain = "ratsinfo.hohenbrueck.example";
const [north, south] = ["198.18.10.11", "198.18.11.20"];
const paper = "2f6a90d1-paper";
const order = ["tenant", "move-pool", id, "sued", "--address", south] as const;

interface Moved {
  readonly code: number;
  readonly migrationSeconds: number;
  readonly seconds: number;
  readonly undone?: boolean;
}

/** What a move says as JSON; it takes the time that it takes. */
async function farmProcess(...args: readonly string[]): Promise<Moved> {
  const { code, stdout, stderr } = await new FarmProcess(...args, "--json").ended;
  if (stdout === "") throw new Error(stderr);
  return { ...(JSON.parse(stdout) as Moved), code };
}

/** Lets a move end where its file would be written, and returns what it said. */
async function stopBeforeTheFile(...args: readonly string[]): Promise<string> {
  const stopped = new FarmProcess(...args);
  await stopped.says("recognise it by its host key");
  // Whoever edits a file next to it at the wrong moment.
  writeFileSync(tenantFile("halb"), "export const tenant = defineTenant({");
  const { code, stderr } = await stopped.ended;
  rmSync(tenantFile("halb"));
  expect(code).toBe(1);
  return stderr;
}

/** Where its VM lies: pool, repositories of its disks, network of its card, all by name. */
async function place() {
  const vm = await vmOf(id);
  return withXo(async (xo) => {
    const all = await xo.objects({});
    const named = (wanted: unknown): string =>
      String(all.find((each) => each["id"] === wanted)?.["name_label"]);
    const own = (type: string, key: string) =>
      all.filter((each) => each["type"] === type && each[key] === vm.id);
    const disks = own("VBD", "VM").map(({ VDI }) => all.find((each) => each["id"] === VDI));
    return {
      pool: named(vm["$pool"]),
      disks: [...new Set(disks.map((disk) => named(disk?.["$SR"])))],
      networks: own("VIF", "$VM").map((card) => named(card["$network"])),
      host: named(vm["$container"]),
    };
  });
}

/** Names of what lies in a pool and belongs to the site, in XO and on the simulated repositories. */
async function leftIn(label: string): Promise<string[]> {
  return withXo(async (xo) => {
    const all = await xo.objects({});
    const pool = all.find((each) => each["type"] === "pool" && each["name_label"] === label)?.["id"];
    const names = all.filter((each) => each["$pool"] === pool).map((each) => String(each["name_label"]));
    return names.filter((name) => name.includes(id));
  });
}

/** Ids of disks whose content lies on the storage repository of a pool. */
async function contentsOn(label: string): Promise<string[]> {
  const srs = await withXo((xo) => xo.objects({ type: "SR", name_label: `NetApp ${label} iSCSI` }));
  return readdirSync(join(labPlaces().disks, String(srs[0]?.["id"])));
}

async function expectAnswer(address: string): Promise<void> {
  const { records } = await zoneOf("hohenbrueck.example");
  const own = records.filter(({ name, type }) => name === domain && type === "A");
  expect(own.map(({ content }) => content)).toEqual([address]);
  // A guest of the lab boots on the other side: its application is up some seconds later than its ssh.
  const answer = await eventually(`${domain} answers`, async () => {
    const found = await visit(readLab(), domain);
    return found.status === 200 && found;
  });
  expect(answer.body).toContain(`<meta name="farm-site" content="${id}">`);
}

describe("a site moves to another pool", () => {
  const begun = Date.now();
  const say = (what: string): void =>
    void process.stderr.write(`[move] ${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}\n`);
  let site: RestoredSite;
  let before: Awaited<ReturnType<RestoredSite["features"]>>;
  let promised: SiteData;
  let old: string;
  let key: string;

  beforeAll(async () => {
    await bringSecondPool();
    say("the second pool is up");
    site = await RestoredSite.of({ id, address: north }, paper);
    await site.writePaper();
    [promised, before, old] = [await site.data(), await site.features(), (await vmOf(id)).id];
    key = site.key;
  });

  it("is refused without a window, and before anything is touched where there is no room", async () => {
    const text = readFileSync(tenantFile(id), "utf8");
    const things = await inventory();
    const refused = await farmOfProject(...order, "--yes");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('The move of "hohenbrueck" interrupts the site and needs a window');
    expect(refused.stderr).toContain("no window is announced");
    writeWindow("umzug");
    const full = await withXo(async (xo) => {
      const [sr] = await xo.objects({ type: "SR", name_label: "NetApp süd iSCSI" });
      const size = Number(sr?.["size"]) - Number(sr?.["usage"]) - 10 * 2 ** 30;
      return String(await xo.call("disk.create", { name: "voll", size, sr: sr?.["id"] }));
    });
    const crowded = await farmOfProject(...order, "--yes");
    await withXo((xo) => xo.call("vdi.delete", { id: full }));
    expect(crowded.code).toBe(1);
    expect(crowded.stderr).toMatch(
      /cannot move to the pool süd; nothing was touched[\s\S]*"NetApp süd iSCSI" is too full: its disks have 20 GiB, [\d.]+ GiB are free/,
    );
    expect(await site.run("ls /etc/systemd/network")).not.toContain("05-farm");
    expect(await inventory()).toEqual(things);
    expect(readFileSync(tenantFile(id), "utf8")).toBe(text);
    expect(existsSync(moveFile("lab", id))).toBe(false);
    say("refused twice");
  });

  it("an unfinished move is taken back: one address, the old pool, the file as it was", async () => {
    const failed = await stopBeforeTheFile(...order, "--yes");
    expect(failed).toContain("The move of hohenbrueck stopped at: write the tenant file");
    expect(failed).toContain("--undo");
    expect(await place()).toMatchObject({ pool: "süd", networks: ["Front süd"] });
    say("stopped when it had moved");
    const undone = await farmProcess("tenant", "move-pool", id, "sued", "--undo", "--yes");
    expect(undone).toMatchObject({ code: 0, undone: true });
    expect(await site.run("ip -o -4 address show dev enX0")).not.toContain("198.18.11");
    expect(await place()).toMatchObject({ pool: "nord", networks: ["Front nord"] });
    expect(await site.data()).toEqual(promised);
    await expectAnswer(north);
    expect(await plan()).toEqual([]);
    expect(await leftIn("süd")).toEqual([]);
    say("taken back");
  });

  it("killed in the middle it goes on: data, host key and name stay, the address answers, nothing is left", async () => {
    const killed = new FarmProcess(...order, "--yes");
    await eventually("its disks are on their way", () =>
      withXo(async (xo) => {
        const [vm] = await xo.objects({ type: "VM", id: old });
        return Object.values((vm?.["current_operations"] ?? {}) as object).includes("migrate_send");
      }),
    );
    await killed.kill();
    say("killed");
    const moved = await farmProcess(...order, "--yes");
    expect(moved).toMatchObject({ code: 0, vm: old, pool: "sued", address: south });
    say(`moved in ${moved.seconds} s, its migration took ${moved.migrationSeconds} s`);

    site = await RestoredSite.of({ id, address: south }, paper);
    expect(await place()).toEqual({
      pool: "süd",
      disks: ["NetApp süd iSCSI"],
      networks: ["Front süd"],
      host: expect.stringMatching(/^xcp-sued-/),
    });
    expect(await site.data()).toEqual(promised);
    const { cards, affinityHost, ...features } = await site.features();
    expect(features).toEqual({ ...before, cards: undefined, affinityHost: undefined });
    expect(cards.map(([mac]) => mac)).toEqual(before.cards.map(([mac]) => mac));
    expect(affinityHost).not.toBe(before.affinityHost);
    expect((await pinnedKeys()).get(id)).toBe(key);
    expect(await site.run("ip -o -4 address show dev enX0")).not.toContain(north);
    await expectAnswer(south);
    expect(readFileSync(tenantFile(id), "utf8")).toContain(`pool: "sued",\n  address: "${south}",`);
    expect(await plan()).toEqual([]);
    expect(await drift()).toEqual([]);
    expect(await leftIn("nord")).toEqual([]);
    const contents = await contentsOn("süd");
    expect(contents).toHaveLength(1);
    expect(await contentsOn("nord")).not.toContain(contents[0]);
    expect(existsSync(moveFile("lab", id))).toBe(false);
  });

  it("it is backed up where it is now, and comes back the same way, also when the engine is killed", async () => {
    const run = await farmJson("backup", "run", id);
    expect(run).toMatchObject({ code: 0, good: true, consistent: true });
    say("backed up");
    const back = ["tenant", "move-pool", id, "nord", "--address", north, "--yes"] as const;
    expect(await stopBeforeTheFile(...back)).toContain("stopped at: write the tenant file");
    const undone = await farmProcess("tenant", "move-pool", id, "nord", "--undo", "--yes");
    expect(undone).toMatchObject({ code: 0, undone: true });
    // Not the address that cloud-init gave it at its first boot, which is the other pool's.
    expect(await site.run("ip -o -4 address show dev enX0")).toContain(south);
    expect(await site.run("ip -o -4 address show dev enX0")).not.toContain(north);
    expect(await place()).toMatchObject({ pool: "süd", networks: ["Front süd"] });
    await expectAnswer(south);
    say("a way back is taken back");
    const cut = new FarmProcess(...back);
    await cut.says("bring the site up");
    await cut.until("the engine works", () => pendingOperations().length > 0);
    await cut.cutPower();
    say("the engine was killed");
    const moved = await farmProcess(...back);
    say("moved back");
    expect(moved).toMatchObject({ code: 0, vm: old, pool: "nord", address: north });
    site = await RestoredSite.of({ id, address: north }, paper);
    expect(await site.data()).toEqual(promised);
    expect(await site.features()).toEqual(before);
    await expectAnswer(north);
    expect(await plan()).toEqual([]);
    expect(await leftIn("süd")).toEqual([]);
    expect(await contentsOn("süd")).toEqual([]);
    removeWindow("umzug");
    say("back");
  });
});
