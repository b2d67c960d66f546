import { germanDay, germanInstant, germanNumber, germanPart } from "../german.ts";
import { escapeHtml } from "../preview/text.ts";
import { dangerNames, metText, notMeasured } from "../report/report-words.ts";
import { berlinDay } from "../traffic-calendar.ts";
import { frame, pageFiles, time } from "./html.ts";
import { type PrivateFacts, wantsAttention } from "./private-facts.ts";
import type { ProviderPage, ProviderRow } from "./provider-page.ts";
import { german } from "./words.ts";

const headings = [
  "Verwaltung",
  "Zustand",
  "Monat",
  "Datensicherung",
  "TLS-Zertifikat",
  "ALLRIS net",
  "Abweichung vom letzten Lauf",
  "Statusseite",
];

const audiences = { public: "öffentlich", customer: "nur für die Verwaltung", off: "keine" } as const;

/** The provider's page: every administration, the most endangered first, with what nobody else may see. */
export function providerHtml(page: ProviderPage): string {
  const { stack, at, alarms, rows, provider } = page;
  return frame({
    language: "de",
    title: `Status aller Verwaltungen (${stack})`,
    robots: false,
    above: undefined,
    main: `<p>${german.asOf}: ${time(at, german)}. Nur für ${escapeHtml(provider.name)}: die Seite nennt auch die Adressen der Seiten, die nur für eine Verwaltung sind.</p>
${alarms.length === 0 ? "" : `<section aria-labelledby="alarms">\n<h2 id="alarms">Veränderte Messprotokolle</h2>\n<ul lang="en">\n${alarms.map((text) => `<li><strong class="risk">! ${escapeHtml(text)}</strong></li>`).join("\n")}\n</ul>\n</section>\n`}<div class="wide" tabindex="0" role="region" aria-label="Alle Verwaltungen">
<table>
<thead><tr>${headings.map((text) => `<th scope="col">${text}</th>`).join("")}</tr></thead>
<tbody>
${rows.map((row) => rowHtml(row, at)).join("\n")}
</tbody>
</table>
</div>`,
    footer: escapeHtml(german.method),
    inLanguages: ["de"],
    wide: true,
  });
}

function rowHtml(row: ProviderRow, at: number): string {
  const { name, domain, current, facts, audience, page } = row;
  const cell = (fact: keyof PrivateFacts, text: string): string => {
    const attention = wantsAttention[fact](facts[fact] as never, at);
    return `<td>${attention ? `<strong class="risk">! ${escapeHtml(text)}</strong>` : escapeHtml(text)}</td>`;
  };
  const bad = ["partial", "down", "unknown"].includes(current.state);
  const state = escapeHtml(german.states[current.state]);
  const link =
    page === null
      ? escapeHtml(audiences[audience])
      : `<a href="../${escapeHtml(page)}/${pageFiles.de}">${escapeHtml(audiences[audience])}</a>`;
  return `<tr><th scope="row">${escapeHtml(name)}<br><span class="quiet">${escapeHtml(domain)}</span></th><td>${bad ? `<strong class="risk">! ${state}</strong>` : state}</td><td>${monthText(row)}</td>${cell("backup", backupText(facts.backup))}${cell("certificate", certificateText(facts.certificate, at))}${cell("version", versionText(facts.version))}${cell("drift", driftText(facts.drift))}<td>${link}</td></tr>`;
}

function monthText({ month, danger }: ProviderRow): string {
  if (month === null) return escapeHtml("nicht berechnet");
  const [st1, st2] = month.met.map(metText);
  const text = `${dangerNames[danger.level]}; Servicezeit 1 ${st1}, Servicezeit 2 ${st2}; ${germanPart(danger.share)} der zulässigen Ausfallzeit`;
  const calm = danger.level === "calm" || danger.level === "watched";
  return calm ? escapeHtml(text) : `<strong class="risk">! ${escapeHtml(text)}</strong>`;
}

function backupText(fact: PrivateFacts["backup"]): string {
  if ("unseen" in fact) return unseen(fact.unseen);
  if (fact.lastGood === null || fact.ageHours === null) return "keine";
  return `${germanNumber(fact.ageHours, 1)} Std. alt (${germanInstant(fact.lastGood)})`;
}

function certificateText(fact: PrivateFacts["certificate"], at: number): string {
  if ("unseen" in fact) return unseen(fact.unseen);
  const days = Math.floor((fact.ends - at) / 86_400_000);
  const date = germanDay(berlinDay(new Date(fact.ends)));
  if (days < 0) return `abgelaufen am ${date}`;
  return `noch ${germanNumber(days)} ${days === 1 ? "Tag" : "Tage"}, bis ${date}`;
}

function versionText(fact: PrivateFacts["version"]): string {
  if ("unseen" in fact) return unseen(fact.unseen);
  return fact.runs ? fact.wanted : `soll ${fact.wanted} sein: ${fact.detail}`;
}

function driftText(fact: PrivateFacts["drift"]): string {
  if ("unseen" in fact) return unseen(fact.unseen);
  const seen = `gesucht ${germanInstant(fact.at)}`;
  return fact.resources.length === 0 ? `keine (${seen})` : `${fact.resources.join(", ")} (${seen})`;
}

function unseen(why: string): string {
  return `${notMeasured}: ${why}`;
}
