import { describe, expect, test } from "vitest";
import type { SlaReport } from "../../../model/report/sla-report.ts";
import { saysTheSame, whatChanged } from "../../../model/report/what-changed.ts";
import { sampleReports } from "../../support/sample-reports.ts";

function report(index: number): SlaReport {
  const found = sampleReports()[index];
  if (found === undefined) throw new Error(`there is no ${index}`);
  return found;
}

const met = (): SlaReport => report(0);
const open = (): SlaReport => report(2);

test("another domain of the site or another address of the provider corrects nothing; another contract does", () => {
  const before = met();
  const moved = {
    ...{ ...before, politicians: "Gremieninfo", inputHash: "" },
    provider: { ...before.provider, email: "neu@kuestenring.example" },
    tenant: { ...before.tenant, domain: "rat.hohenbrueck.example" },
  };
  expect(saysTheSame(before, moved)).toBe(true);
  const signed = { ...before, tenant: { ...before.tenant, contractNumber: "R-2026-099" } };
  expect(saysTheSame(before, signed)).toBe(false);
  expect(whatChanged(before, signed)).toEqual(["Angaben zu Verwaltung und Vertrag: geändert."]);
});

describe("a correction names", () => {
  const changesWith = (differs: Partial<SlaReport["serviceTimes"][0]>): readonly string[] => {
    const [st1, st2] = open().serviceTimes;
    const other = { ...open(), serviceTimes: [{ ...st1, ...differs }, st2] as const };
    return whatChanged(open(), other).map((text) => text.replaceAll("\u00a0", " "));
  };

  test("the figures of announced work", () => {
    expect(changesWith({ plannedSec: 7260, aboveQuotaSec: 60 })).toEqual([
      "Servicezeit 1, Ausfallzeit in Wartungsfenstern: 121 min 00 s statt 0 min 00 s.",
      "Servicezeit 1, über dem Freikontingent: 1 min 00 s statt 0 min 00 s.",
    ]);
  });

  test("what unmeasured time may have been, by either reading", () => {
    const { strict } = open().serviceTimes[0];
    const worse = { countedSec: 32460, availability: 0.973558 };
    expect(changesWith({ unknownAsDown: worse })).toEqual([
      "Servicezeit 1, Unterbrechung, wenn nicht gemessene Zeit ausgefallen wäre: 541 min 00 s statt 540 min 00 s.",
    ]);
    expect(changesWith({ strict: { ...strict, unknownAsDown: worse } })).toEqual([
      "Servicezeit 1, Verfügbarkeit nach der strengen Auslegung: 97,3558 % bis 100,0000 % statt 97,3490 % bis 100,0000 %.",
      "Servicezeit 1, Unterbrechung nach der strengen Auslegung: 0 min 00 s bis 541 min 00 s statt 0 min 00 s bis 540 min 00 s.",
    ]);
  });

  test("what counts once, where unmeasured time makes no difference", () => {
    const { availability } = open().serviceTimes[0];
    const [st1, st2] = open().serviceTimes;
    const same = (countedSec: number): SlaReport => ({
      ...open(),
      serviceTimes: [{ ...st1, countedSec, unknownAsDown: { countedSec, availability } }, st2],
    });
    expect(whatChanged(same(600), same(1200)).map((text) => text.replaceAll("\u00a0", " "))).toEqual([
      "Servicezeit 1, Unterbrechung der Betriebsfähigkeit: 20 min 00 s statt 10 min 00 s.",
    ]);
  });

  test("the window whose notice came back, and one that is told of no more", () => {
    const [window] = met().windows;
    if (window === undefined) throw new Error("no window in the sample");
    const { announcedAt: _, ...unproven } = window;
    const plain = (other: Partial<SlaReport>) =>
      whatChanged(met(), { ...met(), ...other }).map((text) => text.replaceAll("\u00a0", " "));
    const rest = met().windows.slice(1);
    expect(plain({ windows: [{ ...unproven, qualifies: false }, ...rest] })).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Wartungsfenster ${window.id}, .* Uhr bis .* Uhr: .*, ohne Nachweis: .*, bisher: .*versandt am .*`,
        ),
      ),
    ]);
    expect(plain({ windows: rest })).toEqual([
      expect.stringMatching(new RegExp(`^Wartungsfenster ${window.id}, .* entfällt; bisher: `)),
    ]);
  });

  test("no figure where none changed, and does not claim that none did", () => {
    expect(whatChanged(open(), { ...open(), inputHash: "" })).toEqual([
      "Angaben zu den Eingaben haben sich geändert.",
    ]);
  });
});
