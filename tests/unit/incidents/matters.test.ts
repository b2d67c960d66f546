import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { decideAbout } from "../../../cli/incident/decide.ts";
import { Matters } from "../../../cli/incident/matters.ts";
import { objection } from "../../../cli/incident/object.ts";
import type { IncidentScope } from "../../../cli/incident/scope.ts";
import { checkout } from "../../../lib/paths.ts";
import { loadIncidents } from "../../../loading/incidents.ts";
import { stateOf } from "../../../model/incidents/incident-file.ts";
import { sampleMonths } from "../../support/administration-months.ts";
import { farmOf } from "../model/window-fixtures.ts";

const start = Date.parse("2026-10-14T08:00:00Z");
const end = Date.parse("2026-10-14T09:00:00Z");
const measured = {
  ...{ id: "hohenbrueck-20261014T080000Z", tenant: "hohenbrueck", start, targets: [], symptoms: [] },
  ...{ decisions: [], shares: [] },
};

let scope: IncidentScope;
let folder: string;
let goesOn: boolean;

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), "farm-incidents-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  symlinkSync(join(checkout, "model"), join(root, "model"));
  symlinkSync(join(checkout, "lib"), join(root, "lib"));
  folder = join(root, "incidents");
  goesOn = false;
  const at = "2026-10-15T09:00:00+02:00";
  const farm = farmOf({ at });
  scope = {
    farm,
    at: new Date(at),
    matters: new Matters(["hohenbrueck"], folder),
    months: async () => {
      const incidents = [goesOn ? measured : { ...measured, end }];
      return {
        months: sampleMonths()
          .slice(0, 1)
          .map((month) => ({ ...month, incidents })),
        alarms: [],
        incidents: [],
      };
    },
  };
});

const said = {
  stack: "lab",
  cause: "force-majeure",
  reason: "Blitzschlag im Umspannwerk",
  evidence: ["Mitteilung des Netzbetreibers"],
} as const;

async function decide(id: string, options: Parameters<typeof decideAbout>[2]) {
  const matter = await decideAbout(scope, id, options);
  scope.matters.write(matter);
  return matter;
}

const files = () => loadIncidents(folder, ["hohenbrueck"]);

