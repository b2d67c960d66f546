import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCustomerDrill, signerOf, writeDrill } from "../../../cli/drill-record.ts";
import { type DrillDraft, type DrillRecord, isUnchanged, signDrill } from "../../../model/drill.ts";

const good = { check: "data", good: true, detail: "14 files as before" };

function draft(differs: Partial<DrillDraft> = {}): DrillDraft {
  return {
    kind: "failover",
    lab: false,
    stack: "prod",
    subject: "xcp-nord-2",
    method: "the operator pulled the host",
    startedAt: new Date("2026-11-26T04:10:00.250Z"),
    endedAt: new Date("2026-11-26T04:12:00Z"),
    by: "Erika Muster",
    sites: [
      {
        tenant: "hohenbrueck",
        domain: "ratsinfo.hohenbrueck.example",
        moments: [{ what: "host dead seen", at: "2026-11-26T04:10:31.000Z" }],
        durations: [{ name: "detection", seconds: 30.75 }],
        checks: [good],
      },
    ],
    ...differs,
  };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-drill-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the record of a drill", () => {
  test("is written as JSON and as a page, under a name that says what it was", () => {
    const { record, jsonFile, pageFile } = writeDrill(draft(), folder);
    expect(record).toMatchObject({
      id: "failover-20261126T041000Z-xcp-nord-2",
      outcome: "passed",
      signedOff: { by: "Erika Muster", at: "2026-11-26T04:12:00.000Z" },
    });
    expect(JSON.parse(readFileSync(jsonFile, "utf8"))).toEqual(record);
    const page = readFileSync(pageFile, "utf8");
    expect(page).toContain("| detection | 30.8 |");
    expect(page).toContain("Erika Muster, 2026-11-26T04:12:00.000Z");
    expect(page).not.toContain("Lab");
  });

  test("passed only when something was checked on every site, and all of it was good", () => {
    const [site] = draft().sites;
    if (site === undefined) throw new Error("no site");
    const outcome = (sites: DrillDraft["sites"]): string => signDrill(draft({ sites })).outcome;
    expect(outcome([])).toBe("failed");
    expect(outcome([site, { ...site, checks: [] }])).toBe("failed");
    expect(outcome([site, { ...site, checks: [good, { ...good, good: false }] }])).toBe("failed");
    expect(outcome([site, site])).toBe("passed");
  });

  test("text from outside cannot leave its cell", () => {
    const check = { check: "a | b", good: true, detail: "one\n# two" };
    const [site] = draft().sites;
    const { pageFile } = writeDrill(draft({ sites: [{ ...site, checks: [check] } as never] }), folder);
    expect(readFileSync(pageFile, "utf8")).toContain("| a \\| b | good | one # two |");
  });

  test("a change after the signature is seen, the order of its keys does not matter", () => {
    const record = signDrill(draft());
    const turned = Object.fromEntries(Object.entries(record).reverse()) as unknown as DrillRecord;
    expect(isUnchanged(turned)).toBe(true);
    expect(isUnchanged({ ...record, subject: "xcp-nord-3" })).toBe(false);
    expect(isUnchanged({ ...record, signedOff: { ...record.signedOff, by: "Otto" } })).toBe(false);
  });
});

describe("a customer's report", () => {
  test("takes a drill on the real farm", () => {
    const { jsonFile, record } = writeDrill(draft(), folder);
    expect(readCustomerDrill(jsonFile)).toEqual(record);
  });

  test("refuses the lab's, whose page says so at the top", () => {
    const { jsonFile, pageFile } = writeDrill(draft({ lab: true }), folder);
    expect(readFileSync(pageFile, "utf8").split("\n")[2]).toContain("**Lab.**");
    expect(() => readCustomerDrill(jsonFile)).toThrow(
      /Seconds of the lab never appear in a customer's report[\s\S]*failover-20261126T041000Z-xcp-nord-2/,
    );
  });

  test("refuses a record of the lab that was made to look like another, and one that does not say", () => {
    const { jsonFile, record } = writeDrill(draft({ lab: true }), folder);
    writeFileSync(jsonFile, JSON.stringify({ ...record, lab: false }));
    expect(() => readCustomerDrill(jsonFile)).toThrow(/changed after it was signed off/);
    const { lab: _, ...silent } = record;
    writeFileSync(jsonFile, JSON.stringify(silent));
    expect(() => readCustomerDrill(jsonFile)).toThrow(/Seconds of the lab/);
  });

  test("refuses what is no record", () => {
    const file = join(folder, "x.json");
    writeFileSync(file, "{}");
    expect(() => readCustomerDrill(file)).toThrow(/no record of a drill/);
    writeFileSync(file, "{");
    expect(() => readCustomerDrill(file)).toThrow(/cannot be read/);
  });
});

describe("who signs", () => {
  test("is a name, of one line", () => {
    expect(signerOf(" Erika Muster ")).toBe("Erika Muster");
    for (const wrong of [undefined, "", "  ", "a\nb"]) expect(() => signerOf(wrong)).toThrow(/--by/);
  });
});
