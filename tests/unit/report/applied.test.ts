import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noteApplied, readApplied } from "../../../cli/applied/applied-book.ts";
import { watched } from "../../../cli/applied/watch.ts";
import { loadParameterLabels } from "../../../loading/parameter-labels.ts";
import type { AppliedChange } from "../../../model/applied.ts";
import type { Month } from "../../../model/berlin-time.ts";
import type { PlainDate } from "../../../model/plain-date.ts";
import { changeEvidence } from "../../../model/report/find-changes.ts";
import { changeText } from "../../../model/report/report-words.ts";
import { parseState, type StackState } from "../../../model/stack-state.ts";

const month = "2026-10" as Month;
const gib = 2 ** 30;
const now = new Date("2026-10-31T12:00:00Z");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-applied-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Site {
  readonly release?: string;
  readonly values?: object;
  readonly cpus?: number;
  /** When its parts were changed last. */
  readonly modified?: string;
}

const usual = { id: "hohenbrueck", domain: "rat.example", aliases: [], issuer: "acme", bundle: "1" };

/** The deployment of a stack as the engine keeps it: one site, and a machine that is no administration's. */
function deployment({ release = "4.1.7", values = {}, cpus = 2, modified = "2026-10-01T08:00:00Z" }: Site) {
  const stdin = JSON.stringify({ ...usual, allrisnet: { release }, ...values });
  const resource = (type: string, name: string, inputs: object) => ({
    ...{ urn: `urn:pulumi:prod::allris-farm::${type}::${name}`, type, custom: true, modified, inputs },
  });
  return {
    resources: [
      resource("farm:site:TenantSite", "hohenbrueck", {}),
      resource("xenops:index:Release", "hohenbrueck-release", { version: release }),
      resource("command:remote:Command", "hohenbrueck-apply", { stdin }),
      resource("xenorchestra:index/vm:Vm", "hohenbrueck-vm", {
        ...{ cpus, memoryMax: 4 * gib, disks: [{ size: 40 * gib }] },
      }),
      resource("command:remote:Command", "platform-monitoring-apply", { stdin: `{"x":"${release}"}` }),
    ],
  };
}

const stateOf = (site: Site): StackState => parseState(JSON.stringify({ deployment: deployment(site) }));
const look = (site: Site) => noteApplied("prod", stateOf(site), folder, now);

describe("a look at a stack", () => {
  test("finds nothing the first time, and then each change once, at the engine's own instant", async () => {
    expect(await look({})).toEqual([]);
    const modified = "2026-10-12T20:15:00.123Z";
    const changed = {
      ...{ release: "4.1.8", cpus: 4, modified },
      values: {
        ...{ domain: "ratsinfo.example", aliases: ["rat.example"], issuer: "customer", bundle: "2" },
        ...{ backup: { at: "02:00" }, bastions: ["198.18.0.9/32"], links: { home: "https://x.example" } },
        allrisnet: { release: "4.1.8", "branding.primaryColor": "#7a1022" },
      },
    };
    const head = { at: modified, tenant: "hohenbrueck" };
    const found = [
      { ...head, kind: "release", from: "4.1.7", to: "4.1.8" },
      // Neither backups nor what surrounds the machine.
      { ...head, kind: "settings", keys: ["branding.primaryColor", "links.home"] },
      { ...head, kind: "domain", domain: "ratsinfo.example", aliases: ["rat.example"] },
      { ...head, kind: "certificate", issuer: "customer" },
      { ...head, kind: "size", cpus: 4, memory: 4 * gib, disk: 40 * gib },
    ];
    expect(await look(changed)).toEqual(found);
    expect(await look(changed)).toEqual([]);
    expect(readApplied("prod", folder)).toEqual(found);
    expect(readApplied("lab", folder)).toEqual([]);
  });

  test("takes a bundle of programs alone, a site that goes and one that is new for no change", async () => {
    await look({});
    expect(await look({ values: { bundle: "2" }, modified: "2026-10-02T08:00:00Z" })).toEqual([]);
    await noteApplied("prod", parseState('{"deployment":{"resources":[]}}'), folder, now);
    expect(await look({ release: "4.1.8" })).toEqual([]);
  });

  test("does not go on with a book that nobody can read", async () => {
    writeFileSync(join(folder, "prod.json"), '{"version":1,"sites":{');
    await expect(look({})).rejects.toThrow(/What was written down of applied changes cannot be read/);
    expect(() => readApplied("prod", folder)).toThrow(/cannot be read/);
  });
});

