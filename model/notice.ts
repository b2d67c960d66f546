import { showBerlin } from "./berlin-time.ts";
import type { NoticeProof } from "./notice-proof.ts";
import type { PlainDate } from "./plain-date.ts";
import type { Stretch } from "./quota.ts";
import { startOfDay } from "./traffic-calendar.ts";
import type { Concerned, MaintenanceWindow } from "./window.ts";

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
 * the notice in the window's own file, which is everybody's who was a customer then. A letter speaks of its own times: a
 * window that has begun earlier or ends later since was not announced by it, and a letter of other times that may have
 * reached somebody there takes the place of those before it.
 */
export function noticeOf(window: Noticed, { id, contract }: Pick<Concerned, "id" | "contract">): Notice {
  const letters = (window.notices ?? []).filter(({ tenant }) => tenant === id);
  const last = letters.at(-1);
  if (last === undefined) {
    if (window.notice === undefined) return { proven: false, why: "its notice is missing" };
    if (contract !== undefined && isBefore(contract.liveFrom, window, window.notice)) {
      const why = `the notice was sent at ${showBerlin(window.notice.sentAt)}, before it was a customer (${contract.liveFrom})`;
      return { proven: false, why };
    }
    return { proven: true, ...window.notice };
  }
  const first = announcing(arrivedOf(letters), window);
  if (first === undefined) return { proven: false, why: reasonOf(last), last };
  const response = first.response === undefined ? "" : `, ${first.response}`;
  return { proven: true, sentAt: first.sentAt, evidence: `letter ${first.messageId}${response}` };
}

/**
 * Whether anybody may have got a letter, whatever it proves: it was taken for some, or nobody knows how its sending
 * ended. One that came back from its only recipient reached nobody.
 */
export function mayHaveArrived({ outcome, recipients, accepted = [] }: NoticeProof): boolean {
  if (outcome === "refused") return accepted.length > 0;
  return outcome !== "bounced" || recipients.length > 1;
}

/** A stretch of a window, and when its notice went to an administration. */
export interface AnnouncedPart extends Stretch {
  /** @default - no proven notice */
  readonly sentAt?: Date;
}

/**
 * A window by what one administration was told of it. Beginning earlier or ending later needs a notice of its own for
 * what that adds; what was announced stays announced, unless a letter of other times took it back.
 * @returns its parts in their order, the whole window where one notice is that of all of it
 */
export function announcedParts(
  window: Noticed & Stretch,
  tenant: Pick<Concerned, "id" | "contract">,
): readonly AnnouncedPart[] {
  const { start, end, notices = [] } = window;
  const letters = notices.filter((letter) => letter.tenant === tenant.id);
  if (letters.length === 0) {
    const notice = noticeOf(window, tenant);
    return [{ start, end, ...(notice.proven && { sentAt: notice.sentAt }) }];
  }
  const arrived = arrivedOf(letters);
  const bounds = [start, end, ...arrived.flatMap((letter) => [letter.start, letter.end])]
    .filter((at) => start <= at && at <= end)
    .sort((a, b) => a.getTime() - b.getTime());
  const parts: AnnouncedPart[] = [];
  for (const [index, until] of bounds.entries()) {
    const from = bounds[index - 1];
    if (from === undefined || from >= until) continue;
    const sentAt = announcing(arrived, { start: from, end: until })?.sentAt;
    const last = parts.at(-1);
    if (last !== undefined && last.sentAt?.getTime() === sentAt?.getTime()) {
      parts[parts.length - 1] = { ...last, end: until };
    } else {
      parts.push({ start: from, end: until, ...(sentAt !== undefined && { sentAt }) });
    }
  }
  return parts;
}

type SentLetter = NoticeProof & { readonly sentAt: Date };

/** Letters that somebody may have got, in the order in which they were sent. */
function arrivedOf(letters: readonly NoticeProof[]): readonly NoticeProof[] {
  const when = ({ sentAt, begunAt }: NoticeProof): number => (sentAt ?? begunAt).getTime();
  return letters.filter(mayHaveArrived).sort((a, b) => when(a) - when(b));
}

/**
 * The first letter that everybody got and that tells of all of a time, of those after the last one that does not: what
 * takes a notice back need not have reached all.
 */
function announcing(
  arrived: readonly NoticeProof[],
  time: Pick<Noticed, "start" | "end">,
): SentLetter | undefined {
  return arrived.slice(arrived.findLastIndex((letter) => !covers(letter, time)) + 1).find(isSent);
}

function isSent(letter: NoticeProof): letter is SentLetter {
  return letter.outcome === "sent" && letter.sentAt !== undefined;
}

/**
 * Whether a notice to everybody went out before an administration was one of them. Of a window that begins before its
 * first day it counts: nothing is owed then, and its site is only set up.
 */
function isBefore(liveFrom: PlainDate, { start }: Noticed, { sentAt }: { readonly sentAt: Date }): boolean {
  const first = startOfDay(liveFrom);
  return sentAt < first && first <= start;
}

function covers(letter: Stretch, { start, end }: Pick<Noticed, "start" | "end">): boolean {
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
