import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { incidentRow } from "../../cli/incident/list.ts";
import type { MadePages } from "../../cli/status/make-pages.ts";
import { type Month, monthOf, wallClock } from "../../model/berlin-time.ts";
import type { StatusRow } from "../../model/foresight/status.ts";
import { germanInstant } from "../../model/german.ts";
import type { MeasurementRecord } from "../../model/measurement/record.ts";
import type { NoticeProof } from "../../model/notice-proof.ts";
import type { SlaReport } from "../../model/report/sla-report.ts";
import { provenUp, said } from "../support/prober-answers.ts";
import { project } from "../support/project.ts";
import { vmOf } from "../support/services.ts";
import { until } from "./own-lab.ts";
import { expectOne, reports, ServiceLevelScene, say, tenant } from "./service-level-scene.ts";

// What is promised to an administration, from its site to the report: a site, its monitoring, two probers at the edge and
// a mail server. First by everybody's own clock, then by one that the probers alone have, eight days ahead.
let scene: ServiceLevelScene;

const second = 1000;
const minute = 60 * second;

beforeAll(async () => {
  scene = await ServiceLevelScene.make();
}, 600_000);
afterAll(async () => {
  await scene?.remove();
});

type Row = ReturnType<typeof incidentRow>;

/** The status page as of an instant. */
async function pageAsOf(at: number) {
  const { out, alarms, administrations } = await scene.farm<MadePages>(
    ...["report", "status", "--no-provider", "--at", new Date(at).toISOString()],
  );
  expect(alarms).toEqual([]);
  const folder = join(out, "customer", expectOne(readdirSync(join(out, "customer"))));
  return {
    state: expectOne(administrations).state,
    page: readFileSync(join(folder, "index.html"), "utf8"),
  };
}

/** What everybody says of the month of an instant, as of that instant. */
async function tell(at: number) {
  const month: Month = monthOf(new Date(at));
  const asOf = ["--at", new Date(at).toISOString()];
  const { incidents, alarms } = await scene.farm<{ incidents: Row[]; alarms: string[] }>(
    ...["incident", "list", "-m", month, "--tenant", tenant, ...asOf],
  );
  const { administrations } = await scene.farm<{ administrations: StatusRow[] }>(
    ...["sla", "status", tenant, ...asOf],
  );
  const { state, page } = await pageAsOf(at);
  const made = await scene.farm<{ stage: string; administrations: { files: string[] }[] }>(
    ...["report", "sla", "-m", month, "-o", reports, "--tenant", tenant, ...asOf],
  );
  expect([alarms, made.stage]).toEqual([[], "running"]);
  const file = (ending: string): string =>
    readFileSync(expectOne(made.administrations).files.find((name) => name.endsWith(ending)) ?? "", "utf8");
  say("everybody has told");
  return {
    incidents,
    row: expectOne(administrations),
    state,
    page,
    report: JSON.parse(file(".json")) as SlaReport,
    html: file(".html"),
  };
}

const rulesOf = ({ shares }: Pick<Row, "shares">): readonly string[] => [
  ...new Set(shares.map(({ rule }) => rule)),
];
const secondsOf = ({ start, end }: Row): number => (Date.parse(end ?? "") - Date.parse(start)) / second;
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const last = (records: readonly MeasurementRecord[]): number => Date.parse(records.at(-1)?.at ?? "");

/** The last instant of which both logs prove something. */
async function proven(): Promise<number> {
  const logs = await scene.pull();
  const signs = logs.map((records) => Date.parse(records.findLast(({ kind }) => kind === "alive")?.at ?? ""));
  return Math.floor(Math.min(...signs) / second) * second;
}

