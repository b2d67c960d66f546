import { join } from "node:path";
import type { Command } from "commander";
import { checkout } from "../../lib/paths.ts";
import { findSlot, planBackupSlots } from "../../model/backup-slot.ts";
import type { Farm } from "../../model/farm.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { formatSize } from "../../model/size.ts";
import type { Tenant } from "../../model/tenant.ts";
import { findNextWindow, findOpenWindow, showWindow } from "../../model/window.ts";
import { labStack } from "../environment.ts";
import { outputOf, table } from "../output.ts";
import { openFarm } from "./open-farm.ts";

/** One administration as a table shows it. */
export interface TenantRow {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly aliases: readonly string[];
  readonly pool: string;
  readonly address: string;
  readonly release: string;
  readonly ring: string;
  /** Sizes in bytes. */
  readonly size: Tenant["size"];
  readonly certificate: string;
  /** Start of its backup by the clock in Berlin, "23:10". */
  readonly backup: string;
  /** The window that is open, else the next one. @default - none is announced or can be */
  readonly window?: string;
  readonly lifecycle: string;
}

/** Registers `./farm tenant list` and `show`. */
export function register(tenant: Command): void {
  tenant
    .command("list")
    .description("all administrations as their files say")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "the table as JSON")
    .action(async ({ stack }: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const farm = await (await openFarm(stack, join(checkout, "tenants"), output)).load();
      const rows = farm.tenants.map((each) => rowOf(each, farm));
      output.result(rows, listText(rows));
    });
  tenant
    .command("show")
    .description("one administration as its file says, defaults filled in")
    .argument("<id>", "the administration's id, the name of its file")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "all of it as JSON")
    .action(async (id: string, { stack }: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const farm = await (await openFarm(stack, join(checkout, "tenants"), output)).load();
      const found = findTenant(farm.tenants, id);
      const row = rowOf(found, farm);
      output.result({ ...found, backupAt: row.backup, window: row.window ?? null }, showText(found, row));
    });
}

/** What a table shows of an administration. */
export function rowOf(tenant: Tenant, { tenants, settings, windows, at }: Farm): TenantRow {
  const window = findOpenWindow(windows, tenant, at) ?? findNextWindow(windows, tenant, { at, minutes: 0 });
  const { id, name, domain, aliases, pool, address, size, allrisnet, certificate, lifecycle } = tenant;
  return {
    ...{ id, name, domain, aliases, pool, address, size },
    release: allrisnet.release,
    ring: allrisnet.ring,
    certificate: certificate.issuer,
    backup: findSlot(planBackupSlots(tenants, settings.backup), id).at,
    ...(window === undefined ? {} : { window: showWindow(window, tenant, at) }),
    lifecycle: lifecycle.state,
  };
}

/** The table for people. */
export function listText(rows: readonly TenantRow[]): string {
  const heading = ["administration", "domain", "pool", "address", "release", "size", "backup", "lifecycle"];
  const cells = rows.map(({ id, domain, pool, address, release, ring, size, backup, lifecycle }) => [
    ...[id, domain, pool, address, `${release} (${ring})`, sizeText(size), backup, lifecycle],
  ]);
  return table([heading, ...cells]);
}

function showText(tenant: Tenant, row: TenantRow): string {
  const { contract, contact, changes, lifecycle } = tenant;
  const ending =
    lifecycle.state === "terminating"
      ? ` since ${lifecycle.since}, nothing deleted before ${lifecycle.deleteAfter}`
      : "";
  const fields: (readonly [string, string])[] = [
    ["file", tenant.file],
    ["site", `https://${row.domain}/`],
    ["redirects", row.aliases.join(", ") || "none"],
    ["DNS", tenant.dns.mode === "ours" ? `our zone ${tenant.dns.zone}` : "the administration's own zone"],
    ["machine", `${row.address} in pool ${row.pool}, ${sizeText(row.size)}`],
    ["certificate", row.certificate],
    ["release", `${row.release}, ring ${row.ring}`],
    ["backup", `${row.backup} every night`],
    ["window", row.window ?? "none is announced"],
    ["contract", `${contract.number}, ${contract.customer}, live from ${contract.liveFrom}`],
    ["contact", [contact.email, contact.phone ?? ""].filter(Boolean).join(", ")],
    ["lifecycle", `${row.lifecycle}${ending}`],
    ...changes.map(
      ({ on, ticket, by, what }) => ["changed", `${on} ${what}, ticket ${ticket}, ${by}`] as const,
    ),
  ];
  return [tenant.name, ...fields.map(([field, text]) => `  ${field.padEnd(12)}${text}`)].join("\n");
}

/** A machine's figures for people. */
export function sizeText({ cpus, memory, disk }: Tenant["size"]): string {
  return `${cpus} CPUs, ${formatSize(memory)}, ${formatSize(disk)}`;
}
