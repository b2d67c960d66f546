import { join } from "node:path";
import { type Command, Option } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import type { Month } from "../../model/berlin-time.ts";
import { findTenant } from "../../model/find-tenant.ts";
import type { Tenant } from "../../model/tenant.ts";
import { endsOfMonth } from "../../model/traffic-calendar.ts";
import { confirm } from "../confirm.ts";
import { labStack } from "../environment.ts";
import { interruptible } from "../interruptible.ts";
import { isDue } from "../letters/send-once.ts";
import { farmMail } from "../mail.ts";
import { readMonth } from "../month-option.ts";
import { exitCodes, type Output, outputOf, table } from "../output.ts";
import { type OpenFarm, openFarm } from "../tenant/open-farm.ts";
import { ReportFolder } from "./report-folder.ts";
import { planReports, type SendPlan, sendReports } from "./send-reports.ts";

/** What `./farm report send` was asked for. */
export interface SendOptions {
  readonly month: string;
  readonly tenant?: readonly string[];
  readonly provisional?: true;
  readonly final?: true;
  readonly again?: readonly string[];
  readonly out: string;
  readonly yes?: true;
}

/** Registers `./farm report send`. */
export function register(report: Command): void {
  report
    .command("send")
    .description("send the reports that ./farm report sla made to their administrations, with proof")
    .requiredOption("-m, --month <YYYY-MM>", 'which month; "last" is the one before the present')
    .option("--tenant <id...>", "only these administrations")
    .addOption(new Option("--provisional", "the provisional ones").conflicts("final"))
    .option("--final", "the final ones (default: the final ones where there are any)")
    .option(
      "--again <id...>",
      "another letter, to those of whom not everybody got the first, or it is not known",
    )
    .option("-o, --out <folder>", "folder of the reports", "reports")
    .option("-y, --yes", "do not ask")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "the proofs as JSON")
    .action(async (options: SendOptions & { readonly stack: string }, command: Command) => {
      const output = outputOf(command);
      const open = await openFarm(options.stack, join(checkout, "tenants"), output);
      process.exitCode = await sendMonth(options, open, output);
    });
}

/**
 * Sends what was not sent yet.
 * @returns the exit code: failed as long as an administration has not got its report for certain
 * @throws FarmError when there is no report, or the mail server cannot be used
 */
export async function sendMonth(options: SendOptions, open: OpenFarm, output: Output): Promise<number> {
  const farm = await open.load();
  const { out, again = [], yes = false } = options;
  const month = readMonth(options.month);
  const folder = new ReportFolder(out, month);
  const final = options.final ?? (options.provisional === undefined && folder.tenants("final").length > 0);
  const stage = final ? "final" : "provisional";
  const chosen = [...(options.tenant ?? []), ...again].map((id) => findTenant(farm.tenants, id));
  const tenants = options.tenant === undefined ? farm.tenants : chosen;
  const plan = (): readonly SendPlan[] => planReports([...new Set(tenants)], folder, stage);
  const before = plan();
  if (before.length === 0) {
    throw new FarmError({
      what: `There is no ${stage} report of ${month}`,
      where: folder.path,
      next: `make them first: ./farm report sla --month ${month}`,
    });
  }
  const due = before.filter((each) => isDue(each, again));
  if (due.length > 0) {
    const mail = farmMail(farm.settings, open.environment);
    await interruptible(output.progress, async (signal) => {
      const letters = due.length === 1 ? "1 report" : `${due.length} reports`;
      const names = due.map(({ tenant }) => tenant.id).join(", ");
      await confirm(`Send ${letters} (${stage}, ${month}) to ${names}?`, yes, signal);
      await sendReports(due, { folder, mail, say: output.progress, signal });
    });
  }
  const after = plan();
  const known = new Set(after.map(({ tenant }) => tenant.id));
  const without = [...new Set(tenants)].filter(
    ({ id, contract }) => !known.has(id) && covers(contract, month),
  );
  const rows = [
    ...after.map(({ tenant, kept, step, proof }) => {
      return { tenant: tenant.id, stage, number: kept.number, step, proof: proof ?? null };
    }),
    ...without.map(({ id }) => ({ tenant: id, stage, number: null, step: "no report", proof: null })),
  ];
  output.result(
    { month, reports: rows },
    textOf(after, { stage, without: without.map(({ id }) => id), month }),
  );
  return rows.every(({ step }) => step === "done") ? exitCodes.done : exitCodes.failed;
}

/** Whether a contract covers any day of a month, so that a report is owed. */
function covers({ liveFrom, endsOn }: Tenant["contract"], month: Month): boolean {
  const [first, last] = endsOfMonth(month);
  return liveFrom <= last && (endsOn === undefined || endsOn >= first);
}

interface Missing {
  readonly stage: "provisional" | "final";
  readonly without: readonly string[];
  readonly month: Month;
}

function textOf(plans: readonly SendPlan[], { stage, without, month }: Missing): string {
  const rows = plans.map(({ tenant, kept, step, proof }) => [
    tenant.id,
    kept.number === 0 ? kept.stage : `${kept.stage}, correction ${kept.number}`,
    step === "done" ? "sent" : step === "send" ? "not sent" : step,
    proof?.sentAt?.toISOString() ?? "–",
    proof?.recipients.join(", ") ?? "–",
    proof?.bounce ?? proof?.response ?? "–",
  ]);
  const open = plans.filter(({ step }) => step !== "done" && step !== "send").map(({ tenant }) => tenant.id);
  return [
    table([
      ["administration", "report", "", "at", "to", "the server's words"],
      ...rows,
      ...without.map((id) => [id, stage, "no report", "–", "–", "–"]),
    ]),
    ...(without.length === 0
      ? []
      : [`! no ${stage} report, and the contract covers the month: ./farm report sla --month ${month}`]),
    ...(open.length === 0
      ? []
      : [`! not everybody got it, or nobody knows: --again ${open.join(" ")} sends another`]),
  ].join("\n");
}