test("six minutes by everybody's own clock: log, alert, mail, status page, budget and report agree", async () => {
  const whole = { citizens: "1", politicians: "1", tls: "1", version: "1", oparl: "1", dns: "1" };
  await until("the monitoring gets every answer", async () => {
    const found = await scene.monitoring.probes(tenant);
    return Object.entries(whole).every(([target, value]) => found[target] === value);
  });
  await scene.untilLogs("both probers have every answer", (records) => provenUp(records, 0));
  // Figures of windows alone: administrations have their names in alerts, and nothing is muted.
  await scene.farm("metrics", "--of", "windows", "--deliver");
  await until("nothing is wrong", async () => (await scene.alertStates("SiteDown")).length === 0);

  // The probers began before there was a site. Outages with less than a minute of answers between them are one (A9).
  const answers = (await scene.pull()).flat().filter(({ kind }) => kind === "probe");
  await sleep(Math.max(...answers.map(({ at }) => Date.parse(at))) + 75 * second - Date.now());
  await scene.site("stop");
  const stopped = Date.now();
  // On a slow machine the first mail may tell of one target alone, and the next one of all.
  await until("the operators are told of the Bürgerinfo", async () =>
    (await scene.told("SiteDown")).some(
      ({ what, text }) =>
        what === "Alarm SiteDown" && text.includes("Stadt Hohenbrück: Bürgerinfo antwortet nicht"),
    ),
  );
  say(`mail after ${((Date.now() - stopped) / second).toFixed(0)} s`);
  await until(
    "and that five minutes are near",
    async () => (await scene.told("OutageNearsLimit")).length > 0,
    200,
  );
  say(`second mail after ${((Date.now() - stopped) / second).toFixed(0)} s`);
  const during = await tell(await proven());
  expect([during.state, during.incidents.at(-1)?.end]).toEqual(["down", null]);
  expect(during.page).toContain("Nicht erreichbar");
  await sleep(stopped + 320 * second - Date.now());
  await scene.site("start");
  const back = Date.now();
  await scene.untilLogs("both see it again, and have proven it", (records) => provenUp(records, back));

  const { incidents, row, state, page, report, html } = await tell(await proven());
  const incident = incidents.at(-1);
  if (incident === undefined) throw new Error("the incident is missing");
  // A certificate that visitors refuse decides here, too.
  expect(incident.targets).toEqual(["citizens", "politicians", "tls"]);
  expect(rulesOf(incident)).toEqual(["counts"]);
  const start = Date.parse(incident.start);
  // As it was, give or take one question.
  expect(start - stopped).toBeGreaterThanOrEqual(-second);
  expect(start - stopped).toBeLessThan(26 * second);
  expect(Date.parse(incident.end ?? "") - back).toBeLessThan(26 * second);
  const lasted = secondsOf(incident);
  expect(lasted).toBeGreaterThan(300);
  // Whatever was before: the sites' first minutes were short, and all of them excused.
  expect(
    sum(incidents.flatMap(({ shares }) => shares).flatMap(({ rule, sec }) => (rule === "counts" ? sec : []))),
  ).toBe(lasted);
  expect(sum(row.budgets.map(({ usedSec }) => usedSec))).toBe(lasted);
  expect(sum(report.serviceTimes.map(({ countedSec }) => countedSec))).toBe(lasted);
  const reported = report.incidents.at(-1);
  expect(reported?.id).toBe(incident.id);
  expect([reported?.start, reported?.end].map((text) => Date.parse(text ?? ""))).toEqual([
    start,
    start + lasted * second,
  ]);
  expect(state).toBe("up");
  for (const shown of [page, html]) expect(shown).toContain(germanInstant(start));
  await until(
    "the all-clear is told",
    async () => (await scene.told("SiteDown")).at(-1)?.what === "Entwarnung SiteDown",
  );
}, 900_000);

/** Noon in Berlin more than a week ahead, in a minute that is whole: no boundary is near. */
function noonAhead(): number {
  const ahead = Date.now() + 8 * 24 * 60 * minute;
  const { hour } = wallClock(new Date(ahead));
  return Math.ceil((ahead + ((36 - hour) % 24) * 60 * minute) / minute) * minute;
}

/** Whether Bürgerinfo and Ratsinfo have been away so many times since the prober began last, and are there. */
function cameBack(records: readonly MeasurementRecord[], times: number): boolean {
  const since = records.slice(records.findLastIndex(({ kind }) => kind === "start"));
  return ["citizens", "politicians"].every((target) => {
    const answers = said(since, target);
    return answers.filter((each) => each === "no 2").length >= times && answers.at(-1) === "yes 1";
  });
}

