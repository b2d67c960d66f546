import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../../lib/run.ts";
import { administrationMonth } from "../../../model/sla/months.ts";
import { difference } from "../../../model/sla/spans.ts";
import { pageFolder, statusFiles } from "../../../model/status/files.ts";
import { statusHtml } from "../../../model/status/page-html.ts";
import { statusJson } from "../../../model/status/status-json.ts";
import { type StatusPage, statusPageOf } from "../../../model/status/status-page.ts";
import { german } from "../../../model/status/words.ts";
import { sampleAt, sampleProvider, sampleStatus } from "../../support/status-pages.ts";

const golden = (name: string) => join(import.meta.dirname, "golden", name);
const key = "a".repeat(64);
const about = { at: sampleAt, provider: sampleProvider, key };

function pages(...audiences: Parameters<typeof sampleStatus>[0] & object): readonly StatusPage[] {
  return sampleStatus(audiences.length > 0 ? audiences : undefined).flatMap(
    (input) => statusPageOf(input) ?? [],
  );
}

// `vitest run -u` on this file writes them anew.
test("the pages of October say this, in both languages and for programs", async () => {
  const [open, own] = pages("public", "customer", "off");
  if (open === undefined || own === undefined) throw new Error("no pages");
  // Without a sign of its own the formatter would take them for its files.
  await expect(statusHtml(open, "de")).toMatchFileSnapshot(golden("public.de.html.txt"));
  await expect(statusHtml(own, "de")).toMatchFileSnapshot(golden("customer.de.html.txt"));
  await expect(statusHtml(own, "en")).toMatchFileSnapshot(golden("customer.en.html.txt"));
  await expect(statusJson(own)).toMatchFileSnapshot(golden("customer.json.txt"));
});

test("the same sources give the same bytes, whatever clock and language the machine has", async () => {
  // Node reads its language at its start alone.
  const make = (TZ: string, LANG: string): Promise<string> =>
    run(process.execPath, [join(import.meta.dirname, "files-main.ts")], { env: { TZ, LANG, LC_ALL: LANG } });
  const [berlin, far] = await Promise.all([
    make("Europe/Berlin", "de_DE.UTF-8"),
    make("Pacific/Kiritimati", "en_US.UTF-8"),
  ]);
  expect(far).toBe(berlin);
  expect(berlin).toBe(JSON.stringify(statusFiles(pages(), about)));
});

test("a presentation that is switched off is shown neither as reachable nor as down", () => {
  const [input] = sampleStatus();
  if (input === undefined) throw new Error("no sample");
  const { tenant } = input;
  const { citizens, politicians } = tenant.allrisnet;
  const labels = (on: { readonly citizens: boolean; readonly politicians: boolean }) => {
    const allrisnet = {
      ...tenant.allrisnet,
      citizens: { ...citizens, enabled: on.citizens },
      politicians: { ...politicians, enabled: on.politicians },
    };
    const page = statusPageOf({ ...input, tenant: { ...tenant, allrisnet } });
    return page?.current.presentations.map(({ label }) => label);
  };
  expect(labels({ citizens: true, politicians: true })).toEqual(["Bürgerinfo", politicians.label]);
  expect(labels({ citizens: true, politicians: false })).toEqual(["Bürgerinfo"]);
  expect(labels({ citizens: false, politicians: true })).toEqual([politicians.label]);
});

test("an incident over the first or the last midnight of a contract is told within it", () => {
  const [input] = sampleStatus();
  const october = input?.months[2];
  const [incident] = october?.incidents ?? [];
  if (input === undefined || october === undefined || incident === undefined) throw new Error("no sample");
  const start = Date.parse("2026-10-14T23:00:00+02:00");
  const midnight = Date.parse("2026-10-15T00:00:00+02:00");
  const end = Date.parse("2026-10-15T02:00:00+02:00");
  const told = (contract: object) => {
    const months = [{ ...october, incidents: [{ ...incident, start, end, shares: [] }], windows: [] }];
    const { tenant } = input;
    const page = statusPageOf({
      ...input,
      months,
      tenant: { ...tenant, contract: { ...tenant.contract, ...contract } },
    });
    return page?.history.map((entry) => entry.kind === "incident" && [entry.start, entry.end, entry.downSec]);
  };
  expect(told({})).toEqual([[start, end, 3 * 3600]]);
  expect(told({ liveFrom: "2026-10-15" })).toEqual([[midnight, end, 2 * 3600]]);
  expect(told({ endsOn: "2026-10-14" })).toEqual([[start, midnight, 3600]]);
  expect(told({ liveFrom: "2026-10-16" })).toEqual([]);
});

test("an incident of several months ends where the last of them sees its end", () => {
  const [input] = sampleStatus();
  const [september, october] = input?.months.slice(1) ?? [];
  const [incident] = october?.incidents ?? [];
  if (input === undefined || september === undefined || october === undefined || incident === undefined)
    throw new Error("no sample");
  const start = Date.parse("2026-09-29T10:00:00+02:00");
  // September looks eight days further, and sees it end there.
  const cut = { ...incident, id: "long", start, end: Date.parse("2026-10-09T00:00:00+02:00"), shares: [] };
  const told = (end: number | undefined) => {
    const { end: _, ...open } = cut;
    const whole = end === undefined ? open : { ...open, end };
    const months = [
      { ...september, incidents: [cut], windows: [] },
      { ...october, incidents: [whole], windows: [] },
    ];
    const page = statusPageOf({ ...input, months });
    return page?.history.map((entry) => entry.kind === "incident" && [entry.start, entry.end, entry.downSec]);
  };
  const end = Date.parse("2026-10-20T10:00:00+02:00");
  expect(told(end)).toEqual([[start, end, 21 * 86_400]]);
  expect(told(undefined)).toEqual([[start, undefined, (sampleAt - start) / 1000]]);
});

