import { showBerlin } from "./berlin-time.ts";
import type { NoticeProof } from "./notice-proof.ts";
import type { MaintenanceWindow } from "./window.ts";

/** What is known of the notice of a window to one administration. */
export type Notice =
  | {
      readonly proven: true;
      /** When it was sent. */
      readonly sentAt: Date;
      /** Where that can be looked up. */
      readonly evidence: string;
    }
  | {
      readonly proven: false;
      /** As the end of a sentence: "its notice is missing". */
      readonly why: string;
      /** What became of the last letter. @default - there is none */
      readonly last?: NoticeProof;
    };

/** What a notice is asked of. */
export type Noticed = Pick<MaintenanceWindow, "start"> &
  Partial<Pick<MaintenanceWindow, "end" | "notice" | "notices">>;

/**
 * The notice of a window to one administration. What was written down of letters to it decides, and only without any
 * the notice in the window's own file, which is everybody's. A letter speaks of its own times: a window that has begun
 * earlier or ends later since was not announced by it.
 *
 * @param tenant the administration's id
 */
export function noticeOf(window: Noticed, tenant: string): Notice {
  const letters = (window.notices ?? []).filter((proof) => proof.tenant === tenant);
  const last = letters.at(-1);
  if (last === undefined) {
    return window.notice === undefined
      ? { proven: false, why: "its notice is missing" }
      : { proven: true, ...window.notice };
  }
  const proofs = letters
    .flatMap(({ outcome, sentAt, ...letter }) =>
      outcome === "sent" && sentAt !== undefined && covers(letter, window) ? [{ ...letter, sentAt }] : [],
    )
    .sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime());
  const [first] = proofs;
  if (first === undefined) return { proven: false, why: reasonOf(last), last };
  const response = first.response === undefined ? "" : `, ${first.response}`;
  return { proven: true, sentAt: first.sentAt, evidence: `letter ${first.messageId}${response}` };
}

function covers(letter: Pick<NoticeProof, "start" | "end">, { start, end }: Noticed): boolean {
  return letter.start <= start && (end === undefined || end <= letter.end);
}

function reasonOf({ outcome, start, end, refused = [], response, bounce, begunAt }: NoticeProof): string {
  switch (outcome) {
    case "sending":
      return `nobody knows what became of the notice that was being sent at ${showBerlin(begunAt)}`;
    case "refused": {
      const [first] = refused;
      const words = first === undefined ? response : `${first.recipient}: ${first.response}`;
      return `its notice was refused (${words})`;
    }
    case "bounced":
      return `its notice came back (${bounce ?? "not delivered"})`;
    case "sent":
      return `its notice speaks of other times (${showBerlin(start)} to ${showBerlin(end)})`;
  }
}
