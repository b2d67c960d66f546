import { mayHaveArrived, type Notice, noticeOf } from "../notice.ts";
import type { Tenant } from "../tenant.ts";
import { isWithdrawn } from "../termination.ts";
import { concerns, type MaintenanceWindow, noticeDeadline } from "../window.ts";
import { type MonthCost, windowCost } from "./cost.ts";

/**
 * What is to be done about the notice to one administration. `send`: no letter reached anybody there, or it spoke of
 * other times; `ask`: somebody there may have got one already, so a person decides; `done`: it is proven; `late`: none
 * can be sent in time any more.
 */
export type NoticeStep = "send" | "ask" | "done" | "late";

/** The notice of a window to one administration, before letters are sent. */
export interface NoticePlan {
  readonly tenant: Tenant;
  readonly recipients: readonly string[];
  readonly step: NoticeStep;
  readonly notice: Notice;
  /** Whether an earlier letter that may have reached somebody there spoke of other times. */
  readonly changed: boolean;
  readonly costs: readonly MonthCost[];
}

/**
 * The notices of a window, an administration each; closed sites get none.
 * @param now by the clock: letters go out now, whatever the instant of a plan is
 */
export function planNotices(
  window: MaintenanceWindow,
  {
    tenants,
    windows,
  }: { readonly tenants: readonly Tenant[]; readonly windows: readonly MaintenanceWindow[] },
  now: Date,
): readonly NoticePlan[] {
  return tenants
    .filter((tenant) => concerns(window, tenant) && !isWithdrawn(tenant))
    .map((tenant) => {
      const notice = noticeOf(window, tenant);
      return {
        tenant,
        recipients: tenant.contract.noticeRecipients,
        step: stepOf(window, notice, now),
        notice,
        changed: toldOtherTimes(window, tenant),
        costs: windowCost(window, windows, { tenant, at: now }),
      };
    });
}

/** The last letter alone does not say so: one that was refused may have come after one that arrived. */
function toldOtherTimes({ start, end, notices = [] }: MaintenanceWindow, { id }: Tenant): boolean {
  return notices.some(
    (letter) =>
      letter.tenant === id &&
      mayHaveArrived(letter) &&
      (letter.start.getTime() !== start.getTime() || letter.end.getTime() !== end.getTime()),
  );
}

function stepOf(window: MaintenanceWindow, notice: Notice, now: Date): NoticeStep {
  const deadline = noticeDeadline(window);
  if (notice.proven) return notice.sentAt > deadline ? "late" : "done";
  if (now > deadline) return "late";
  const { last } = notice;
  if (last === undefined || last.outcome === "sent") return "send";
  return last.outcome === "refused" && (last.accepted ?? []).length === 0 ? "send" : "ask";
}