test("answers between two failures are no downtime: the page tells what the monthly report tells", () => {
  const [input] = sampleStatus();
  const october = input?.months[2];
  if (input === undefined || october === undefined) throw new Error("no sample");
  const start = Date.parse("2026-10-14T10:00:00+02:00");
  const down = [
    { start, end: start + 60_000 },
    { start: start + 105_000, end: start + 165_000 },
  ];
  const nothing = { partial: [], disputed: [], outside: [], tls: [] };
  const up = difference([{ start: Date.parse("2026-09-20"), end: sampleAt }], down);
  const month = administrationMonth({
    ...{ tenant: october.tenant, month: october.month, liveFrom: "2026-08-20", at: sampleAt },
    timeline: {
      ...{ up, down, ...nothing },
      failures: down.map((span) => ({ ...span, target: "citizens", prober: "east", reasons: ["no answer"] })),
    },
    ...{ decisions: [], windows: [], logs: [] },
  });
  expect(month.incidents.flatMap(({ shares }) => shares.map(({ rule }) => rule))).toEqual(["short", "short"]);
  const page = statusPageOf({ ...input, months: [month] });
  expect(page?.history).toMatchObject([{ start, end: start + 165_000, downSec: 120, causes: ["short"] }]);
  const day = page?.days.find(({ date }) => date === "2026-10-14");
  expect(day).toMatchObject({ level: "short", sec: { outage: 0, short: 120, up: 86_280 } });
});

test("only an outage that began in the window is said to be one of announced work", () => {
  const [page] = pages();
  if (page === undefined) throw new Error("no sample");
  const [start, end] = [sampleAt - 3_600_000, sampleAt + 3_600_000];
  const window = { id: "w", kind: "maintenance", reason: "Wartung", start, end } as const;
  const said = (since: number) =>
    statusHtml({ ...page, current: { ...page.current, state: "down", since, window } }, "de");
  expect(said(start)).toContain(german.downInWindow);
  expect(said(start - 1000)).not.toContain(german.downInWindow);
  expect(said(start - 1000)).toContain(`<strong>${german.states.down}</strong>`);
  expect(said(start - 1000)).toContain(german.inWindow);
});

test("where nothing was measured the page does not say that there was no outage", () => {
  const [input] = sampleStatus();
  const page = input && statusPageOf({ ...input, months: [], windows: [] });
  if (page === undefined) throw new Error("no page");
  expect(statusHtml(page, "de")).toContain("Keine gemessene Störung, keine angekündigten Arbeiten.");
  expect(statusHtml(page, "en")).toContain("No measured outage, no announced work.");
});

test("each page stands in its folder: public ones by name, customers' own where nobody finds them", () => {
  const paths = statusFiles(pages("public", "customer", "off"), about).map(({ path }) => path);
  const [own] = paths.filter((path) => path.startsWith("customer/"));
  expect(own).toMatch(/^customer\/[0-9a-f]{32}\/index\.html$/);
  const folder = own?.replace("/index.html", "");
  expect(paths).toEqual([
    ...["index.html", "en.html", "status.json"].map((file) => `public/${file}`),
    ...["index.html", "en.html", "status.json"].map((file) => `public/hohenbrueck/${file}`),
    ...["index.html", "en.html", "status.json"].map((file) => `${folder}/${file}`),
  ]);
  const [, customer] = pages("public", "customer", "off");
  if (customer === undefined) throw new Error("no page");
  expect(pageFolder(customer, key)).toBe(folder);
  // Another key gives other addresses, and no address says whose it is.
  expect(pageFolder(customer, "b".repeat(64))).not.toBe(folder);
  expect(folder).not.toContain(customer.id);
});

test("an administration whose file says off has no page, and is named nowhere", () => {
  const all = statusFiles(pages("public", "customer", "off"), about);
  expect(all.filter(({ text }) => /auental/i.test(text))).toEqual([]);
  expect(statusFiles(pages("off", "off", "off"), about).map(({ path }) => path)).toEqual([
    "public/index.html",
    "public/en.html",
    "public/status.json",
  ]);
});

test("the public list knows of public pages alone, and search engines of nothing else", () => {
  const all = statusFiles(pages("public", "customer", "customer"), about);
  const list = all.find(({ path }) => path === "public/index.html")?.text ?? "";
  expect(list).toContain('<a href="hohenbrueck/index.html">Stadt Hohenbrück</a>');
  expect(list).not.toMatch(/Seenplatte|Auental|customer/);
  for (const { path, text } of all.filter(({ path }) => path.endsWith(".html"))) {
    const hidden = text.includes('<meta name="robots" content="noindex, nofollow, noarchive">');
    expect([path, hidden]).toEqual([path, path.startsWith("customer/")]);
  }
  const none = statusFiles(pages("customer", "customer", "customer"), about);
  expect(none.find(({ path }) => path === "public/index.html")?.text).toContain(
    "Keine Verwaltung hat eine öffentliche Statusseite.",
  );
});
