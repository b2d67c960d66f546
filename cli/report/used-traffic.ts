import { writeLetter } from "../../lib/mail/letter.ts";
import type { Month } from "../../model/berlin-time.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { trafficLetter } from "../../model/report/traffic-letter.ts";
import type { Settings } from "../../model/settings.ts";
import type { Tenant } from "../../model/tenant.ts";
import { addDays, endsOfMonth, startOfDay } from "../../model/traffic-calendar.ts";
import { giveLetter, headerDate, newMessageId } from "../letters/give-letter.ts";
import { type LetterPlan, stepOf } from "../letters/send-once.ts";
import type { FarmMail } from "../mail.ts";
import type { TrafficRow } from "../traffic-table.ts";
import { TrafficLetters, type TrafficProof } from "./traffic-letters.ts";

/** An administration that has used what is included in a month, and whether it is to be told. */
export interface UsedPlan extends LetterPlan<TrafficProof> {
  readonly row: TrafficRow & { readonly traffic: NonNullable<TrafficRow["traffic"]> };
  readonly month: Month;
}

/** What there is to do about one administration; nothing as long as there is some left. */
export function planOf(
  row: TrafficRow,
  month: Month,
  tenants: readonly Tenant[],
  out: string,
): readonly UsedPlan[] {
  const { traffic } = row;
  if (traffic === null || traffic.bytes < traffic.included) return [];
  const tenant = findTenant(tenants, row.tenant);
  const proof = new TrafficLetters(out, month, tenant.id).read().at(-1);
  const last = proof === undefined ? {} : { proof };
  return [{ tenant, month, row: { ...row, traffic }, step: stepOf(proof), ...last }];
}

/** What it is told. @param now as of when it was counted */
export function letterText(
  { tenant, month, row: { traffic, countedAt } }: UsedPlan,
  { provider, traffic: settings }: Pick<Settings, "provider" | "traffic">,
  now: Date,
) {
  const end = startOfDay(addDays(endsOfMonth(month)[1], 1));
  const until = now < end ? now : end;
  return trafficLetter({ tenant, provider, month, traffic, settings, countedAt, until });
}

/** Sends one letter. @throws FarmError when the mail server cannot be used */
export async function sendUsed(
  { tenant, month, row: { traffic } }: UsedPlan,
  text: ReturnType<typeof trafficLetter>,
  mail: FarmMail,
  out: string,
): Promise<TrafficProof> {
  const begun = new Date();
  const letter = await writeLetter({
    ...text,
    from: mail.from,
    to: tenant.contract.noticeRecipients,
    messageId: newMessageId(`${month}.${tenant.id}.traffic`, mail.from),
    date: headerDate(begun),
  });
  const book = new TrafficLetters(out, month, tenant.id);
  book.begin(letter, { bytes: traffic.bytes, includedBytes: traffic.included }, begun);
  return giveLetter(letter, { mail, book });
}
