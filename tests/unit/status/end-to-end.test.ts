import { cpSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyFolder } from "../../../cli/measurements/verify.ts";
import { readStatusInputs, type StatusSources } from "../../../cli/status/status-inputs.ts";
import { announce } from "../../../cli/window/announce.ts";
import { monthOf, wallClock } from "../../../model/berlin-time.ts";
import { germanInstant } from "../../../model/german.ts";
import type { MeasurementRecord } from "../../../model/measurement/record.ts";
import { slaReport } from "../../../model/report/make-report.ts";
import { slaHtml } from "../../../model/report/sla-html.ts";
import type { AdministrationMonth } from "../../../model/sla/administration-month.ts";
import { statusHtml } from "../../../model/status/page-html.ts";
import { type StatusPage, sitePage } from "../../../model/status/status-page.ts";
import { MailServer } from "../../support/mail-server.ts";
import { sampleScope } from "../../support/sample-evidence.ts";
import { ProberScene } from "../guest/prober-scene.ts";
import { WindowScene } from "../window/scene.ts";

// A real prober asks a real web server by a clock of its own, on which eight seconds pass in one; a real mail server takes
// the notice of a window eight days ahead of the machine's clock. What the log, the incidents, the status page and the
// report then say of the same half hour has to be the same, and right.
const id = "hohenbrueck";
const minute = 60_000;
const speed = 8;
/** Seconds of its clock that an answer may take: on a busy machine even a server next door takes long. */
const timeoutSec = 14;

let mail: MailServer;
let farm: WindowScene;
let prober: ProberScene;
/** The window's begin and end. */
let window: { readonly start: number; readonly end: number };
let sources: StatusSources;
let month: AdministrationMonth;
/** The instant of the last sign of life, at which everything is looked at. */
let at: number;

const instantOf = ({ at: text }: MeasurementRecord): number => Date.parse(text);
const last = (): number => Math.max(...prober.records().map(instantOf));
const pass = (minutes: number): Promise<void> => sleep((minutes * minute) / speed);
const citizens = (records: readonly MeasurementRecord[]) =>
  records.flatMap((record) =>
    record.kind === "probe" && record.target === "citizens"
      ? [`${record.ok ? "yes" : "no"} ${record.run}`]
      : [],
  );

/** The site does not answer for so many minutes of the prober's. */
async function stopSite(minutes: number): Promise<void> {
  const before = citizens(prober.records()).length;
  prober.shut();
  await pass(minutes);
  await prober.listen();
  await prober.until("the site is seen again", (records) => {
    const since = citizens(records).slice(before);
    return since.includes("no 2") && since.at(-1) === "yes 1";
  });
}

/** Begins at an instant of the prober's clock. */
function startProber(start: number): void {
  prober.clock({ speed, start });
  prober.start();
}

const alive = (count: number): Promise<unknown> => {
  const signs = (records: readonly MeasurementRecord[]) =>
    records.filter(({ kind }) => kind === "alive").length;
  const before = signs(prober.records());
  return prober.until(`${count} signs of life`, (records) => signs(records) >= before + count);
};

/** Hours until the clock in Berlin shows twelve and some minutes, more than a week ahead: no boundary is near. */
function hoursToNoon(): number {
  const ahead = 8 * 24;
  const { hour } = wallClock(new Date(Date.now() + ahead * 60 * minute));
  return ahead + ((36 - hour) % 24);
}

beforeAll(async () => {
  mail = await MailServer.start();
  farm = await WindowScene.make(mail);
  farm.writeTo(id, "rat@hohenbrueck.example");
  farm.writeWindow("winter", hoursToNoon(), { administrations: [id] });
  expect(await announce("winter", { calendar: false, yes: true }, farm)).toBe(0);
  const { start, end } = await farm.window("winter");
  window = { start: start.getTime(), end: end.getTime() };

  prober = new ProberScene();
  await prober.serve([`${id}.example`]);
  prober.write({ timeoutSec }, [prober.site(id)]);
  startProber(window.start - 18 * minute);
  await alive(1);
  await stopSite(2.5);
  await alive(2);
  await stopSite(6);
  await prober.until("the window is open", (records) => Math.max(...records.map(instantOf)) > window.start);
  await alive(1);
  await stopSite(3);
  await alive(2);
  // It dies, and begins anew four minutes later.
  await prober.end("SIGKILL");
  startProber(last() + 4 * minute);
  await alive(2);
  await prober.end();

  const measurements = join(prober.root, "measurements");
  cpSync(prober.log, join(measurements, prober.name), { recursive: true });
  expect(verifyFolder(measurements).logs.map(({ fault }) => fault)).toEqual([undefined]);
  at = instantOf(prober.records().findLast(({ kind }) => kind === "alive") as MeasurementRecord);
  const folder = farm.open.folder;
  sources = await readStatusInputs(await farm.open.load(), {
    ...{ stack: "lab", at: new Date(at), measurements, folder },
  });
  const found = input().months.find((each) => each.month === monthOf(new Date(at)));
  if (found === undefined) throw new Error("the month is missing");
  month = found;
  // Half an hour by its clock, and what a busy machine adds.
}, 600_000);

