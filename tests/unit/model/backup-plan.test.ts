import { describe, expect, it } from "vitest";
import { backupPlan } from "../../../model/backup-plan.ts";
import { neighbour, parse, publicKey, settings, tenant } from "./fixtures.ts";

function planOf(given: unknown = settings(), differs: object = {}): string {
  const farm = parse([tenant(differs), neighbour("auental", 12)], given);
  const [site] = farm.tenants.filter(({ id }) => id === "hohenbrueck");
  if (site === undefined) throw new Error("no tenant");
  return backupPlan({ tenant: site, farm, stack: "prod" });
}

describe("the Datensicherungsplan", () => {
  it("says what, when, where, how long, how protected and how restored (CON.3.A4)", () => {
    const plan = planOf();
    expect(plan).toMatch(/^# Datensicherungsplan: Stadt Hohenbrück\n/);
    for (const part of [
      "Gesichertes System",
      "Gesicherte Daten",
      "Verfahren und Zeitpunkt",
      "Aufbewahrung",
      "Sicherungsorte",
      "Schutz vor unbefugtem Zugriff und Überschreiben",
      "Wiederherstellung",
      "Prüfung der Wiederherstellbarkeit",
      "Eingesetzte Hardware",
      "Offene Punkte",
    ]) {
      expect(plan).toMatch(new RegExp(`^## \\d+ ${part}$`, "m"));
    }
    expect(plan).toContain(
      "| backup-rz2 | `nfs://backup.kuestenring.de:/allris` | RZ 2 | durch Xen Orchestra |",
    );
    expect(plan).toContain(
      "| iscsi | netapp | svm | /vol/a/lun0 | iscsi | RZ 1 | netapp-01, netapp-02 | ja | nein |",
    );
    expect(plan).toContain("./farm restore hohenbrueck -s prod --files <Pfad>");
    expect(plan).toContain("betrieb@kuestenring.de");
    expect(plan.endsWith("\n")).toBe(true);
    expect(plan).not.toMatch(/undefined|NaN|\[object/);
  });

  it("has every figure from the configuration", () => {
    const other = settings();
    other.backup.retention = { daily: 21, weekly: 3, monthly: 5 };
    other.backup.window = { from: "23:00", to: "01:00" };
    other.backup.concurrency = 7;
    const near = {
      ...other.backup.repositories["backup-rz2"],
      url: "nfs://nah.kuestenring.de:/a",
      location: "RZ 1",
    };
    const repositories = { ...other.backup.repositories, "backup-rz1": near };
    const plan = planOf({ ...other, backup: { ...other.backup, repositories } });
    expect(plan).toMatch(/täglich \| 21 Tage[\s\S]*wöchentlich \| 3 Wochen[\s\S]*monatlich \| 5 Monate/);
    expect(plan).toContain("23:00 bis 01:00 Uhr");
    expect(plan).toContain("höchstens 7 Sicherungen");
    expect(plan).toMatch(/Beginn (23:\d0|00:\d0) Uhr/);
    expect(plan).toContain("RZ 1 (derselbe wie die Produktivdaten)");
    const own = planOf(settings(), { backup: { retention: { daily: 30 } } });
    expect(own).toContain("| täglich | 30 Tage |");
  });

  it("names what is open instead of passing over it", () => {
    const { encryptionKeyVariable: _key, ...plain } = settings().backup.repositories["backup-rz2"];
    const other = settings();
    const plan = planOf({ ...other, backup: { ...other.backup, repositories: { "backup-rz2": plain } } });
    expect(plan).toContain("Sicherungsort „backup-rz2“ ist nicht verschlüsselt (CON.3.A13).");
    expect(plan).toContain("keine Quarantäne");
    const { nord } = settings().pools;
    const jump = { host: "quarantaene.kuestenring.de", port: 22, user: "jump", hostKey: publicKey };
    const quarantined = planOf({
      ...other,
      pools: { nord: { ...nord, quarantine: { nameLabel: "Quarantäne", jump } } },
    });
    expect(quarantined).toContain("Kopien laufen im Netz „Quarantäne“");
    expect(quarantined).not.toContain("keine Quarantäne");
  });
});
