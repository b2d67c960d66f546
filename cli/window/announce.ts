import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import type { Meeting } from "../../model/announcement/calendar.ts";
import { noticeText } from "../../model/announcement/letter.ts";
import { type NoticePlan, planNotices } from "../../model/announcement/plan.ts";
import { showBerlin } from "../../model/berlin-time.ts";
import { ofStage } from "../../model/notice-proof.ts";
import { type MaintenanceWindow, noticeDeadline } from "../../model/window.ts";
import { agree, confirm } from "../confirm.ts";
import { labStack } from "../environment.ts";
import { interruptible } from "../interruptible.ts";
import { farmMail } from "../mail.ts";
import { exitCodes, outputOf } from "../output.ts";
import { type CalendarLook, lookAtCalendars } from "./calendars.ts";
import { bookOf, findWindow, openWindows, type WindowContext } from "./open-windows.ts";
import { meetingsWarning, noticeRows, planText, resultText } from "./plan-text.ts";
import { type Sent, sendNotices } from "./send.ts";

/** What `./farm window announce` was asked for. */
export interface AnnounceOptions {
  readonly tenant?: readonly string[];
  readonly again?: readonly string[];
  readonly dryRun?: true;
  readonly calendar: boolean;
  readonly yes?: true;
}

/** Registers `./farm window announce`. */
export function register(window: Command): void {
  window
    .command("announce")
    .description("send the notice of a window to each administration that it concerns, with proof")
    .argument("<id>", "the window's id, the name of its file in maintenance/")
    .option("--tenant <ids...>", "only these administrations")
    .option("--again <ids...>", "another letter, to those whose first one came back or may have arrived")
    .option("--dry-run", "show what it costs, the meetings and the letters; send nothing")
    .option("--no-calendar", "do not ask the sites for their meetings")
    .option("-y, --yes", "do not ask")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "what became of each notice as JSON")
    .action(async (id: string, options: AnnounceOptions & { readonly stack: string }, command: Command) => {
      const output = outputOf(command);
      process.exitCode = await announce(id, options, await openWindows(options.stack, output));
    });
}

/**
 * Announces a window to the administrations that were not told yet.
 * @returns the exit code: failed as long as one of them is not told in time
 * @throws FarmError when it is too late, or the mail server cannot be used
 */
export function announce(id: string, options: AnnounceOptions, context: WindowContext): Promise<number> {
  const { open, output } = context;
  // Read only when nobody else sends: what is written down may have changed until then.
  return bookOf(open, id).exclusively(output.progress, () =>
    interruptible(output.progress, (signal) => announceAlone(id, options, context, signal)),
  );
}

async function announceAlone(
  id: string,
  options: AnnounceOptions,
  { open, route, output }: WindowContext,
  signal: AbortSignal,
): Promise<number> {
  const farm = await open.load();
  const window = findWindow(farm.windows, id);
  const { tenant: only, again = [], yes = false } = options;
  const all = planNotices(window, farm, new Date());
  requireConcerned([...(only ?? []), ...again], all, window);
  const plans = only === undefined ? all : all.filter(({ tenant }) => only.includes(tenant.id));
  requireInTime(window, plans);
  const looks: ReadonlyMap<string, CalendarLook> = options.calendar
    ? await lookAtCalendars(
        plans.map(({ tenant }) => tenant),
        window,
        route(),
      )
    : new Map();
  const meetings = new Map(
    [...looks].map(([tenant, look]): [string, readonly Meeting[]] => [
      tenant,
      look.read ? look.meetings : [],
    ]),
  );
  const { provider, stage } = farm.settings;
  const head = { window: window.id, deadline: noticeDeadline(window) };
  if (options.dryRun) {
    const chosen = plans.filter(({ step, tenant }) => step === "send" || again.includes(tenant.id));
    const letters = chosen.map((plan) => {
      const content = { ...plan, window, provider, meetings: meetings.get(plan.tenant.id) ?? [] };
      return { tenant: plan.tenant.id, to: plan.recipients, ...noticeText(content) };
    });
    const texts = letters.map(({ tenant, subject, text }) => `── ${tenant}\nBetreff: ${subject}\n\n${text}`);
    const value = { ...head, notices: noticeRows(plans, looks), letters };
    output.result(value, [planText(window, plans, looks), ...texts].join("\n\n"));
    return exitCodes.done;
  }
  if (!yes || plans.some(({ step }) => step === "ask"))
    process.stderr.write(`${planText(window, plans, looks)}\n`);
  const chosen = await choose(plans, { again, yes }, signal);
  let sent: readonly Sent[] = [];
  if (chosen.length > 0) {
    const mail = farmMail(farm.settings, open.environment);
    const letters = chosen.length === 1 ? "1 letter" : `${chosen.length} letters`;
    await confirm(`Send ${letters} about window ${id}${meetingsWarning(looks)}?`, yes, signal);
    const scope = {
      window,
      provider,
      stage,
      mail,
      book: bookOf(open, id),
      meetings,
      say: output.progress,
      signal,
    };
    sent = await sendNotices(chosen, scope);
  }
  const told = { ...window, notices: ofStage(bookOf(open, id).read(), stage) };
  const ids = new Set(plans.map(({ tenant }) => tenant.id));
  const after = planNotices(told, farm, new Date()).filter(({ tenant }) => ids.has(tenant.id));
  output.result(
    { ...head, notices: noticeRows(after, looks), sent },
    resultText(told, after, sent, new Date()),
  );
  return after.every(({ step }) => step === "done") ? exitCodes.done : exitCodes.failed;
}

/** Whom to send a letter: those who have none, and of the unclear ones whom somebody names or says yes to. */
async function choose(
  plans: readonly NoticePlan[],
  { again, yes }: { readonly again: readonly string[]; readonly yes: boolean },
  signal: AbortSignal,
): Promise<readonly NoticePlan[]> {
  const chosen: NoticePlan[] = [];
  for (const plan of plans) {
    const { step, tenant, notice } = plan;
    if (step === "send" || (step === "ask" && again.includes(tenant.id))) chosen.push(plan);
    else if (step === "ask" && !notice.proven && !yes && process.stdin.isTTY) {
      const question = `${tenant.id}: ${notice.why}. Send another letter?`;
      if (await agree(question, signal)) chosen.push(plan);
    }
  }
  return chosen;
}

/** @throws FarmError for an administration that the window does not concern */
function requireConcerned(
  ids: readonly string[],
  plans: readonly NoticePlan[],
  { id }: MaintenanceWindow,
): void {
  const strange = ids.filter((each) => !plans.some(({ tenant }) => tenant.id === each));
  if (strange.length === 0) return;
  throw new FarmError({
    what: `Window ${id} does not concern ${strange.join(", ")}`,
    next: `it concerns ${plans.map(({ tenant }) => tenant.id).join(", ") || "nobody"}`,
  });
}

/** @throws FarmError when the week has begun and somebody was not told: a letter would prove nothing any more */
function requireInTime(window: MaintenanceWindow, plans: readonly NoticePlan[]): void {
  const late = plans.filter(({ step }) => step === "late").map(({ tenant }) => tenant.id);
  if (late.length === 0) return;
  throw new FarmError({
    what: `It is too late to announce window ${window.id} to ${late.join(", ")}; nothing was sent`,
    where: window.file,
    why: `the last time for it was ${showBerlin(noticeDeadline(window))}, 7 calendar days before its start`,
    next: "write another window that begins later; what cannot wait goes as an emergency and counts as downtime",
  });
}
