import type { Letter } from "../../lib/mail/letter.ts";
import { germanInstant, germanMonth } from "../german.ts";
import { metText, serviceTimeNames, statusText, verdictText } from "./report-words.ts";
import type { SlaReport } from "./sla-report.ts";

/** Subject and text of the letter that a report goes with, in German; the same report always gives the same text. */
export function reportLetter(report: SlaReport): Pick<Letter, "subject" | "text"> {
  const { tenant, provider, month, correction, finalAt, status, serviceTimes, inputHash, readingsDiffer } =
    report;
  const number = correction === undefined ? "" : `, Berichtigung Nr. ${correction.number}`;
  const kind = `${statusText(report)}${number}`;
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
          `Dieser Bericht ersetzt den vorherigen. Geändert hat sich:\n${correction.changes.map((change) => `  - ${change}`).join("\n")}`,
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
