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
import type { AdministrationMonth } from "../../../model/sla/administration-month.ts";
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
      return { months: [{ incidents } as unknown as AdministrationMonth], alarms: [], incidents: [] };
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
    await decide(matter.id, {
      ...{ stack: "lab", cause: "unplanned", reason: "Die Seite war leer", evidence: ["Bildschirmfoto"] },
      ...{ by: "Jan Beispiel", addsOutage: true },
    });
    const [file] = await files();
    expect(file).toMatchObject({ objection: { from: "Frau Sommer" }, decision: { addsOutage: true } });
  });
});
