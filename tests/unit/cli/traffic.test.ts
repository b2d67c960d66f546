import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type CountedTenant, countTraffic, type TrafficScope } from "../../../cli/traffic-count.ts";
import { type TrafficRow, trafficText } from "../../../cli/traffic-table.ts";
import type { Month } from "../../../model/berlin-time.ts";
import type { Settings } from "../../../model/settings.ts";
import type { TrafficMonth } from "../../../model/traffic.ts";
import type { berlinDay } from "../../../model/traffic-calendar.ts";
import { makeKeyPair } from "../../support/key-pair.ts";
import { site, startEdgeFixture } from "../cloudflare/edge-fixture.ts";
import { visit } from "../cloudflare/origin.ts";
import { token } from "../cloudflare/simulator.ts";
import { entry, TrafficMachine } from "../guest/traffic-log.ts";
import { withAgent } from "../standins-command/agent.ts";
import { SshServer } from "../standins-command/ssh-server.ts";

const [operator, hostKey, jumpKey, strangeKey] = [makeKeyPair(), makeKeyPair(), makeKeyPair(), makeKeyPair()];
let jump: SshServer;
let guest: SshServer;
let machine: TrafficMachine;
let folder: string;
let edge: Awaited<ReturnType<typeof startEdgeFixture>>;

beforeAll(async () => {
  const authorizedKeys = [operator.publicKey];
  jump = await SshServer.start({ hostKeys: [jumpKey], authorizedKeys });
  guest = await SshServer.start({ hostKeys: [hostKey], authorizedKeys });
  edge = await startEdgeFixture();
});
afterAll(async () => {
  await Promise.all([jump.stop(), guest.stop(), edge.close()]);
});
beforeEach(() => {
  machine = new TrafficMachine();
  folder = mkdtempSync(join(tmpdir(), "traffic-book-"));
});
afterEach(() => {
  machine.remove();
  rmSync(folder, { recursive: true });
});

const contract = {
  customer: "Stadt",
  number: "R-1",
  liveFrom: "2026-01-01" as ReturnType<typeof berlinDay>,
  noticeRecipients: [],
};

function tenant(id: string, differs: Partial<CountedTenant> = {}): CountedTenant {
  const certificate = { issuer: "acme" } as const;
  const dns = { mode: "theirs" } as const;
  const names = { domain: `${id}.example`, address: "127.0.0.1" } as Pick<
    CountedTenant,
    "domain" | "address"
  >;
  return { id, name: id, aliases: [], dns, certificate, contract, ...names, ...differs } as CountedTenant;
}

/** Counts on one machine at a time; `at` is also the machine's time. */
async function count(tenants: CountedTenant[], at: string, differs: Partial<TrafficScope> = {}) {
  const settings: TrafficScope["settings"] = {
    access: {
      user: "farm",
      authorizedKeys: [],
      jump: { host: "127.0.0.1", port: jump.port, user: "jump", hostKey: jumpKey.publicKey },
    },
    endpoints: { xo: "", cloudflare: `${edge.simulator.baseUrl}/client/v4` } as Settings["endpoints"],
    traffic: { unit: "GB", direction: "out" },
    shards: {},
  };
  let rows: readonly TrafficRow[] = [];
  await withAgent(operator.privateKey, async (agentSocket) => {
    rows = await countTraffic(tenants, {
      stack: "test",
      settings,
      month: at.slice(0, 7) as Month,
      now: new Date(at),
      hostKeys: new Map(tenants.map(({ id }) => [id, hostKey.publicKey])),
      agentSocket,
      cloudflareToken: token,
      port: guest.port,
      command: [...machine.command, "--at", at].join(" "),
      folder,
      ...differs,
    });
  });
  return rows;
}

const noon = "2026-11-25T12:00:00+00:00";

test("a machine is read through the jump host with its pinned key, and brings its sums up to date", async () => {
  writeFileSync(
    machine.live,
    entry({ time: "2026-11-24T10:00:00+00:00", bytes: 6_000_000_000 }) + entry({ bytes: 5_000_000_000 }),
  );
  const [row, ...more] = await count([tenant("hohenbrueck")], noon);
  expect(more).toEqual([]);
  expect(row).toMatchObject({
    tenant: "hohenbrueck",
    countedAt: "machine",
    failures: [],
    traffic: {
      bytes: 11_000_000_000,
      overage: { bytes: 1_000_000_000, units: 1, price: null },
      byPresentation: { citizens: 11_000_000_000, politicians: 0 },
    },
  });
  expect(row?.traffic?.unknownDays).toHaveLength(23);
  expect(jump.forwarded).toContain(`127.0.0.1:${guest.port}`);
  expect(guest.users).toContain("farm");
  expect(guest.commands.at(-1)).toMatch(/ show 2026-10-04 2026-11-25$/);
});