test("work in an announced window is planned, and nobody is alarmed; a short outage before it is one", async () => {
  // Nobody is alarmed of the work, as of the first stop somebody was: only the window is another.
  const start = noonAhead();
  const id = "arbeitsspeicher";
  scene.writeWindow(id, start);
  const announced = await scene.farm<{ sent: { proof: NoticeProof }[] }>("window", "announce", id, "--yes");
  const { proof } = expectOne(announced.sent);
  expect(proof).toMatchObject({ tenant, outcome: "sent" });
  const letter = readFileSync(join(project, "maintenance", "notices", proof.letter));
  expect(createHash("sha256").update(letter).digest("hex")).toBe(proof.messageHash);
  const received = expectOne(await scene.mail.server.mailbox("ratsbuero@hohenbrueck.example", 1));
  expect(received).toContain(`<${proof.messageId}>`);
  const told = await pageAsOf(Math.max(Date.now(), Date.parse(String(proof.sentAt))));
  expect(told.page).toContain(germanInstant(start));
  await scene.farm("tenant", "resize", tenant, "--size", "medium");
  const { memory } = await vmOf(tenant);

  await scene.setClock(start - 8 * minute, 5);
  await scene.untilLogs("both answer by the other clock", (records) => cameBack(records, 0));
  await scene.site("stop");
  // Too short for the monitoring, which has no other clock.
  await sleep(minute / 5);
  await scene.site("start");
  await scene.untilLogs("both have seen it come and go", (records) => cameBack(records, 1));
  await scene.untilLogs("the window is open", (records) => last(records) > start + minute);

  const at = new Date(await proven()).toISOString();
  await scene.farm("metrics", "--of", "windows", "--deliver", "--at", at);
  await until(
    "Alertmanager knows the window",
    async () => (await scene.alertStates("WindowOpen")).length === 1,
  );
  const alarms = async (): Promise<number> =>
    (await scene.told("SiteDown")).filter(({ what }) => what === "Alarm SiteDown").length;
  const before = await alarms();
  await scene.upAt(at);
  expect((await vmOf(tenant))["memory"]).not.toEqual(memory);
  await scene.untilLogs("both have seen the machine come and go", (records) => cameBack(records, 2));
  await scene.site("stop");
  await until("the alert is kept back", async () =>
    (await scene.alertStates("SiteDown")).includes("suppressed"),
  );
  await sleep(15 * second);
  expect(await scene.alertStates("SiteDown")).not.toContain("active");
  await scene.site("start");
  await scene.untilLogs("both see it again", (records) => provenUp(records, 0));

  const { incidents, row, state, page, report, html } = await tell(await proven());
  const own = incidents.filter((each) => Date.parse(each.start) > start - 8 * minute);
  say(own.map((each) => `${rulesOf(each)} ${secondsOf(each)}`).join(", "));
  const [short, ...planned] = own;
  expect(short && [rulesOf(short), secondsOf(short) < 300]).toEqual([["short"], true]);
  expect(planned.length).toBeGreaterThanOrEqual(1);
  for (const each of planned) expect(rulesOf(each)).toEqual(["planned"]);
  // Answers between two stops that follow each other at once are no downtime, although both are one outage (A9).
  const used = sum(planned.flatMap(({ shares }) => shares.flatMap(({ sec }) => sec)));
  const [window] = report.windows;
  expect(window).toMatchObject({ id, qualifies: true, announcedAt: expect.any(String) });
  expect(used).toBeGreaterThan(0);
  expect(sum(window?.usedSec ?? [])).toBe(used);
  expect(sum(report.serviceTimes.map(({ plannedSec }) => plannedSec))).toBe(used);
  expect(sum(row.budgets.map(({ usedSec }) => usedSec))).toBe(
    sum(report.serviceTimes.map(({ countedSec }) => countedSec)),
  );
  expect(row.shortOutages).toMatchObject({ today: 1 });
  expect(state).toBe("up");
  expect(page).toContain("Zurzeit läuft ein angekündigtes Wartungsfenster");
  for (const each of own)
    for (const shown of [page, html]) expect(shown).toContain(germanInstant(Date.parse(each.start)));
  expect(await alarms()).toBe(before);
}, 600_000);
