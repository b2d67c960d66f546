import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { withLock } from "../../lib/lock.ts";
import { type LetterAttachment, type WrittenLetter, writeLetter } from "../../lib/mail/letter.ts";
import { sendLetter } from "../../lib/mail/sender.ts";
import { reportLetter } from "../../model/report/report-letter.ts";
import type { Tenant } from "../../model/tenant.ts";
import type { FarmMail } from "../mail.ts";
import { printPdf } from "./pdf.ts";
import type { KeptReport, ReportFolder } from "./report-folder.ts";
import { type ReportProof, SendBook } from "./send-book.ts";

/** A report and whether it is to be sent. */
export interface SendPlan {
  readonly tenant: Tenant;
  readonly kept: KeptReport;
  readonly recipients: readonly string[];
  /** "done": it was sent. "unclear": a letter was begun and may have arrived. "refused": not everybody got it. "bounced": it came back. */
  readonly step: "send" | "done" | "unclear" | "refused" | "bounced";
  /** The last letter with this report. @default - there is none */
  readonly proof?: ReportProof;
}

const steps = { sent: "done", sending: "unclear", refused: "refused", bounced: "bounced" } as const;

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
    const recipients = tenant.contract.noticeRecipients;
    if (proof === undefined) return [{ tenant, kept, recipients, step: "send" }];
    return [{ tenant, kept, recipients, step: steps[proof.outcome], proof }];
  });
}

/** What letters are sent with. */
export interface SendScope {
  readonly folder: ReportFolder;
  readonly mail: FarmMail;
  readonly say: (line: string) => void;
  /** When it is aborted, the letter under way is finished and no further one is begun. */
  readonly signal: AbortSignal;
}

/**
 * Sends reports one after the other. That one is about to be sent stands on disk before it is, and what became of it
 * after: whenever this ends, nobody gets a second one by a further run.
 * @throws FarmError when the mail server cannot be used; what it took until then is written down
 */
export function sendReports(plans: readonly SendPlan[], scope: SendScope): Promise<readonly ReportProof[]> {
  const { folder, say, signal } = scope;
  const lock = { onWait: say, doing: "sends reports" };
  return withLock(join(folder.path, ".sending"), lock, async () => {
    const proofs: ReportProof[] = [];
    for (const plan of plans) {
      if (signal.aborted) break;
      const book = new SendBook(folder.path, plan.tenant.id);
      // Somebody else may have sent it while this run waited.
      const known = book.tryLatest(plan.kept);
      if (known !== undefined && known.messageId !== plan.proof?.messageId) continue;
      const proof = await sendReport(plan, scope, book);
      say(`${plan.tenant.id}: ${proof.outcome} (${proof.response ?? "no words"})`);
      proofs.push(proof);
    }
    return proofs;
  });
}

async function sendReport(
  { tenant, kept, recipients }: SendPlan,
  { mail }: SendScope,
  book: SendBook,
): Promise<ReportProof> {
  const begun = new Date();
  const letter = await letterOf(kept, { tenant, recipients, mail, begun });
  book.begin(letter, kept, begun);
  const { messageId } = letter;
  let delivery: Awaited<ReturnType<typeof sendLetter>>;
  try {
    delivery = await sendLetter(mail.server, letter);
  } catch (error) {
    // It never came to the letter.
    book.withdraw(messageId);
    throw error;
  }
  switch (delivery.outcome) {
    case "unknown":
      return book.settle(messageId, { response: delivery.why });
    case "refused":
      return book.settle(messageId, {
        outcome: "refused",
        response: delivery.response,
        refused: [...delivery.refused],
      });
    case "taken": {
      const { at, response, refused } = delivery;
      const outcome = refused.length === 0 ? "sent" : "refused";
      const parts = refused.length === 0 ? {} : { refused: [...refused] };
      return book.settle(messageId, { outcome, sentAt: at.toISOString(), response, ...parts });
    }
  }
}

/** The report as a letter: PDF to read, CSV and JSON to compute with. */
async function letterOf(
  { report, path, stage, number }: KeptReport,
  {
    tenant,
    recipients,
    mail,
    begun,
  }: Pick<SendPlan, "tenant" | "recipients"> & { readonly mail: FarmMail; readonly begun: Date },
): Promise<WrittenLetter> {
  const pdf = `${path}.pdf`;
  if (!existsSync(pdf)) await printPdf(`${path}.html`, pdf);
  const attach = (ending: string, contentType: string): LetterAttachment => {
    const file = `${path}.${ending}`;
    return { filename: `${report.month}-${basename(file)}`, content: readFileSync(file), contentType };
  };
  const domain = mail.from.address.slice(mail.from.address.lastIndexOf("@") + 1);
  const name = `${report.month}.${tenant.id}.${stage}-${number}`;
  return writeLetter({
    ...reportLetter(report),
    from: mail.from,
    to: recipients,
    attachments: [
      attach("pdf", "application/pdf"),
      attach("csv", "text/csv"),
      attach("json", "application/json"),
    ],
    messageId: `${name}.${randomBytes(8).toString("hex")}@${domain}`,
    date: new Date(Math.floor(begun.getTime() / 1000) * 1000),
  });
}
