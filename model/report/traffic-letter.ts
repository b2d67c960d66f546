import type { Letter } from "../../lib/mail/letter.ts";
import type { Month } from "../berlin-time.ts";
import { germanBytes, germanCount, germanDay, germanInstant, germanMonth, germanPart } from "../german.ts";
import type { Provider, TrafficSettings } from "../settings.ts";
import type { Tenant } from "../tenant.ts";
import { type TrafficMonth, unitBytes } from "../traffic.ts";
import { clientClasses, presentations } from "../traffic-day.ts";
import { clientClassNames, countedText, notMeasured, presentationNames } from "./report-words.ts";

/** What an administration is told whose included traffic is used. */
export interface TrafficNotice {
  readonly tenant: Pick<Tenant, "name" | "domain" | "contract" | "allrisnet">;
  readonly provider: Provider;
  readonly month: Month;
  readonly traffic: Pick<
    TrafficMonth,
    "bytes" | "included" | "byPresentation" | "byClass" | "unknownDays" | "forecast"
  >;
  readonly settings: Pick<TrafficSettings, "unit" | "direction">;
  /** Where the bytes were counted. */
  readonly countedAt: "machine" | "edge";
  /** Until when they were counted; the month's end for one that is over. */
  readonly until: Date;
}

/** Subject and text of the letter, in German; the same content always gives the same text. */
export function trafficLetter(notice: TrafficNotice): Pick<Letter, "subject" | "text"> {
  const { tenant, provider, month, traffic, settings, countedAt, until } = notice;
  const { unit, direction } = settings;
  const { bytes, included, byPresentation, byClass, unknownDays, forecast } = traffic;
  const amount = (value: number): string => germanBytes(value, unit, unitBytes[unit]);
  const names = presentationNames(tenant.allrisnet.politicians.label);
  const rows = (title: string, named: readonly (readonly [string, number])[]): string =>
    [title, ...named.map(([name, value]) => `  ${name}: ${amount(value)}`)].join("\n");
  const paragraphs = [
    "Sehr geehrte Damen und Herren,",
    `im ${germanMonth(month)} ist das Inklusivvolumen von https://${tenant.domain} (${tenant.name}), Vertrag ${tenant.contract.number}, aufgebraucht: Bis ${germanInstant(until.getTime())} wurden ${amount(bytes)} von ${amount(included)} gezählt (${germanPart(bytes / included)}); ${countedText({ direction, countedAt })}.`,
    rows(
      "Datenverkehr nach Bereichen:",
      presentations.map((name) => [names[name], byPresentation[name]] as const),
    ),
    rows(
      "Datenverkehr nach Herkunft:",
      clientClasses.map((name) => [clientClassNames[name], byClass[name]] as const),
    ),
    ...(countedAt === "edge"
      ? [
          "Bereiche und Herkunft zeigen, was der Rand des Netzes beim Webserver abgerufen hat; was er selbst beantwortet hat, steht nur in der Menge oben.",
        ]
      : []),
    ...(unknownDays.length === 0
      ? []
      : [
          `An ${germanCount(unknownDays.length, "Tag", "Tagen")} ganz oder zum Teil ${notMeasured}: ${unknownDays.map(germanDay).join(", ")}. Die Menge dieser Tage ist unbekannt, nicht null.`,
        ]),
    // Few known days say little of what is to come.
    ...(forecast === null || unknownDays.length > 0
      ? []
      : [`Geht es so weiter, sind es am Monatsende etwa ${amount(forecast)}.`]),
    "Ihre Seiten bleiben uneingeschränkt erreichbar: Gedrosselt oder gesperrt wird nichts. Der Bericht zum Monat enthält den Datenverkehr nach Tagen.",
    "Fragen richten Sie bitte als Antwort auf diese E-Mail an uns.",
    "Mit freundlichen Grüßen",
    `${provider.name}\n${provider.address}\n${provider.email}`,
  ];
  return {
    subject: `Datenverkehr ${germanMonth(month)}: Inklusivvolumen aufgebraucht: ${tenant.domain}`,
    text: `${paragraphs.join("\n\n").replaceAll("\u00a0", " ")}\n`,
  };
}
