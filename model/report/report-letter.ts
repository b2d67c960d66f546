import type { Letter } from "../../lib/mail/letter.ts";
import { germanInstant, germanMonth } from "../german.ts";
import { metText, serviceTimeNames, statusText, verdictText } from "./report-words.ts";
import type { SlaReport } from "./sla-report.ts";
import { whatChanged } from "./what-changed.ts";

/**
 * Subject and text of the letter that a report goes with, in German; the same report always gives the same text.
 * @param lastSent the last report that the administration got, where that is not the one before a corrected one
 */
export function reportLetter(report: SlaReport, lastSent?: SlaReport): Pick<Letter, "subject" | "text"> {
  const { tenant, provider, month, correction, finalAt, status, serviceTimes, inputHash, readingsDiffer } =
    report;
  const kind = kindOf(report);
  const paragraphs = [
    "Sehr geehrte Damen und Herren,",
    `anbei erhalten Sie den Bericht zur Betriebsfähigkeit von https://${tenant.domain} (${tenant.name}) für ${germanMonth(month)} (${kind}), Vertrag ${tenant.contractNumber}.`,
    verdictText(report),
    serviceTimes
      .map(({ serviceTime, met }) => `  ${serviceTimeNames[serviceTime]}: ${metText(met)}`)
      .join("\n"),
    ...(readingsDiffer
      ? ["Die strenge Auslegung der Vereinbarung kommt zu einem anderen Ergebnis; beide stehen im Bericht."]
      : []),
    ...(correction === undefined
      ? []
      : [
          [
            lastSent === undefined
              ? "Dieser Bericht ersetzt den vorherigen. Geändert hat sich:"
              : `Dieser Bericht ersetzt alle vorherigen. Gegenüber dem Bericht, den Sie zuletzt erhalten haben (${kindOf(lastSent)}), hat sich geändert:`,
            ...(lastSent === undefined ? correction.changes : whatChanged(lastSent, report)).map(
              (change) => `  - ${change}`,
            ),
          ].join("\n"),
        ]),
    ...(status === "final"
      ? []
      : [`Der Bericht ist vorläufig; der endgültige folgt nach dem ${germanInstant(Date.parse(finalAt))}.`]),
    `Prüfsumme der Eingaben (SHA-256): ${inputHash}`,
    "Einwände richten Sie bitte als Antwort auf diese E-Mail an uns.",
    "Mit freundlichen Grüßen",
    `${provider.name}\n${provider.address}\n${provider.email}`,
  ];
  return {
    subject: `Bericht zur Betriebsfähigkeit ${germanMonth(month)} (${kind}): ${tenant.domain}`,
    text: `${paragraphs.join("\n\n").replaceAll("\u00a0", " ")}\n`,
  };
}

/** "endgültig, Berichtigung Nr. 1" */
function kindOf(report: SlaReport): string {
  const { correction } = report;
  const number = correction === undefined ? "" : `, Berichtigung Nr. ${correction.number}`;
  return `${statusText(report)}${number}`;
}
