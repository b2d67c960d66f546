import type { Letter } from "../../lib/mail/letter.ts";
import { whichOfTwo } from "../german.ts";
import {
  monthlyQuota,
  type Seconds,
  type ServiceTime,
  type Stretch,
  serviceTimes,
  showMinutes,
} from "../quota.ts";
import type { Provider } from "../settings.ts";
import type { Tenant } from "../tenant.ts";
import { expectedOutage, type MaintenanceWindow } from "../window.ts";
import type { Meeting } from "./calendar.ts";
import type { MonthCost } from "./cost.ts";

/** What the notice of a window says to one administration. */
export interface NoticeContent {
  readonly window: MaintenanceWindow;
  readonly tenant: Pick<Tenant, "name" | "domain" | "allrisnet">;
  readonly provider: Provider;
  readonly costs: readonly MonthCost[];
  readonly meetings: readonly Meeting[];
  /** Whether an earlier notice spoke of other times. */
  readonly changed: boolean;
}

const kinds = { "technical-change": "Technische Veränderung", maintenance: "Wartungsarbeiten" } as const;

const times: Readonly<Record<ServiceTime, string>> = {
  ST1: "Servicezeit 1 (7 bis 18 Uhr)",
  ST2: "Servicezeit 2 (18 bis 7 Uhr)",
};

const zone = { timeZone: "Europe/Berlin" } as const;
const dayFormat = new Intl.DateTimeFormat("de-DE", { ...zone, dateStyle: "full" });
const shortDayFormat = new Intl.DateTimeFormat("de-DE", {
  ...zone,
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
});
const timeFormat = new Intl.DateTimeFormat("de-DE", { ...zone, hour: "2-digit", minute: "2-digit" });
const monthFormat = new Intl.DateTimeFormat("de-DE", { timeZone: "UTC", month: "long", year: "numeric" });

/** Subject and text of the notice, in German; the same content always gives the same text. */
export function noticeText(content: NoticeContent): Pick<Letter, "subject" | "text"> {
  const { window, tenant, provider, costs, meetings, changed } = content;
  const word = changed ? "Geänderte Ankündigung" : "Ankündigung";
  const paragraphs = [
    "Sehr geehrte Damen und Herren,",
    changed
      ? `das angekündigte Wartungsfenster für https://${tenant.domain} (${tenant.name}) hat neue Zeiten. Diese Ankündigung tritt an die Stelle der früheren:`
      : `hiermit kündigen wir für https://${tenant.domain} (${tenant.name}) geplante Arbeiten an:`,
    table([
      ["Art", kinds[window.kind]],
      ["Anlass", window.reason],
      ["Beginn", momentText(window.start)],
      ["Ende", momentText(window.end)],
      ["Voraussichtliche Ausfallzeit", durationText(expectedOutage(window))],
      ["Kennung", window.id],
    ]),
    quotaText(costs),
    ...(meetings.length === 0 ? [] : [meetingsText(meetings)]),
    `Während der Arbeiten ${presentationsText(tenant)} zeitweise nicht erreichbar sein. Passt Ihnen der Termin nicht, antworten Sie bitte auf diese E-Mail.`,
    "Mit freundlichen Grüßen",
    `${provider.name}\n${provider.address}\n${provider.email}`,
  ];
  const text = paragraphs.map(fold).join("\n\n");
  return {
    subject: `${word}: ${kinds[window.kind]} für ${tenant.domain} am ${shortDayFormat.format(window.start)}`,
    text: `${text}\n`,
  };
}

function presentationsText({ allrisnet }: Pick<Tenant, "allrisnet">): string {
  const { citizens, politicians } = allrisnet;
  const names = [
    citizens.enabled ? ["Bürgerinfo"] : [],
    politicians.enabled ? [politicians.label] : [],
  ].flat();
  return `${names.length === 1 ? "kann" : "können"} ${names.join(" und ") || "Bürgerinfo und Ratsinfo"}`;
}

function quotaText(costs: readonly MonthCost[]): string {
  const lines = costs.flatMap(({ month, own, others, above }) =>
    serviceTimes.filter((time) => own[time] > 0).map((time) => lineOf(month, time, { own, others, above })),
  );
  const rule =
    "Angekündigte Arbeiten sind bis zum monatlichen Freikontingent keine Unterbrechung der Betriebsfähigkeit. Mit diesem Wartungsfenster sind voraussichtlich verplant:";
  return [rule, ...lines].join("\n");
}

function lineOf(
  month: string,
  time: ServiceTime,
  { own, others, above }: Readonly<Record<"own" | "others" | "above", Seconds>>,
): string {
  const name = monthFormat.format(new Date(`${month}-01T00:00:00Z`));
  const sum = `${showMinutes(own[time] + others[time])} von ${showMinutes(monthlyQuota[time])} Minuten`;
  const part = others[time] > 0 ? `, davon ${showMinutes(own[time])} durch dieses` : "";
  const excess =
    above[time] > 0 ? `; ${showMinutes(above[time])} Minuten darüber zählen als Ausfallzeit` : "";
  return `- ${name}, ${times[time]}: ${sum}${part}${excess}`;
}

function meetingsText(meetings: readonly Meeting[]): string {
  const lines = meetings.map(({ title, start, end }) => {
    const sameDay = dayFormat.format(start) === dayFormat.format(end);
    const until = sameDay ? clockText(end) : momentText(end);
    return `- ${title}, ${momentText(start)} bis ${until}`;
  });
  return ["Nach dem Sitzungskalender fällt in diese Zeit:", ...lines].join("\n");
}

/** "Dienstag, 8. Dezember 2026, 20:00 Uhr" */
function momentText(instant: Date): string {
  return `${dayFormat.format(instant)}, ${clockText(instant)}`;
}

/** "20:00 Uhr", of an hour that a day has twice "02:30 Uhr (MESZ)". */
function clockText(instant: Date): string {
  return `${timeFormat.format(instant)} Uhr${whichOfTwo(instant.getTime())}`;
}

/** "bis zu 30 Minuten", of three hours and more "bis zu 13 Stunden". */
function durationText({ start, end }: Stretch): string {
  const minutes = Math.ceil((end.getTime() - start.getTime()) / 60_000);
  if (minutes >= 180 && minutes % 60 === 0) return `bis zu ${minutes / 60} Stunden`;
  return `bis zu ${minutes} ${minutes === 1 ? "Minute" : "Minuten"}`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([heading]) => heading.length)) + 2;
  return rows.map(([heading, value]) => `${`${heading}:`.padEnd(width)}${value}`).join("\n");
}

/** Lines of at most 76 characters; what is one word, or set in columns, stays one line. */
function fold(paragraph: string): string {
  return paragraph.split("\n").flatMap(foldLine).join("\n");
}

function foldLine(line: string): readonly string[] {
  if (line.length <= 76 || /^[^\s:]+( [^\s:]+)?: /.test(line)) return [line];
  // An item of a list goes on under its text.
  const indent = line.startsWith("- ") ? "  " : "";
  const lines: string[] = [];
  for (const word of line.split(" ")) {
    const last = lines.pop();
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length > 76) lines.push(last, `${indent}${word}`);
    else lines.push(`${last} ${word}`);
  }
  return lines;
}