describe("./farm incident decide", () => {
  test("one person's word waits, another's completes it, the same person's does not", async () => {
    const id = measured.id.toLowerCase();
    await decide(measured.id, { ...said, by: "Erika Muster" });
    expect((await files()).map(stateOf)).toEqual(["needs a second person"]);
    await expect(decide(id, { stack: "lab", by: " erika  MUSTER" })).rejects.toThrow(/decided this already/);
    await decide(id, { stack: "lab", by: "Jan Beispiel", evidence: ["Protokoll der Leitstelle"] });
    const [file] = await files();
    expect(file && stateOf(file)).toBe("decided");
    expect(file?.decision).toMatchObject({
      ...{ cause: "force-majeure", reason: said.reason, start, end },
      approvedBy: ["Erika Muster", "Jan Beispiel"],
      evidence: ["Mitteilung des Netzbetreibers", "Protokoll der Leitstelle"],
    });
  });

  test("a second person never changes the stretch or the reason that the first one's name stands under", async () => {
    const id = measured.id.toLowerCase();
    await decide(measured.id, { ...said, by: "Erika Muster" });
    const second = { stack: "lab", by: "Jan Beispiel" };
    for (const other of [
      { start: "2026-10-14T09:00:00+02:00" },
      { end: "2026-10-14T23:00:00+02:00" },
      { reason: "Hochwasser" },
    ]) {
      await expect(decide(id, { ...second, ...other })).rejects.toThrow(
        /The first person decided about another/,
      );
    }
    expect((await files())[0]?.decision).toMatchObject({ start, end, approvedBy: ["Erika Muster"] });
    // The same instant in another spelling is the same stretch.
    const both = await decide(id, { ...second, end: "2026-10-14T09:00:00Z", reason: said.reason });
    expect(both.decision?.approvedBy).toEqual(["Erika Muster", "Jan Beispiel"]);
  });

  test("who sees another cause says why, and about which stretch; the first one's name goes", async () => {
    const id = measured.id.toLowerCase();
    await decide(measured.id, { ...said, by: "Erika Muster" });
    const other = { stack: "lab", cause: "customer-instruction", by: "Jan Beispiel" } as const;
    await expect(decide(id, other)).rejects.toThrow(/--reason, --evidence/);
    const matter = await decide(id, { ...other, reason: "Auftrag 4711", evidence: ["Brief"] });
    expect(matter.decision).toMatchObject({ approvedBy: ["Jan Beispiel"], evidence: ["Brief"] });
  });

  test("a name written with and without a space is one person", async () => {
    await decide(measured.id, { ...said, by: "Erika Muster" });
    await expect(decide(measured.id, { stack: "lab", by: "ErikaMuster" })).rejects.toThrow(/decided this/);
    await expect(decide(measured.id, { stack: "lab", by: "Dr. E. Muster" })).rejects.toThrow(
      /E. Muster may be Erika Muster, who has decided this/,
    );
  });

  test("what a rule asks is no reason: its words name others; what a person proposes is taken over", async () => {
    const proposal = {
      cause: "force-majeure",
      reason: "Gemeinsame Ursache zu prüfen: 2 von 3 Verwaltungen des Pools A fielen gleichzeitig aus",
      evidence: ["auental-20261014T080000Z"],
      at: "2026-10-14T12:00:00+02:00",
    } as const;
    const about = { start: "2026-10-14T10:00:00+02:00", end: "2026-10-14T11:00:00+02:00" };
    const write = (id: string, by: string) =>
      scope.matters.write({ id, tenant: "hohenbrueck", ...about, proposal: { ...proposal, by } });
    write("gemeinsam", "rule: many sites of one pool");
    const bare = { stack: "lab", by: "Erika Muster" };
    await expect(decide("gemeinsam", bare)).rejects.toThrow(/--reason, --evidence/);
    const { reason, evidence } = said;
    expect((await decide("gemeinsam", { ...bare, reason, evidence })).decision).toMatchObject({
      ...{ cause: "force-majeure", reason, evidence },
    });
    write("vorschlag", "Jan Beispiel");
    expect((await decide("vorschlag", bare)).decision).toMatchObject({ reason: proposal.reason });
  });

  test("a file that is none is named with its field", async () => {
    scope.matters.write(await decideAbout(scope, measured.id, { ...said, by: "Erika Muster" }));
    const path = join(folder, `${measured.id.toLowerCase()}.ts`);
    writeFileSync(path, readFileSync(path, "utf8").replace(/approvedBy: \[[^\]]*\]/, "approvedBy: 7"));
    await expect(decide(measured.id, { stack: "lab", by: "Jan Beispiel" })).rejects.toThrow(/approvedBy/);
  });

  test("a decision that has its effect stays; another one gets a file of its own", async () => {
    await decide(measured.id, { ...said, cause: "unplanned", by: "Erika Muster" });
    const before = readFileSync(join(folder, `${measured.id.toLowerCase()}.ts`), "utf8");
    const again = await decide(measured.id, { ...said, by: "Jan Beispiel" });
    expect(again.id).toBe(`${measured.id.toLowerCase()}-2`);
    expect(readFileSync(join(folder, `${measured.id.toLowerCase()}.ts`), "utf8")).toBe(before);
    expect(await files()).toHaveLength(2);
  });

  test("of an outage that goes on, only a part can be decided", async () => {
    goesOn = true;
    await expect(decide(measured.id, { ...said, by: "Erika Muster" })).rejects.toThrow(/goes on/);
    const part = await decide(measured.id, { ...said, by: "Erika Muster", end: "2026-10-14T10:30:00+02:00" });
    expect(part.end).toBe("2026-10-14T10:30:00+02:00");
  });

  test("nothing is decided ahead of its time", async () => {
    goesOn = true;
    const ahead = { ...said, by: "Erika Muster", end: "2026-10-16T00:00:00+02:00" };
    await expect(decide(measured.id, ahead)).rejects.toThrow(/must not be after the decision/);
  });

  test("needs its cause, its reason and what proves it, and an incident that there is", async () => {
    await expect(decide(measured.id, { stack: "lab", by: "Erika Muster" })).rejects.toThrow(
      /--cause, --reason, --evidence/,
    );
    await expect(decide("nichts", { ...said, by: "Erika Muster" })).rejects.toThrow(
      /There is no incident nichts/,
    );
    await expect(decide("../tenants/x", { ...said, by: "E" })).rejects.toThrow(/no name of an incident/);
  });

  test("never writes over comments", async () => {
    await decide(measured.id, { ...said, by: "Erika Muster" });
    const path = join(folder, `${measured.id.toLowerCase()}.ts`);
    writeFileSync(path, `// Rücksprache mit dem Netzbetreiber läuft\n${readFileSync(path, "utf8")}`);
    await expect(decide(measured.id, { stack: "lab", by: "Jan Beispiel" })).rejects.toThrow(/comments/);
  });
});

describe("./farm incident object", () => {
  test("begins a matter without effect, which a decision upholds", async () => {
    const options = {
      ...{ stack: "lab", from: "Frau Sommer", claim: "Ratsinfo zeigte eine leere Seite" },
      ...{ start: "2026-10-12T10:00:00+02:00", end: "2026-10-12T10:20:00+02:00" },
    };
    const matter = objection(scope, "hohenbrueck", options);
    scope.matters.write(matter);
    expect(matter.id).toBe("hohenbrueck-20261012-einspruch");
    expect(objection(scope, "hohenbrueck", options).id).toBe("hohenbrueck-20261012-einspruch-2");
    // Half past midnight in Berlin is the day before by UTC.
    const night = { start: "2026-10-13T00:30:00+02:00", end: "2026-10-13T00:40:00+02:00" };
    expect(objection(scope, "hohenbrueck", { ...options, ...night }).id).toBe(
      "hohenbrueck-20261013-einspruch",
    );
    await decide(matter.id, {
      ...{ stack: "lab", cause: "unplanned", reason: "Die Seite war leer", evidence: ["Bildschirmfoto"] },
      ...{ by: "Jan Beispiel", addsOutage: true },
    });
    const [file] = await files();
    expect(file).toMatchObject({ objection: { from: "Frau Sommer" }, decision: { addsOutage: true } });
    // Taken back by a matter of its own, which a second person completes.
    const back = await decide(matter.id, {
      ...{ stack: "lab", cause: "unplanned", reason: "Es war ein Test", evidence: ["Mail von Frau Sommer"] },
      by: "Erika Muster",
    });
    expect(back).toMatchObject({ id: `${matter.id}-2`, decision: { approvedBy: ["Erika Muster"] } });
    await expect(decide(back.id, { stack: "lab", by: "E. Muster" })).rejects.toThrow(/has decided this/);
    const second = await decide(back.id, { stack: "lab", by: "Jan Beispiel" });
    expect(second.id).toBe(back.id);
    expect(second.decision?.approvedBy).toEqual(["Erika Muster", "Jan Beispiel"]);
  });
});
