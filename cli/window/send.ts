import { randomBytes } from "node:crypto";
import { writeLetter } from "../../lib/mail/letter.ts";
import { sendLetter } from "../../lib/mail/sender.ts";
import type { Meeting } from "../../model/announcement/calendar.ts";
import { noticeText } from "../../model/announcement/letter.ts";
import type { NoticePlan } from "../../model/announcement/plan.ts";
import type { NoticeProof } from "../../model/notice-proof.ts";
import type { Provider, Stage } from "../../model/settings.ts";
import { type MaintenanceWindow, noticeDeadline } from "../../model/window.ts";
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
  const domain = mail.from.address.slice(mail.from.address.lastIndexOf("@") + 1);
  const content = { window, tenant, provider, costs, changed, meetings: meetings.get(tenant.id) ?? [] };
  const letter = await writeLetter({
    ...noticeText(content),
    from: mail.from,
    to: recipients,
    messageId: `${window.id}.${tenant.id}.${randomBytes(8).toString("hex")}@${domain}`,
    date: new Date(Math.floor(begun.getTime() / 1000) * 1000),
  });
  const server = `${mail.server.host}:${mail.server.port}`;
  book.begin(letter, window, tenant.id, { begunAt: begun, stage, server });
  let delivery: Awaited<ReturnType<typeof sendLetter>>;
  try {
    delivery = await sendLetter(mail.server, letter);
  } catch (error) {
    // It never came to the letter.
    book.withdraw(letter.messageId);
    throw error;
  }
  const { messageId } = letter;
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
      const { response, accepted, refused } = delivery;
      const sentAt = wholeSecond(now());
      if (refused.length === 0) return book.settle(messageId, { outcome: "sent", sentAt, response });
      const parts = { accepted: [...accepted], refused: [...refused] };
      return book.settle(messageId, { outcome: "refused", sentAt, response, ...parts });
    }
  }
}

/** A begun second counts as over: in doubt a notice is later, never earlier. */
function wholeSecond(instant: Date): Date {
  return new Date(Math.ceil(instant.getTime() / 1000) * 1000);
}

/** "sent to a@b.de, 250 OK id=…" */
export function outcomeText({ outcome, recipients, response, refused = [], bounce }: NoticeProof): string {
  switch (outcome) {
    case "sent":
      return `sent to ${recipients.join(", ")} (${response ?? "no words"})`;
    case "refused":
      return `refused: ${refused.map((each) => `${each.recipient}: ${each.response}`).join("; ") || response}`;
    case "bounced":
      return `came back: ${bounce ?? "not delivered"}`;
    case "sending":
      return `unknown: ${response ?? "nobody wrote down how it ended"}`;
  }
}
