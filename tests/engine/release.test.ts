import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { editTenant, engine, plan, restoreTenant, tryUp, up } from "../support/project.ts";
import { removeSnapshots, snapshotNames, vmOf, withXo } from "../support/services.ts";
import { SiteMachine } from "../support/site-machine.ts";
import { eventually } from "../support/wait.ts";
import { hoursFromNow, removeWindow, writeWindow } from "../support/windows.ts";

const sites = {
  hohenbrueck: { domain: "ratsinfo.hohenbrueck.example", address: "198.18.10.11" },
  "amt-seenplatte-nord": { domain: "gremieninfo.amt-seenplatte-nord.example", address: "198.18.10.12" },
  "landkreis-auental": { domain: "kreistagsinfo.landkreis-auental.example", address: "198.18.10.13" },
} as const;

type Id = keyof typeof sites;

const ids = Object.keys(sites) as Id[];
const updated = ids.filter((id) => id !== "hohenbrueck");
let machines: Record<Id, SiteMachine>;

async function forAll(some: readonly Id[], work: (id: Id) => Promise<void>): Promise<void> {
  await Promise.all(some.map(work));
}

beforeAll(async () => {
  machines = await SiteMachine.of(sites);
  await forAll(ids, (id) => machines[id].keepData(`kept by ${id}`));
});

afterAll(async () => {
  await forAll(ids, async (id) => {
    restoreTenant(id);
    await machines[id].forgetData();
    await removeSnapshots((await vmOf(id)).id);
  });
  for (const window of ["now", "later"]) removeWindow(window);
  // Without the reasons of the emergencies: they are no inputs that make a difference.
  expect(await plan()).toEqual([]);
});

/** Writes another release into a tenant's file, and a reason when it cannot wait. */
function want(id: Id, version: string, emergency?: string): void {
  restoreTenant(id);
  const reason = emergency === undefined ? "" : `\n    emergency: "${emergency}",`;
  const line = `release: "${version}",${reason}`;
  if (line !== 'release: "4.1.7",') editTenant(id, 'release: "4.1.7",', line);
}

/** The site of an administration runs this release everywhere, with the data of before. */
async function expectWhole(id: Id, version: string): Promise<void> {
  expect(await machines[id].state(), id).toEqual({
    page: version,
    installed: version,
    recorded: version,
    data: `kept by ${id}\nkept by ${id}`,
    maintenance: false,
  });
}

async function snapshotsOf(id: Id): Promise<string[]> {
  return snapshotNames((await vmOf(id)).id);
}

