import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { type LetterAttachment, type WrittenLetter, writeLetter } from "../../lib/mail/letter.ts";
import { reportLetter } from "../../model/report/report-letter.ts";
import type { SlaReport } from "../../model/report/sla-report.ts";
import type { Tenant } from "../../model/tenant.ts";
import { giveLetter, headerDate, newMessageId } from "../letters/give-letter.ts";
import { type LetterPlan, type SendingScope, sendOnce, stepOf } from "../letters/send-once.ts";
import type { FarmMail } from "../mail.ts";
import { printPdf } from "./pdf.ts";
import type { KeptReport, ReportFolder } from "./report-folder.ts";
import { type ReportProof, SendBook } from "./send-book.ts";

/** A report and whether it is to be sent. */
export interface SendPlan extends LetterPlan<ReportProof> {
  readonly kept: KeptReport;
}

/** What there is to send: the newest report of each administration at a stage. */
export function planReports(
  tenants: readonly Tenant[],
  folder: ReportFolder,
  stage: "provisional" | "final",
): readonly SendPlan[] {
  return tenants.flatMap((tenant): SendPlan[] => {
    const kept = folder.tryLatest(tenant.id, stage);
    if (kept === undefined) return [];
    const proof = new SendBook(folder.path, tenant.id).tryLatest(kept);
    const last = proof === undefined ? {} : { proof };
    return [{ tenant, kept, step: stepOf(proof), ...last }];
  });
}

/** What letters are sent with. */
export interface SendScope extends Pick<SendingScope, "say" | "signal"> {
  readonly folder: ReportFolder;
  readonly mail: FarmMail;
}

/**
 * Sends reports one after the other; nobody gets one a second time by a further run.
 * @throws FarmError when the mail server cannot be used; what it took until then is written down
 */
export function sendReports(plans: readonly SendPlan[], scope: SendScope): Promise<readonly ReportProof[]> {
  const { folder, mail, say, signal } = scope;
  const bookOf = ({ tenant }: SendPlan): SendBook => new SendBook(folder.path, tenant.id);
  return sendOnce(
    plans,
    { folder: folder.path, doing: "sends reports", say, signal },
    (plan) => bookOf(plan).tryLatest(plan.kept),
    async (plan) => {
      const begun = new Date();
      const book = bookOf(plan);
      const lastSent = tryFindLastSent(plan, folder, book);
      const letter = await letterOf(plan, { mail, begun, lastSent });
      book.beginReport(letter, plan.kept, begun);
      return giveLetter(letter, { mail, book });
    },
  );
}

/**
 * The report that an administration has, where a corrected one does not follow it: what was corrected between them it
 * was never told.
 */
function tryFindLastSent({ kept }: SendPlan, folder: ReportFolder, book: SendBook): SlaReport | undefined {
  const { report, stage, number } = kept;
  const last = number === 0 ? undefined : book.tryBefore(kept);
  if (last === undefined || (last.stage === stage && last.number === number - 1)) return undefined;
  return folder.tryRead(report.tenant.id, last.stage, last.number);
}

interface LetterScope {
  readonly mail: FarmMail;
  readonly begun: Date;
  readonly lastSent: SlaReport | undefined;
}

/** The report as a letter: PDF to read, CSV and JSON to compute with. */
async function letterOf(
  { tenant, kept: { report, path, stage, number } }: SendPlan,
  { mail, begun, lastSent }: LetterScope,
): Promise<WrittenLetter> {
  const pdf = `${path}.pdf`;
  if (!existsSync(pdf)) await printPdf(`${path}.html`, pdf);
  const attach = (ending: string, contentType: string): LetterAttachment => {
    const file = `${path}.${ending}`;
    return { filename: `${report.month}-${basename(file)}`, content: readFileSync(file), contentType };
  };
  return writeLetter({
    ...reportLetter(report, lastSent),
    from: mail.from,
    to: tenant.contract.noticeRecipients,
    attachments: [
      attach("pdf", "application/pdf"),
      attach("csv", "text/csv"),
      attach("json", "application/json"),
    ],
    messageId: newMessageId(`${report.month}.${tenant.id}.${stage}-${number}`, mail.from),
    date: headerDate(begun),
  });
}
