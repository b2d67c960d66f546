import type { PatchLevel } from "../model/patch-level.ts";
import { table } from "./output.ts";
import type { PatchRow } from "./patch-apply.ts";
import type { FleetRow } from "./patch-fleet.ts";

/** The state of machines for people: a line each, then which packages would change where. */
export function fleetText(rows: readonly FleetRow[], levels: readonly PatchLevel[]): string {
  const cells = rows.map((row) => [
    row.tenant,
    row.ring,
    stateOf(row),
    row.plan === undefined ? "" : effectOf(row.plan),
    row.plan === undefined ? "" : String(row.plan.minutes),
    row.state?.lastChange?.slice(0, 16).replace("T", " ") ?? "never",
  ]);
  const heading = ["administration", "ring", "state", "takes effect by", "minutes", "last patched (UTC)"];
  const used = levels.filter(({ ring }) => rows.some((row) => row.ring === ring));
  return [
    ...used.map(({ ring, reason, file }) => `${ring}: ${reason} (${file})`),
    "",
    table([heading, ...cells]),
    ...changesText(rows),
    ...rows.flatMap(({ tenant, failure }) => (failure === undefined ? [] : [`${tenant}: ${failure}`])),
  ].join("\n");
}

function stateOf({ plan, state }: FleetRow): string {
  if (plan === undefined || state === undefined) return "unknown";
  const parts: string[] = [];
  if (state.running !== null) parts.push(`run ${state.running} under way`);
  if (plan.broken.length > 0) parts.push(`${plan.broken.length} half installed`);
  if (plan.changes.length > 0) parts.push(`${plan.changes.length} to patch`);
  if (plan.ahead.length > 0) parts.push(`${plan.ahead.length} newer than the ring`);
  if (state.rebootPending) parts.push("restart pending");
  return parts.length === 0 ? "current" : parts.join(", ");
}

function effectOf({ reboot, restarts, changes }: NonNullable<FleetRow["plan"]>): string {
  if (changes.length === 0) return "";
  if (reboot) return "restart of the machine";
  return restarts.length === 0 ? "no restart" : `restart of ${restarts.join(", ")}`;
}

/** The same change on many machines is one line. */
function changesText(rows: readonly FleetRow[]): string[] {
  const groups = new Map<string, { readonly cells: readonly string[]; readonly tenants: string[] }>();
  for (const { tenant, plan } of rows) {
    const all = [
      ...(plan?.changes ?? []).map((change) => ({ ...change, what: "→" })),
      ...(plan?.ahead ?? []).map((change) => ({ ...change, what: "stays, fixed is" })),
    ];
    for (const { name, from, what, to } of all) {
      const key = `${name} ${from} ${to}`;
      const group = groups.get(key) ?? { cells: [name, from, what, to], tenants: [] };
      group.tenants.push(tenant);
      groups.set(key, group);
    }
  }
  if (groups.size === 0) return [];
  const body = [...groups.values()].map(({ cells, tenants }) => [...cells, tenants.join(", ")]);
  return ["", table([["package", "installed", "", "fixed", "administrations"], ...body])];
}

/** What was done, for people. */
export function appliedText(rows: readonly PatchRow[]): string {
  const cells = rows.map((row) => [
    row.tenant,
    row.result,
    row.changes.map(({ name, from, to }) => `${name} ${from ?? "new"} → ${to}`).join(", "),
    row.rebooted ? "yes" : "",
    row.awaySeconds === 0 ? "" : `${row.awaySeconds} s`,
  ]);
  const told = rows.filter(
    ({ result, notes }) => (result !== "patched" && result !== "current") || notes.length > 0,
  );
  return [
    table([["administration", "result", "packages", "restarted", "away"], ...cells]),
    ...told.flatMap(({ tenant, story, notes }) => ["", `${tenant}: ${[story, ...notes].join("; ")}`]),
  ].join("\n");
}