describe("a change of release", () => {
  it("is held outside a window, while everything else is applied", async () => {
    want("hohenbrueck", "4.1.8");
    writeWindow("later", {
      start: hoursFromNow(10 * 24),
      end: hoursFromNow(10 * 24 + 2),
      administrations: ["hohenbrueck"],
      notice: undefined,
    });
    want("amt-seenplatte-nord", "4.1.8");
    editTenant("landkreis-auental", "landkreis-auental.example/impressum", "landkreis-auental.example/neu");

    const preview = await engine(["preview"]);
    expect(preview.code, preview.stdout).toBe(0);
    expect(preview.stdout).toMatch(
      /hohenbrueck: ALLRIS net 4\.1\.7 → 4\.1\.8 is held until window later \(.*; its notice must be sent by /,
    );
    expect(preview.stdout).toContain(
      "amt-seenplatte-nord: ALLRIS net 4.1.7 → 4.1.8 is held until an announced window, and there is none",
    );
    const result = await up();
    expect(result.stdout).toContain("hohenbrueck: ALLRIS net 4.1.7 → 4.1.8 is held until window later");
    expect(await plan()).toEqual([]);
    await forAll(["hohenbrueck", "amt-seenplatte-nord"], (id) => expectWhole(id, "4.1.7"));
    const other = await visit(readLab(), sites["landkreis-auental"].domain);
    expect(other.body).toContain("landkreis-auental.example/neu");
  });

  it("shows in its window what comes, how long it takes and what it costs of the quota", async () => {
    writeWindow("now", { administrations: updated });
    for (const id of updated) want(id, "4.1.8");
    want("hohenbrueck", "4.1.9", "CVE-2026-4711");
    const { code, stdout } = await engine(["preview"]);
    expect(code, stdout).toBe(0);
    for (const id of updated) {
      const [line = ""] = stdout.match(new RegExp(`${id}: ALLRIS net .*`)) ?? [];
      expect(line).toMatch(
        /4\.1\.7 → 4\.1\.8 in window now: snapshot, quiesce, install, check; about 4 minutes; /,
      );
      expect(line).toMatch(
        /counts 4 minutes of the month's maintenance quota \(.*ST[12]: \d of (120|420) minutes, \d+ used/,
      );
    }
    expect(stdout).toMatch(
      /hohenbrueck: ALLRIS net 4\.1\.7 → 4\.1\.9 as an emergency \(CVE-2026-4711\): .*; they count as unplanned downtime/,
    );
    for (const id of ids) expect(await snapshotsOf(id), id).toEqual([]);
  });

  it("goes back by itself from a broken release, with the data, while the others get theirs", async () => {
    const generations = await machines.hohenbrueck.run("ls /srv/allrisnet/generations");
    const started = Date.now();
    const failed = await tryUp();
    const away = new Set(failed.stdout.match(/[\d.]+ s away/g));
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stderr.write(`three changes of release: ${seconds} s of up, ${[...away].join(", ")}\n`);
    expect(failed.code).not.toBe(0);
    expect(failed.stdout).toContain("release 4.1.9 went back by itself to 4.1.7 with its data");
    expect(failed.stdout).toMatch(/4\.1\.9 failed at the step check: .*answers 500/);
    await expectWhole("hohenbrueck", "4.1.7");
    // The machine is as it was, so nothing is kept of the attempt.
    expect(await snapshotsOf("hohenbrueck")).toEqual([]);
    expect(await machines.hohenbrueck.run("ls /srv/allrisnet/generations")).toBe(generations);
    await forAll(updated, async (id) => {
      await expectWhole(id, "4.1.8");
      expect(await snapshotsOf(id), id).toEqual(["allris-farm before 4.1.8"]);
    });
    // Only the one that failed is left to do.
    expect((await plan()).map(({ name }) => name)).toEqual(["hohenbrueck-release"]);
  });

  it("tells of a power cut in the middle: the site runs the old release completely", async () => {
    want("hohenbrueck", "4.1.8", "CVE-2026-4711");
    const point = JSON.stringify({ step: "migrate", action: "cut" });
    await machines.hohenbrueck.run(
      `sudo mkdir -p /run/farm && echo '${point}' | sudo tee /run/farm/fault-point`,
    );
    const running = tryUp();
    await eventually(
      "the step is reached",
      async () => (await machines.hohenbrueck.run("cat /run/farm/fault-reached")) === "migrate",
    ).catch(async (error: unknown) => {
      throw new Error((await running).stdout, { cause: error });
    });
    const { id } = await vmOf("hohenbrueck");
    await withXo(async (xo) => {
      await xo.call("vm.stop", { id, force: true });
      await xo.call("vm.start", { id });
    });
    const { code, stdout } = await running;
    expect(code).not.toBe(0);
    expect(stdout).toContain("4.1.8 was cut off: the machine restarted in the middle");
    expect(stdout).toContain("the site runs 4.1.7 with its data");
    await expectWhole("hohenbrueck", "4.1.7");
    expect(await snapshotsOf("hohenbrueck")).toEqual([]);
  });

  it("succeeds at the next up, with a good release", async () => {
    await up();
    await expectWhole("hohenbrueck", "4.1.8");
    expect(await snapshotsOf("hohenbrueck")).toEqual(["allris-farm before 4.1.8"]);
    expect(await plan()).toEqual([]);
  });

  it("back to an older release is refused with the command that brings its data back as well", async () => {
    for (const id of ids) want(id, "4.1.7", "4.1.8 does not suit us");
    const refused = await tryUp();
    expect(refused.code).not.toBe(0);
    await forAll(ids, (id) => expectWhole(id, "4.1.8"));
    const why = /4\.1\.7 is older than 4\.1\.8 and would not understand its data; .* by: (sudo \S+ back)\./g;
    const commands = [...refused.stdout.matchAll(why)].map(([, command = ""]) => command);
    expect(commands).toHaveLength(ids.length);
    await forAll(ids, async (id) => {
      await machines[id].run(commands[0] ?? "");
    });
    await up();
    await forAll(ids, (id) => expectWhole(id, "4.1.7"));
    expect(await plan()).toEqual([]);
  });
});
