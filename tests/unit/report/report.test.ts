import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../../lib/run.ts";
import type { Month } from "../../../model/berlin-time.ts";
import { noEvidence } from "../../../model/report/evidence.ts";
import { reportInstant, slaReport } from "../../../model/report/make-report.ts";
import { ruleText, targetsText } from "../../../model/report/report-words.ts";
import { slaCsv } from "../../../model/report/sla-csv.ts";
import { slaHtml } from "../../../model/report/sla-html.ts";
import type { ReportedShare, SlaReport } from "../../../model/report/sla-report.ts";
import type { IncidentRule } from "../../../model/sla/administration-month.ts";
import { sampleMonths } from "../../support/administration-months.ts";
import { fullEvidence, sampleScope } from "../../support/sample-evidence.ts";
import { sampleFiles, sampleReports } from "../../support/sample-reports.ts";

const golden = (name: string): string => join(import.meta.dirname, "golden", name);

/** What a reader sees of a page: without its head, its marks and hard spaces. */
function textOf(html: string): string {
  const body = html.slice(html.indexOf("<body>"));
  const plain = body
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
  return plain.replaceAll("\u00a0", " ").replaceAll(/\s+/g, " ");
}

function at<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new Error(`there is no ${index}`);
  return value;
}

const met = (): SlaReport => at(sampleReports(), 0);
const missed = (): SlaReport => at(sampleReports(), 1);
const open = (): SlaReport => at(sampleReports(), 2);

test.each([...sampleFiles().keys()])("%s is as it was", async (name) => {
  await expect(sampleFiles().get(name)).toMatchFileSnapshot(
    golden(name.replace(/\.(html|json)$/, ".$1.txt")),
  );
});

test("another language and time zone of the machine make the same bytes", async () => {
  const make = (TZ: string, LANG: string): Promise<string> =>
    run(process.execPath, [join(import.meta.dirname, "files-main.ts")], { env: { TZ, LANG, LC_ALL: LANG } });
  const [here, there] = await Promise.all([make("UTC", "C"), make("Pacific/Kiritimati", "tr_TR.UTF-8")]);
  const [one, other] = [JSON.parse(here), JSON.parse(there)];
  expect([one.zone, other.zone]).toEqual(["UTC", "Pacific/Kiritimati"]);
  expect(other.sums).toEqual(one.sums);
  expect(one.sums.length).toBe(10);
});

describe("the verdict", () => {
  test("stands in words, and beside it what was measured and what counts", () => {
    const text = textOf(slaHtml(missed()));
    expect(text).toContain("Die vereinbarte Betriebsfähigkeit wurde nicht eingehalten.");
    expect(text).toContain("Servicezeit 1 (täglich 7 bis 18 Uhr) 98,0000 % 97,4804 % nicht eingehalten");
    expect(text).toContain("Ausfallzeit, wie gemessen 515 min 30 s 241 min 00 s");
    expect(text).toContain("Unterbrechung der Betriebsfähigkeit 515 min 30 s 91 min 00 s");
    expect(text).toContain("keine, um 106 min 18 s überschritten");
  });

  test("that depends on unmeasured time is none, and nothing of it looks better than it may be", () => {
    const text = textOf(slaHtml(open()));
    expect(text).toContain("nicht bestimmbar: Es hängt von Zeiten ab, in denen nicht gemessen wurde");
    expect(text).toContain("97,3607 % bis 100,0000 %");
    expect(text).toContain("(0,0 % bis 132,0 %)");
    expect(text).toContain("28.10.2026, 08:00:00 Uhr 28.10.2026, 17:00:00 Uhr 540 min 00 s");
  });

  test("is provisional until the last week is over, and says when that is", () => {
    const first = at(sampleReports(Date.parse("2026-11-01T00:00:00+01:00")), 0);
    const text = textOf(slaHtml(first));
    expect(text).toContain("Bericht vorläufig");
    expect(text).toContain("endet erst am 02.11.2026, 00:00:00 Uhr");
    expect(text).not.toContain("Stand ");
    expect(textOf(slaHtml(met()))).toContain("Bericht endgültig");
    expect(textOf(slaHtml(met()))).not.toContain("vorläufig");
  });

  test("of a month that goes on says up to when it tells", () => {
    const half = at(sampleReports(Date.parse("2026-10-16T12:00:00+02:00")), 0);
    expect(textOf(slaHtml(half))).toContain("vorläufig, Stand 16.10.2026, 12:00:00 Uhr");
    expect(textOf(slaHtml(half))).toContain("Zwischenstand, der Monat läuft noch: Die vereinbarte");
    expect(textOf(slaHtml(met()))).not.toContain("Zwischenstand");
  });

  test("that the strict reading turns around is flagged, on no other report", () => {
    const flag = "Achtung: In diesem Monat kommt die strenge Auslegung zu einem anderen Ergebnis";
    const [month] = sampleMonths();
    if (month === undefined) throw new Error("no sample");
    const { result } = month;
    const harder = {
      ...result,
      readingsDiffer: true,
      strict: { ...result.strict, met: [true, false] as const },
    };
    const text = textOf(slaHtml(slaReport({ ...month, result: harder }, sampleScope())));
    expect(text).toContain(flag);
    expect(text).toContain("Servicezeit 2 570 min 00 s 97,6426 % nicht eingehalten");
    expect(textOf(slaHtml(met()))).not.toContain(flag);
  });
});