afterAll(async () => {
  await prober?.remove();
  farm?.remove();
  await mail?.stop();
});

function input() {
  const found = sources.inputs.find(({ tenant }) => tenant.id === id);
  if (found === undefined) throw new Error("the administration is missing");
  return found;
}

test("the incidents: a short outage, one that counts, one in the window; a dead prober is no outage", () => {
  expect(sources.alarms).toEqual([]);
  const told = month.incidents.map(({ start, end, targets, shares }) => ({
    minutes: ((end ?? Number.NaN) - start) / minute,
    targets,
    rules: [...new Set(shares.map(({ rule }) => rule))],
  }));
  expect(told.map(({ rules }) => rules)).toEqual([["short"], ["counts"], ["planned"]]);
  expect(told.map(({ targets }) => targets)).toEqual(told.map(() => ["citizens", "politicians"]));
  const [short = 0, long = 0, planned = 0] = told.map(({ minutes }) => minutes);
  expect(short).toBeLessThan(5);
  expect(long).toBeGreaterThanOrEqual(5);
  expect(planned).toBeGreaterThan(0);
  const counted = month.result.countedSec[0] + month.result.countedSec[1];
  expect(counted).toBe(long * 60);
  expect(month.result.plannedSec[0] + month.result.plannedSec[1]).toBe(planned * 60);
  expect(month.windows).toMatchObject([{ id: "winter", qualifies: true }]);
});

test("the four minutes without a prober are not measured: neither up nor down", () => {
  const [start, ...more] = prober
    .records()
    .filter(({ kind }) => kind === "start")
    .slice(1);
  if (start === undefined) throw new Error("it did not begin anew");
  expect(more).toEqual([]);
  const began = instantOf(start);
  const gap = month.unknown.find((span) => span.start < began - minute && began - minute < span.end);
  expect(gap).toBeDefined();
  const inGap = month.incidents.filter(
    ({ start: from, end = at }) => from < began && end > began - 3 * minute,
  );
  expect(inGap).toEqual([]);
});

test("the status page says the same of now, of the day, of the window and of what happened", () => {
  const page: StatusPage = sitePage(input(), "customer");
  expect(page.current).toMatchObject({ state: "up", window: { id: "winter" } });
  const sum = (kind: "outage" | "short" | "planned" | "excused"): number =>
    page.days.reduce((all, { sec }) => all + sec[kind], 0);
  const lengths = month.incidents.map(({ start, end = at }) => Math.ceil((end - start) / 1000));
  expect([sum("short"), sum("outage"), sum("planned"), sum("excused")]).toEqual([...lengths, 0]);
  const tellings = page.history.flatMap((entry) => (entry.kind === "incident" ? [entry] : []));
  expect(tellings.map(({ causes }) => causes)).toEqual([["planned"], ["outage"], ["short"]]);
  // The rest of the ninety days was never measured.
  expect(page.days.filter(({ level }) => level === "up")).toEqual([]);
  const html = statusHtml(page, "de");
  expect(html).toContain("<strong>Erreichbar</strong>");
  expect(html).toContain("Zurzeit läuft ein angekündigtes Wartungsfenster");
  expect(html).toContain("Kurzausfall (unter 5 Minuten)</td>");
  expect(html).toContain("Geplante, angekündigte Arbeiten</td>");
  for (const { start } of month.incidents) expect(html).toContain(germanInstant(start));
});

test("the report has the same incidents and does not take for up what nobody measured", () => {
  const html = slaHtml(slaReport(month, sampleScope()));
  for (const { start } of month.incidents) expect(html).toContain(germanInstant(start));
  expect(html).toContain("ALLRIS net 4.1.8");
  // Nobody measured the days before, and the report does not take them for up.
  expect(Math.max(...month.result.unknownSec)).toBeGreaterThan(0);
  expect(html).toContain("nicht gemessen");
});

test("while the site is down its page says so, in the window by what it is, and an hour later nothing", async () => {
  const scene = { stack: "lab", measurements: join(prober.root, "measurements"), folder: farm.open.folder };
  const loaded = await farm.open.load();
  const stateAt = async (instant: number) => {
    const { inputs } = await readStatusInputs(loaded, { ...scene, at: new Date(instant) });
    const own = inputs.find(({ tenant }) => tenant.id === id);
    if (own === undefined) throw new Error("the administration is missing");
    return sitePage(own, "public");
  };
  const [, long, planned] = month.incidents;
  const within = (incident: typeof long): number => (incident?.start ?? 0) + 100_000;
  const during = await stateAt(within(long));
  expect(during.current).toMatchObject({ state: "down", since: long?.start });
  expect(during.current).not.toHaveProperty("window");
  const working = statusHtml(await stateAt(within(planned)), "de");
  expect(working).toContain("Nicht erreichbar wegen geplanter, angekündigter Arbeiten");
  expect((await stateAt(at + 60 * minute)).current).toMatchObject({
    state: "unknown",
    measuredAt: Math.floor(at / 1000) * 1000,
  });
});
