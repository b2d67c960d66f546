import { join } from "node:path";
import type { Command } from "commander";
import { checkout } from "../../lib/paths.ts";
import { type Month, monthOf } from "../../model/berlin-time.ts";
import { findTenant } from "../../model/find-tenant.ts";
import type { Tenant } from "../../model/tenant.ts";
import { addDays, berlinDay, startOfDay } from "../../model/traffic-calendar.ts";
import { confirm } from "../confirm.ts";
import { labStack } from "../environment.ts";
import { interruptible } from "../interruptible.ts";
import { isDue, sendOnce } from "../letters/send-once.ts";
import { farmMail } from "../mail.ts";
import { watched } from "../metrics/sources.ts";
import { readBegunMonth } from "../month-option.ts";
import { exitCodes, type Output, outputOf, table } from "../output.ts";
import { farmHostKeys } from "../pinned-keys.ts";
import { type OpenFarm, openFarm } from "../tenant/open-farm.ts";
import { countTraffic } from "../traffic-count.ts";
import type { TrafficRow } from "../traffic-table.ts";
import { TrafficLetters } from "./traffic-letters.ts";
import { letterText, planOf, sendUsed, type UsedPlan } from "./used-traffic.ts";

/** What `./farm report traffic` was asked for. */
export interface TrafficOptions {
  readonly month?: string;
  readonly tenant?: readonly string[];
  readonly again?: readonly string[];
  readonly dryRun?: true;
  readonly out: string;
  readonly yes?: true;
}

/** Counts a month of some administrations. */
export type CountMonth = (
  tenants: readonly Tenant[],
  month: Month,
  now: Date,
) => Promise<readonly TrafficRow[]>;

/** Registers `./farm report traffic`. */
export function register(report: Command): void {
  report
    .command("traffic")
    .description("write to administrations whose included traffic is used, once a month each, with proof")
    .option(
      "-m, --month <YYYY-MM>",
      "which month (default: the present one, and until the 3rd the one before)",
    )
    .option("--tenant <id...>", "only these administrations")
    .option(
      "--again <id...>",
      "another letter, to those of whom not everybody got the first, or it is not known",
    )
    .option("--dry-run", "show the letters; send nothing")
    .option("-o, --out <folder>", "folder of the reports", "reports")
    .option("-y, --yes", "do not ask")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the proofs as JSON")
    .action(async (options: TrafficOptions & { readonly stack: string }, command: Command) => {
      const output = outputOf(command);
      const open = await openFarm(options.stack, join(checkout, "tenants"), output);
      process.exitCode = await tellUsedTraffic(options, open, output, countOf(open));
    });
}

function countOf(open: OpenFarm): CountMonth {
  return async (tenants, month, now) => {
    const { settings } = await open.load();
    return countTraffic(tenants, {
      ...{ stack: open.stack, settings, month, now },
      hostKeys: await farmHostKeys(open.stack, tenants, settings),
      agentSocket: open.environment["SSH_AUTH_SOCK"],
      cloudflareToken: open.environment["CLOUDFLARE_API_TOKEN"],
    });
  };
}

/**
 * Writes to the administrations that have used what is included and were not told yet. What was counted is at least
 * used: days that nobody could count keep no letter back.
 * @param now @default - the clock's
 * @returns the exit code: failed as long as somebody has not got the letter for certain, or could not be counted
 * @throws FarmError when the mail server cannot be used
 */
export async function tellUsedTraffic(
  options: TrafficOptions,
  open: OpenFarm,
  output: Output,
  count: CountMonth,
  now: Date = new Date(),
): Promise<number> {
  const farm = await open.load();
  const { out, again = [], yes = false } = options;
  const named = [...(options.tenant ?? []), ...again].map((id) => findTenant(farm.tenants, id));
  const chosen = options.tenant === undefined ? watched(farm) : [...new Set(named)];
  const months = options.month === undefined ? monthsOf(now) : [readBegunMonth(options.month, now)];
  const counted: { readonly month: Month; readonly rows: readonly TrafficRow[] }[] = [];
  for (const month of months) counted.push({ month, rows: await count(chosen, month, now) });
  const plan = (): readonly UsedPlan[] =>
    counted.flatMap(({ month, rows }) => rows.flatMap((row) => planOf(row, month, chosen, out)));
  const due = plan().filter((each) => isDue(each, again));
  const letter = (each: UsedPlan) => letterText(each, farm.settings, now);
  const letters = options.dryRun ? due.map((each) => ({ tenant: each.tenant.id, ...letter(each) })) : [];
  if (due.length > 0 && !options.dryRun) {
    const mail = farmMail(farm.settings, open.environment);
    await interruptible(output.progress, async (signal) => {
      const names = due.map(({ tenant, month }) => `${tenant.id} (${month})`).join(", ");
      await confirm(`Write to ${names} that their included traffic is used?`, yes, signal);
      for (const month of months) {
        const own = due.filter((each) => each.month === month);
        const folder = TrafficLetters.folderOf(out, month);
        await sendOnce(
          own,
          { folder, doing: "sends letters about traffic", say: output.progress, signal },
          (each) => new TrafficLetters(out, month, each.tenant.id).read().at(-1),
          (each) => sendUsed(each, letter(each), mail, out),
        );
      }
    });
  }
  const after = plan();
  const failures = counted.flatMap(({ rows }) =>
    rows.flatMap((row) => row.failures.map((why) => `${row.tenant}: ${why}`)),
  );
  const rows = after.map(({ tenant, month, step, row, proof }) => {
    const { bytes, included } = row.traffic;
    return { tenant: tenant.id, month, bytes, included, step, proof: proof ?? null };
  });
  output.result({ used: rows, letters, failures }, textOf(after, letters, failures));
  const isTold = options.dryRun === true || after.every(({ step }) => step === "done");
  return isTold && failures.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** The last day of a month is counted only when it is over. */
function monthsOf(now: Date): readonly Month[] {
  const before = monthOf(startOfDay(addDays(berlinDay(now), -3)));
  const present = monthOf(now);
  return before === present ? [present] : [before, present];
}

function textOf(
  plans: readonly UsedPlan[],
  letters: readonly { readonly tenant: string; readonly subject: string; readonly text: string }[],
  failures: readonly string[],
): string {
  const rows = plans.map(({ tenant, month, row, step, proof }) => [
    ...[tenant.id, month, `${(row.traffic.share * 100).toFixed(1)} %`],
    step === "done" ? "told" : step === "send" ? "not told" : step,
    proof?.sentAt?.toISOString() ?? "–",
    proof?.bounce ?? proof?.response ?? "–",
  ]);
  const open = plans.filter(({ step }) => step !== "done" && step !== "send").map(({ tenant }) => tenant.id);
  return [
    rows.length === 0
      ? "Nobody has used what is included."
      : table([["administration", "month", "used", "", "at", "the server's words"], ...rows]),
    ...letters.map(({ tenant, subject, text }) => `── ${tenant}\nBetreff: ${subject}\n\n${text}`),
    ...(open.length === 0
      ? []
      : [`! not everybody got it, or nobody knows: --again ${open.join(" ")} sends another`]),
    ...failures.map((failure) => `✗ ${failure}`),
  ].join("\n");
}