describe("incidents", () => {
  test("each has the rule that counted or excused it", () => {
    const texts = [met(), missed(), open()].map((report) => textOf(slaHtml(report))).join(" ");
    for (const rule of [
      "zählt: Ausfall von mindestens 5 Minuten",
      "zählt: länger als das Wartungsfenster",
      "zählt: Kurzausfall (unter 5 Minuten), aber mehr als 2 am Tag",
      "zählt nicht: Kurzausfall (unter 5 Minuten), höchstens 2 am Tag und 3 in der Woche",
      "geplante, angekündigte Arbeiten (Wartungsfenster 2026-10-06)",
      "zählt nicht: höhere Gewalt",
      "zählt nicht: Anweisung des Auftraggebers",
      "Entschieden am 05.10.2026, 11:00:00 Uhr von Erika Muster und Jan Beispiel",
      "zu spät: Ausfallzeit darin zählt wie ungeplante",
    ]) {
      expect(texts).toContain(rule);
    }
  });

  test("beside announced work say whether they overran it, came before it or were long anyway", () => {
    const share = (rule: IncidentRule, from: string, until: string): ReportedShare => ({
      ...{ rule, start: `2026-10-20T${from}Z`, end: `2026-10-20T${until}Z` },
      ...{ downSec: [0, 0], countedSec: [0, 0] },
    });
    const before = share("counts", "10:56:00", "11:00:00");
    const work = share("planned", "11:00:00", "12:00:00");
    const after = share("counts", "12:00:00", "12:04:59");
    const long = share("counts", "12:00:00", "12:05:00");
    const told = (own: ReportedShare): string =>
      ruleText(own, { ...at(met().incidents, 0), shares: [before, work, own] });
    expect(told(before)).toBe("zählt: Ausfall neben geplanten Arbeiten");
    expect(told(after)).toBe("zählt: länger als das Wartungsfenster");
    expect(told(long)).toBe("zählt: Ausfall von mindestens 5 Minuten");
  });

  test("come to the figures of the month with what lies above the quota", () => {
    for (const report of sampleReports()) {
      for (const index of [0, 1] as const) {
        const own = report.incidents.reduce((sum, { countedSec }) => sum + countedSec[index], 0);
        const { aboveQuotaSec, countedSec } = report.serviceTimes[index];
        expect(own + aboveQuotaSec).toBe(countedSec);
      }
    }
    expect(met().serviceTimes[1].aboveQuotaSec).toBe(9000);
  });

  test("that contradict the figures make no report", () => {
    const [month] = sampleMonths();
    if (month === undefined) throw new Error("no sample");
    const without = { ...month, incidents: month.incidents.slice(0, -2) };
    expect(() => slaReport(without, sampleScope())).toThrow(/come to .* s of ST1/);
  });

  test("while the clock goes back say which hour it is", () => {
    const text = textOf(slaHtml(open()));
    expect(text).toContain("25.10.2026, 01:30:00 Uhr 25.10.2026, 03:30:00 Uhr");
    expect(text).toContain("Servicezeit 2 180 min 00 s");
  });
});

test("both ends of the range stand beside the strict reading and in the table", () => {
  const text = textOf(slaHtml(open()));
  expect(text).toContain(
    "Servicezeit 1 0 min 00 s bis 540 min 00 s 97,3490 % bis 100,0000 % nicht bestimmbar",
  );
  const rows = parseCsv(slaCsv(open()));
  const values = (name: string): readonly string[] | undefined =>
    rows.find((row) => row[1] === name)?.slice(4, 6);
  const worst = "wenn nicht gemessene Zeit ausgefallen wäre";
  expect(values(`Verfügbarkeit, ${worst}`)).toEqual(["97,3607", "99,2574"]);
  expect(values(`Unterbrechung, ${worst}`)).toEqual(["32400", "10800"]);
  expect(values(`Verfügbarkeit nach der strengen Auslegung, ${worst}`)).toEqual(["97,3490", "99,2574"]);
  expect(parseCsv(slaCsv(met())).some((row) => row[1]?.includes(worst))).toBe(false);
});