describe("a run of the engine", () => {
  const write = (site: Site) => {
    const stacks = join(folder, ".pulumi/stacks/allris-farm");
    mkdirSync(stacks, { recursive: true });
    const text = JSON.stringify({ version: 3, checkpoint: { latest: deployment(site) } });
    writeFileSync(join(stacks, "watched.json"), text);
  };
  const run = async (work: () => void): Promise<readonly string[]> => {
    const said: string[] = [];
    const asked = { stack: "watched", project: "allris-farm", backend: pathToFileURL(folder).href, folder };
    const none = async () => undefined;
    await watched({ ...asked, exported: none, say: (line) => said.push(line) }, async () => work());
    return said;
  };
  const told = () => readApplied("watched", folder);

  test("is told by what stands in the state before and after it, also when it fails half-way", async () => {
    expect(await run(() => write({}))).toEqual([]);
    expect(told()).toEqual([]);
    const failing = run(() => {
      write({ release: "4.1.8", modified: "2026-10-12T20:00:00Z" });
      throw new Error("the engine failed");
    });
    await expect(failing).rejects.toThrow("the engine failed");
    expect(told()).toMatchObject([{ kind: "release", to: "4.1.8" }]);
    // Somebody else applied something meanwhile; this run does nothing.
    write({ release: "4.1.8", cpus: 8, modified: "2026-10-13T20:00:00Z" });
    expect(await run(() => {})).toEqual([]);
    expect(told()).toMatchObject([{ kind: "release" }, { kind: "size", cpus: 8 }]);
    // A stack that is made anew has not changed from the one before.
    rmSync(join(folder, ".pulumi"), { recursive: true });
    expect(await run(() => write({}))).toEqual([]);
    expect(told()).toHaveLength(2);
  });

  test("goes on when nothing can be written down, and says so", async () => {
    write({});
    writeFileSync(join(folder, "watched.json"), "no book");
    let done = false;
    const said = await run(() => {
      done = true;
    });
    expect(done).toBe(true);
    expect(said).toEqual(
      Array(2).fill(expect.stringMatching(/not written down for the reports: .*cannot be read/s)),
    );
  });

  test("is asked of the engine where its backend is no folder, and a stack that is not there yet is no trouble", async () => {
    const asked = {
      stack: "watched",
      project: "allris-farm",
      backend: "s3://states",
      folder,
      say: expect.fail,
    };
    const states = [undefined, {}, {}, { release: "4.1.8" }].map((site) =>
      site === undefined ? undefined : JSON.stringify({ deployment: deployment(site) }),
    );
    const exported = async () => states.shift();
    await watched({ ...asked, exported }, async () => {});
    await watched({ ...asked, exported }, async () => {});
    expect(states).toEqual([]);
    expect(told()).toMatchObject([{ kind: "release", from: "4.1.7", to: "4.1.8" }]);
  });
});

