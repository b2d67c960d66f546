import type { Command } from "commander";
import { planNotices } from "../../model/announcement/plan.ts";
import { showBerlin } from "../../model/berlin-time.ts";
import type { Farm } from "../../model/farm.ts";
import { type MaintenanceWindow, noticeDeadline, windowState } from "../../model/window.ts";
import { labStack } from "../environment.ts";
import { exitCodes, outputOf, table } from "../output.ts";
import { bookOf, findWindow, openWindows, type WindowContext } from "./open-windows.ts";
import { noticeRows, planText } from "./plan-text.ts";

/** Registers `./farm window list` and `show`. */
export function register(window: Command): void {
  window
    .command("list")
    .description("all windows, and how many administrations were told")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "the table as JSON")
    .action(async ({ stack }: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const farm = await (await openWindows(stack, output)).open.load();
      const rows = farm.windows.map((each) => windowRow(each, farm));
      output.result(rows, rows.length === 0 ? "There is no window in maintenance/." : listText(rows));
    });
  window
    .command("show")
    .description("one window: what it costs each administration, and the proof of its notice")
    .argument("<id>", "the window's id, the name of its file in maintenance/")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "all of it as JSON")
    .action(async (id: string, { stack }: { stack: string }, command: Command) => {
      const output = outputOf(command);
      process.exitCode = await showWindow(id, await openWindows(stack, output));
    });
}

/**
 * Shows a window with the proof of its notices.
 * @returns the exit code: failed when a letter is not what was sent
 */
export async function showWindow(id: string, { open, output }: WindowContext): Promise<number> {
  const farm = await open.load();
  const found = findWindow(farm.windows, id);
  const plans = planNotices(found, farm, farm.at);
  const changed = bookOf(open, id).findChangedLetters();
  const proofs = plans.map(({ tenant, notice }) =>
    notice.proven
      ? `✓ ${tenant.id}: ${showBerlin(notice.sentAt)}, ${notice.evidence}`
      : `✗ ${tenant.id}: ${notice.why}`,
  );
  const warnings = changed.map(
    ({ letter }) => `✗ maintenance/notices/${letter} is not the letter that was sent`,
  );
  const text = [planText(found, plans, new Map()), ...proofs, ...warnings].join("\n");
  const value = {
    ...windowRow(found, farm),
    notices: noticeRows(plans, new Map()),
    changedLetters: changed.map(({ letter }) => letter),
  };
  output.result(value, text);
  return changed.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** What a table shows of a window. */
export function windowRow(window: MaintenanceWindow, farm: Pick<Farm, "tenants" | "windows" | "at">) {
  const { id, kind, start, end, reason } = window;
  const plans = planNotices(window, farm, farm.at);
  const announced = plans.filter(({ tenant }) => windowState(window, tenant, farm.at) === "announced");
  const told = announced.map(({ tenant }) => tenant.id);
  const untold = plans.map(({ tenant }) => tenant.id).filter((tenant) => !told.includes(tenant));
  return {
    id,
    kind,
    start,
    end,
    reason,
    noticeBy: noticeDeadline(window),
    announced: told,
    unannounced: untold,
  };
}

function listText(rows: readonly ReturnType<typeof windowRow>[]): string {
  const heading = ["window", "kind", "from", "to", "notice by", "told", "reason"];
  const cells = rows.map(({ id, kind, start, end, reason, noticeBy, announced, unannounced }) => [
    ...[id, kind, showBerlin(start), showBerlin(end), showBerlin(noticeBy)],
    ...[`${announced.length} of ${announced.length + unannounced.length}`, reason],
  ]);
  return table([heading, ...cells]);
}