test("who cannot be reached is a row with the reason; the others are shown, and so is what was kept", async () => {
  writeFileSync(machine.live, entry());
  const tenants = [
    tenant("down", { address: "127.0.0.9" as CountedTenant["address"] }),
    tenant("good"),
    tenant("rebuilt"),
    tenant("unmade"),
  ];
  const hostKeys = new Map([
    ["down", hostKey.publicKey],
    ["good", hostKey.publicKey],
    ["rebuilt", strangeKey.publicKey],
  ]);
  const rows = await count(tenants, noon, { hostKeys });
  expect(rows.map(({ tenant: id, traffic }) => [id, traffic?.bytes])).toEqual([
    ["down", undefined],
    ["good", 1000],
    ["rebuilt", undefined],
    ["unmade", undefined],
  ]);
  const why = rows.map(({ failures }) => failures.join());
  expect(why[0]).toMatch(/from the jump host/);
  expect(why[1]).toBe("");
  expect(why[2]).toMatch(/showed another ssh host key than the pinned one/);
  expect(why[3]).toBe("the stack has no machine of it yet; ./farm pulumi up");
  const again = await count([tenant("good")], noon, { hostKeys: new Map() });
  expect(again[0]).toMatchObject({ traffic: { bytes: 1000 }, failures: [expect.any(String)] });
  const text = trafficText(rows, { unit: "GB", direction: "out" }, "2026-11", false);
  expect(text).toMatch(/^good +1000 +0\.0 % /m);
  expect(text.match(/^✗ (down|rebuilt|unmade): .+$/gm)).toHaveLength(3);
});

test("a machine whose program fails or talks nonsense is a row with its words", async () => {
  const failing = await count([tenant("a")], noon, { command: "echo disk full >&2; exit 3;" });
  expect(failing[0]).toMatchObject({ traffic: null, failures: ["disk full"] });
  const odd = await count([tenant("a")], noon, { command: 'echo \'{"version":1,"days":[]}\';:' });
  expect(odd[0]?.failures[0]).toMatch(/^its sums are malformed: unreadable/);
});

test("a machine that is made anew has lost its sums, the farm has not", async () => {
  writeFileSync(machine.live, entry() + entry({ bytes: 1 }));
  await count([tenant("good")], noon);
  machine.remove();
  machine = new TrafficMachine();
  writeFileSync(machine.live, entry({ bytes: 2 }));
  expect((await count([tenant("good")], noon))[0]?.traffic?.bytes).toBe(1001);
  writeFileSync(machine.live, entry({ bytes: 2 }) + entry({ bytes: 3 }) + entry({ bytes: 4 }));
  expect((await count([tenant("good")], noon))[0]?.traffic?.bytes).toBe(9);
  const kept = JSON.parse(readFileSync(join(folder, "test", "good.json"), "utf8"));
  expect(Object.keys(kept.machine)).toEqual(["2026-11-25"]);
  expect(JSON.stringify(kept)).not.toContain("203.0.113");
});

test("proxied names are counted at the edge, the parts by the machine", async () => {
  const at = new Date().toISOString();
  writeFileSync(machine.live, entry({ time: at.replace(/\..*/, "+00:00"), bytes: 100 }));
  for (let i = 0; i < 4; i++) await visit(site, { ...edge.edge, path: `/${"y".repeat(2000)}` });
  const proxied = tenant("stadt", {
    domain: site as CountedTenant["domain"],
    dns: { mode: "ours", zone: "stadt.example" as CountedTenant["domain"] },
    certificate: { issuer: "cloudflare-origin", validityDays: 5475, rotation: 0 },
  });
  let traffic: TrafficMonth | null = null;
  await expect
    .poll(async () => {
      const [row] = await count([proxied], new Date().toISOString());
      expect(row).toMatchObject({ countedAt: "edge", failures: [] });
      traffic = row?.traffic ?? null;
      return traffic?.bytes;
    })
    .toBeGreaterThan(8000);
  expect(traffic).toMatchObject({ byPresentation: { citizens: 100 } });
  const [blind] = await count([proxied], new Date().toISOString(), { cloudflareToken: undefined });
  expect(blind?.failures).toEqual(["CLOUDFLARE_API_TOKEN is not set, so the edge cannot be asked"]);
  expect(blind?.traffic?.bytes).toBeGreaterThan(8000);
});

test("the table says what a person needs", async () => {
  const day = { requests: 1, path: "/public/vo020" };
  const lines = [
    entry({ ...day, bytes: 9_000_000_000 }),
    entry({ ...day, bytes: 3_000_000_000, presentation: "politicians" }),
  ];
  writeFileSync(machine.live, lines.join(""));
  const rows = await count([tenant("hohenbrueck")], noon);
  const text = trafficText(rows, { unit: "GB", direction: "out" }, "2026-11", true);
  expect(text.split("\n")).toEqual([
    "Traffic of 2026-11, bytes sent, days of Europe/Berlin",
    expect.stringMatching(/^administration +bytes +of 10\.00 GB +citizens\/politicians\/other /),
    expect.stringMatching(/^─+/),
    expect.stringMatching(
      /^hohenbrueck +12000000000 +120\.0 % +75\/25\/0 % +100\/0\/0\/0 % +24 of 25 +– +2 GB begun$/,
    ),
    "! hohenbrueck: 80 % of the included traffic reached (for: operator)",
    "! hohenbrueck: 100 % of the included traffic reached (for: operator and customer)",
    "",
    "hohenbrueck, paths with the most bytes",
    "path           bytes        requests",
    expect.stringMatching(/^─+/),
    "/public/vo020  12000000000  2",
  ]);
});