describe("the changes of a month's report", () => {
  const applied = (at: string, change: object): AppliedChange =>
    ({ at, tenant: "hohenbrueck", ...change }) as AppliedChange;
  const order = (on: string, what: string) => ({
    ...{ on: on as PlainDate, what, ticket: "4711", by: "Frau Sommer" },
  });
  const texts = (orders: ReturnType<typeof order>[], all: readonly AppliedChange[]): readonly string[] =>
    changeEvidence({ changes: orders }, { deeds: [], applied: all }, month, loadParameterLabels()).map(
      (change) => `${change.at} ${changeText(change)}`,
    );

  test("are German, and none tells who typed what", () => {
    expect(
      texts(
        [],
        [
          applied("2026-10-12T20:00:00.000Z", { kind: "release", from: "4.1.7", to: "4.1.8" }),
          applied("2026-10-13T20:00:00.000Z", { kind: "settings", keys: ["branding.primaryColor", "name"] }),
          applied("2026-10-14T20:00:00.000Z", { kind: "size", cpus: 1, memory: 4 * gib, disk: 40 * gib }),
          applied("2026-10-15T20:00:00.000Z", {
            kind: "domain",
            domain: "a.example",
            aliases: ["b.example"],
          }),
          applied("2026-10-16T20:00:00.000Z", { kind: "certificate", issuer: "customer" }),
          applied("2026-10-31T23:00:00.000Z", { kind: "release", from: "4.1.8", to: "4.1.9" }),
        ],
      ),
    ).toEqual([
      "2026-10-12T20:00:00.000Z Releasewechsel: ALLRIS net 4.1.8 (vorher 4.1.7)",
      "2026-10-13T20:00:00.000Z Geänderte Einstellungen: Hauptfarbe (branding.primaryColor); Name der Verwaltung (name)",
      "2026-10-14T20:00:00.000Z Andere Größe des Servers: 1 CPU, 4 GiB Arbeitsspeicher, 40 GiB Festplatte",
      "2026-10-15T20:00:00.000Z Andere Domain: a.example, b.example",
      "2026-10-16T20:00:00.000Z Andere Ausstellung des TLS-Zertifikats: vom Auftraggeber beigestellt",
    ]);
  });

  test("that an order of the month asked for are told there, once, with the instant", () => {
    const orders = [
      order("2026-10-05", "branding.primaryColor"),
      order("2026-10-06", "release"),
      order("2026-10-20", "size.cpus"),
      order("2026-10-25", "citizens.modules.map"),
      order("2026-10-26", "links"),
    ];
    const size = { kind: "size", cpus: 4, memory: 4 * gib, disk: 40 * gib };
    expect(
      texts(orders, [
        applied("2026-10-06T08:00:00.000Z", {
          ...{ kind: "settings", keys: ["branding.primaryColor", "branding.textOnPrimary"] },
        }),
        applied("2026-10-12T20:00:00.000Z", { kind: "release", from: "4.1.7", to: "4.1.8" }),
        // Before it was ordered, so it is not that; the second time it is.
        applied("2026-10-19T20:00:00.000Z", { ...size, cpus: 3 }),
        applied("2026-10-21T20:00:00.000Z", size),
        applied("2026-10-27T08:00:00.000Z", { kind: "settings", keys: ["links.home", "links.privacy"] }),
        // Not ordered again.
        applied("2026-10-22T08:00:00.000Z", { kind: "settings", keys: ["branding.primaryColor"] }),
      ]),
    ).toEqual([
      "2026-10-05 Vorgabe des Auftraggebers: Hauptfarbe (branding.primaryColor), umgesetzt am 06.10.2026, 10:00:00 Uhr",
      "2026-10-06 Vorgabe des Auftraggebers: Release (release): ALLRIS net 4.1.8 (vorher 4.1.7), umgesetzt am 12.10.2026, 22:00:00 Uhr",
      "2026-10-06T08:00:00.000Z Geänderte Einstellungen: Schriftfarbe auf der Hauptfarbe (branding.textOnPrimary)",
      "2026-10-19T20:00:00.000Z Andere Größe des Servers: 3 CPUs, 4 GiB Arbeitsspeicher, 40 GiB Festplatte",
      "2026-10-20 Vorgabe des Auftraggebers: Größe des Servers (size.cpus): 4 CPUs, 4 GiB Arbeitsspeicher, 40 GiB Festplatte, umgesetzt am 21.10.2026, 22:00:00 Uhr",
      "2026-10-22T08:00:00.000Z Geänderte Einstellungen: Hauptfarbe (branding.primaryColor)",
      "2026-10-25 Vorgabe des Auftraggebers: Karte (citizens.modules.map)",
      "2026-10-26 Vorgabe des Auftraggebers: Verweise (links), umgesetzt am 27.10.2026, 09:00:00 Uhr",
    ]);
  });
});
