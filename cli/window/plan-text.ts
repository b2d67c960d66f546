import { sumOfCosts } from "../../model/announcement/cost.ts";
import type { NoticePlan } from "../../model/announcement/plan.ts";
import { showBerlin } from "../../model/berlin-time.ts";
import { monthlyQuota, type ServiceTime, serviceTimes, showMinutes } from "../../model/quota.ts";
import { type MaintenanceWindow, noticeDeadline, unannounced } from "../../model/window.ts";
import { outcomeText } from "../letters/give-letter.ts";
import { table } from "../output.ts";
import type { CalendarLook } from "./calendars.ts";
import type { Sent } from "./send.ts";

type Looks = ReadonlyMap<string, CalendarLook>;

const stepTexts = { send: "to send", ask: "unclear", done: "proven", late: "too late" } as const;

/** What JSON shows of each notice. */
export function noticeRows(plans: readonly NoticePlan[], looks: Looks) {
  return plans.map(({ tenant, recipients, step, notice, costs }) => {
    const look = looks.get(tenant.id);
    return {
      tenant: tenant.id,
      recipients,
      step,
      proven: step === "done",
      ...(notice.proven ? { sentAt: notice.sentAt, evidence: notice.evidence } : { why: notice.why }),
      costs,
      ...(look === undefined ? {} : look.read ? { meetings: look.meetings } : { calendar: look.why }),
    };
  });
}

/** The table of a window's notices: what it costs each administration, and whether it was told. */
export function planText(window: MaintenanceWindow, plans: readonly NoticePlan[], looks: Looks): string {
  const heading = ["administration", "notice", "recipients", ...serviceTimes, "above", "meetings"];
  const rows = plans.map(({ tenant, recipients, step, costs }) => {
    const above = sumOfCosts(costs, "above");
    const cells = [...serviceTimes.map((time) => costText(costs, time)), showMinutes(above.ST1 + above.ST2)];
    return [tenant.id, stepTexts[step], recipients.join(", "), ...cells, meetingsText(looks.get(tenant.id))];
  });
  const [start, end, by] = [window.start, window.end, noticeDeadline(window)].map(showBerlin);
  return [
    `Window ${window.id}: ${start} to ${end}, ${window.reason}; notices by ${by}`,
    table([heading, ...rows]),
    "Minutes: this window + the month's others, of the quota; what lies above counts as downtime.",
    ...plans.flatMap(({ tenant, notice, step }) =>
      step === "ask" && !notice.proven
        ? [
            `? ${tenant.id}: ${notice.why} (Message-ID ${notice.last?.messageId}); --again ${tenant.id} sends another`,
          ]
        : [],
    ),
    ...plans.flatMap(({ tenant: { id } }) => {
      const look = looks.get(id);
      if (look === undefined) return [];
      if (!look.read) return [`? ${id}: no calendar was read; ${look.why}`];
      return look.meetings.map(
        ({ title, start: at }) => `! ${id}: ${title}, ${showBerlin(at)}, lies in the window`,
      );
    }),
  ].join("\n");
}

/** "30 + 0 of 420", for each month that the window touches. */
function costText(costs: NoticePlan["costs"], time: ServiceTime): string {
  return costs
    .map(
      ({ own, others }) =>
        `${showMinutes(own[time])} + ${showMinutes(others[time])} of ${showMinutes(monthlyQuota[time])}`,
    )
    .join("; ");
}

function meetingsText(look: CalendarLook | undefined): string {
  if (look === undefined) return "not asked";
  return look.read ? String(look.meetings.length) : "unknown";
}

/** ", although 2 meetings lie in it", or nothing. */
export function meetingsWarning(looks: Looks): string {
  const count = [...looks.values()].reduce((sum, look) => sum + (look.read ? look.meetings.length : 0), 0);
  if (count === 0) return "";
  return count === 1 ? ", although a meeting lies in it" : `, although ${count} meetings lie in it`;
}

/** What became of the letters, and who is not told. */
export function resultText(
  window: MaintenanceWindow,
  plans: readonly NoticePlan[],
  sent: readonly Sent[],
  now: Date,
): string {
  const lines = sent.map((each) => {
    if ("proof" in each)
      return `${each.proof.outcome === "sent" ? "✓" : "✗"} ${each.tenant}: ${outcomeText(each.proof)}`;
    return `✗ ${each.tenant}: not sent, ${each.left === "late" ? "the week has begun" : "interrupted"}`;
  });
  const named = new Set(sent.map(({ tenant }) => tenant));
  const missing = plans.filter(({ step }) => step !== "done");
  return [
    ...lines,
    ...missing
      .filter(({ tenant }) => !named.has(tenant.id))
      .map(({ tenant }) => `✗ ${tenant.id}: ${unannounced(window, tenant, now)}`),
    `${plans.length - missing.length} of ${plans.length} administrations are told in time.`,
    ...(sent.some((each) => "proof" in each) ? [`Commit maintenance/notices/: it is the proof.`] : []),
  ].join("\n");
}