test("traffic that is counted at the edge says what its parts hold, and each day has its amount", () => {
  const [month] = sampleMonths();
  const { traffic } = fullEvidence;
  if (month === undefined || traffic === null) throw new Error("no sample");
  const edge = { ...fullEvidence, traffic: { ...traffic, countedAt: "edge" as const } };
  const sentence = "was der Rand des Netzes beim Webserver abgerufen hat";
  expect(textOf(slaHtml(slaReport(month, sampleScope(edge))))).toContain(sentence);
  expect(textOf(slaHtml(met()))).not.toContain(sentence);
  expect(textOf(slaHtml(met()))).toContain("01.10.2026 0,33 GB 02.10.2026 nicht gemessen");
});

test("what could not be read is said to be not measured, in all four parts", () => {
  const text = textOf(slaHtml(missed()));
  for (const part of ["Datenverkehr", "Datensicherungen", "Tests", "Änderungen"]) {
    expect(text).toContain(`${part}: nicht gemessen. Die Angaben lagen nicht vor`);
  }
  expect(slaCsv(missed()).match(/;nicht gemessen;;;;;;;/g)?.length).toBe(4);
});

test("the input's checksum changes with any input, and not with the number of the report", () => {
  const [month] = sampleMonths();
  if (month === undefined) throw new Error("no sample");
  const base = met().inputHash;
  const other = slaReport(month, sampleScope(noEvidence)).inputHash;
  const named = slaReport({ ...month, inputHash: "0".repeat(64) }, sampleScope()).inputHash;
  const correction = { number: 2, changes: ["Die Störung vom 15.10.2026 zählt nicht mehr."] };
  const corrected = slaReport(month, { ...sampleScope(), correction });
  expect(new Set([base, other, named]).size).toBe(3);
  expect(corrected.inputHash).toBe(base);
  expect(textOf(slaHtml(corrected))).toContain("Berichtigung Nr. 2 Dieser Bericht ersetzt den vorherigen");
});

test("a month is reported as of the instants at which it ended and became final", () => {
  const month = "2026-10" as Month;
  const instant = (text: string): string => new Date(reportInstant(month, Date.parse(text))).toISOString();
  expect(instant("2026-10-20T10:00:00Z")).toBe("2026-10-20T10:00:00.000Z");
  expect(instant("2026-11-01T08:00:00Z")).toBe("2026-10-31T23:00:00.000Z");
  expect(instant("2026-11-01T23:00:00Z")).toBe("2026-11-01T23:00:00.000Z");
  expect(instant("2027-05-01T00:00:00Z")).toBe("2026-11-01T23:00:00.000Z");
});

describe("text of anybody's", () => {
  const hostile = `<img src=x onerror="a()">&'=1+1;"\n2`;
  const spoiled = (): SlaReport => {
    const swap = (_: string, value: unknown): unknown =>
      typeof value === "string" && /[a-zäöü]{4} [A-Za-zäöü]/.test(value) ? hostile : value;
    return JSON.parse(JSON.stringify(missed()), swap);
  };

  test("is text in the page", () => {
    const html = slaHtml(spoiled());
    expect(html).not.toContain("<img");
    expect(html).toContain("&#60;img src=x onerror=&#34;a()&#34;&#62;&#38;&#39;=1+1;");
  });

  test("stays one field of the table and is no formula", () => {
    const rows = parseCsv(slaCsv({ ...spoiled(), tenant: { ...spoiled().tenant, name: "=HYPERLINK(1)" } }));
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([9]));
    expect(rows.flat().some((field) => field.includes(hostile))).toBe(true);
    expect(rows[1]?.at(-1)).toBe("'=HYPERLINK(1)");
    expect(rows.flat().filter((field) => /^[=+@]/.test(field))).toEqual([]);
  });
});

/** RFC 4180 with semicolons. */
function parseCsv(text: string): readonly (readonly string[])[] {
  expect(text.startsWith("\uFEFF")).toBe(true);
  const rows: string[][] = [[]];
  const fields = /("(?:[^"]|"")*"|[^;\r\n"]*)(;|\r\n|$)/gy;
  for (const [, field = "", end] of text.slice(1).matchAll(fields)) {
    rows.at(-1)?.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end === "\r\n") rows.push([]);
    if (end === "") break;
  }
  return rows.filter((row) => row.length > 1);
}

test("what did not answer is called what readers know it by", () => {
  expect(targetsText(["citizens", "politicians", "tls"], "Gremieninfo")).toBe(
    "Bürgerinfo, Gremieninfo, TLS-Zertifikat",
  );
});
