import { writeLetter } from "../../lib/mail/letter.ts";
import type { Meeting } from "../../model/announcement/calendar.ts";
import { noticeText } from "../../model/announcement/letter.ts";
import type { NoticePlan } from "../../model/announcement/plan.ts";
import type { NoticeProof } from "../../model/notice-proof.ts";
import type { Provider, Stage } from "../../model/settings.ts";
import { type MaintenanceWindow, noticeDeadline } from "../../model/window.ts";
import { giveLetter, headerDate, newMessageId, outcomeText } from "../letters/give-letter.ts";
import type { FarmMail } from "../mail.ts";
import type { NoticeBook } from "./notice-book.ts";

/** What letters about a window are sent with. */
export interface SendScope {
  readonly window: MaintenanceWindow;
  readonly provider: Provider;
  /** Of the settings that it is sent with. */
  readonly stage: Stage;
  readonly mail: FarmMail;
  readonly book: NoticeBook;
  /** Meetings in the window by administration. */
  readonly meetings: ReadonlyMap<string, readonly Meeting[]>;
  /** The clock. @default - this machine's */
  readonly now?: () => Date;
  readonly say: (line: string) => void;
  /** When it is aborted, the letter under way is finished and no further one is begun. */
  readonly signal: AbortSignal;
}

/** What became of one administration's notice. */
export type Sent =
  | { readonly tenant: string; readonly proof: NoticeProof }
  /** The week has begun meanwhile, or somebody stopped. */
  | { readonly tenant: string; readonly left: "late" | "interrupted" };

/**
 * Sends the letters one after the other. That one is about to be sent stands on disk before it is, and what became of
 * it after: whenever this ends, nobody gets a second one by a further run.
 *
 * @throws FarmError when the mail server cannot be used; the letters that it took until then are written down
 */
export async function sendNotices(plans: readonly NoticePlan[], scope: SendScope): Promise<readonly Sent[]> {
  const { window, say, signal } = scope;
  const now = scope.now ?? (() => new Date());
  const deadline = noticeDeadline(window);
  const sent: Sent[] = [];
  for (const plan of plans) {
    const { id } = plan.tenant;
    if (signal.aborted) sent.push({ tenant: id, left: "interrupted" });
    else if (now() > deadline) sent.push({ tenant: id, left: "late" });
    else {
      const proof = await sendNotice(plan, scope, now);
      say(`${id}: ${outcomeText(proof)}`);
      sent.push({ tenant: id, proof });
    }
  }
  return sent;
}

async function sendNotice(
  { tenant, recipients, costs, changed }: NoticePlan,
  { window, provider, stage, mail, book, meetings }: SendScope,
  now: () => Date,
): Promise<NoticeProof> {
  const begun = now();
  const content = { window, tenant, provider, costs, changed, meetings: meetings.get(tenant.id) ?? [] };
  const letter = await writeLetter({
    ...noticeText(content),
    from: mail.from,
    to: recipients,
    messageId: newMessageId(`${window.id}.${tenant.id}`, mail.from),
    date: headerDate(begun),
  });
  const server = `${mail.server.host}:${mail.server.port}`;
  book.begin(letter, window, tenant.id, { begunAt: begun, stage, server });
  return giveLetter(letter, { mail, book, now });
}
