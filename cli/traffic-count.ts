import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { Month } from "../model/berlin-time.ts";
import type { SitePaths } from "../model/public-paths.ts";
import type { Settings } from "../model/settings.ts";
import { ownStack } from "../model/shards.ts";
import type { Tenant } from "../model/tenant.ts";
import { trafficMonth } from "../model/traffic.ts";
import { addDays, berlinDay, daysBetween, endsOfMonth } from "../model/traffic-calendar.ts";
import { TrafficBook } from "./traffic-book.ts";
import { readEdgeDays } from "./traffic-edge.ts";
import { readMachineDays } from "./traffic-machine.ts";
import type { TrafficRow } from "./traffic-table.ts";

/** What is needed of an administration. */
export type CountedTenant = Pick<
  Tenant,
  "id" | "pool" | "name" | "domain" | "aliases" | "dns" | "address" | "certificate" | "contract"
> & { readonly allrisnet: SitePaths };

/** What the figures of administrations are fetched with. */
export interface TrafficScope {
  readonly stack: string;
  readonly settings: Pick<Settings, "access" | "endpoints" | "traffic" | "shards">;
  readonly month: Month;
  readonly now: Date;
  /** Pinned ssh host keys by administration. */
  readonly hostKeys: ReadonlyMap<string, string>;
  readonly agentSocket: string | undefined;
  readonly cloudflareToken: string | undefined;
  /** Port of the machines' ssh. @default 22 */
  readonly port?: number;
  /** The traffic program on the machines, with sudo. @default - where the roll-out puts it */
  readonly command?: string;
  /** Folder of the kept sums. @default - in the farm's folder */
  readonly folder?: string;
}

/** Machines that are asked at a time: each needs a connection to the jump host as well. */
const together = 8;
/** Days before a month that its first days are compared with. */
const before = 28;

/** Counts a month of several administrations; who cannot be reached is a row with the reason. */
export async function countTraffic(
  tenants: readonly CountedTenant[],
  scope: TrafficScope,
): Promise<readonly TrafficRow[]> {
  const rows: TrafficRow[] = new Array(tenants.length);
  const waiting = tenants.entries();
  const worker = async (): Promise<void> => {
    for (const [index, tenant] of waiting) rows[index] = await countTenant(tenant, scope);
  };
  await Promise.all(Array.from({ length: together }, worker));
  return rows;
}

async function countTenant(tenant: CountedTenant, scope: TrafficScope): Promise<TrafficRow> {
  const { month, now, settings } = scope;
  const book = new TrafficBook(ownStack(scope.stack, tenant, scope.settings), tenant.id, scope.folder);
  const [begins, ends] = endsOfMonth(month);
  const today = berlinDay(now);
  const days = daysBetween(addDays(begins, -before), ends < today ? ends : today);
  const proxied = proxiedNames(tenant);
  const failures: string[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failures.push(sentenceOf(error));
    }
  };
  await Promise.all([
    attempt(async () => book.addMachine(await readMachine(tenant, scope, days))),
    attempt(async () => {
      if (proxied === undefined) return;
      const open = book.openEdgeDays(days);
      const found = readEdgeDays(edgeApi(scope), proxied.zone, proxied.names, open, now);
      // Each as it comes: what a rate limit cuts off goes on with the next run.
      for await (const day of found) book.addEdge(day);
    }),
  ]);
  book.save();
  const { machine, edge } = book;
  const known = machine.length + (proxied === undefined ? 0 : edge.length) > 0;
  const edgeDays = proxied === undefined ? {} : { edge };
  const { contract } = tenant;
  return {
    tenant: tenant.id,
    name: tenant.name,
    countedAt: proxied === undefined ? "machine" : "edge",
    traffic: known
      ? trafficMonth({
          ...{ month, settings: settings.traffic, contract, now, machine, ...edgeDays },
          site: tenant.allrisnet,
        })
      : null,
    failures,
  };
}

/** The names that visitors reach by the edge; the certificate of the edge and the proxy go together. */
function proxiedNames(tenant: CountedTenant): { zone: string; names: readonly string[] } | undefined {
  const { certificate, dns, domain, aliases } = tenant;
  if (certificate.issuer !== "cloudflare-origin" || dns.mode !== "ours") return undefined;
  return { zone: dns.zone, names: [domain, ...aliases] };
}

async function readMachine(
  tenant: CountedTenant,
  { settings, hostKeys, agentSocket, port = 22, command }: TrafficScope,
  days: readonly ReturnType<typeof berlinDay>[],
): Promise<readonly unknown[]> {
  const hostKey = hostKeys.get(tenant.id);
  const [first, last] = [days.at(0), days.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (hostKey === undefined) {
    throw new FarmError({ what: "the stack has no machine of it yet", next: "./farm pulumi up" });
  }
  const { user, jump } = settings.access;
  const machine = { host: tenant.address, port, user, hostKey, agentSocket };
  return readMachineDays({ machine, jump: { ...jump, agentSocket } }, first, last, command);
}

function edgeApi({ settings, cloudflareToken }: TrafficScope): { url: string; token: string } {
  if (cloudflareToken !== undefined) return { url: settings.endpoints.cloudflare, token: cloudflareToken };
  throw new FarmError({ what: "CLOUDFLARE_API_TOKEN is not set, so the edge cannot be asked" });
}

/** One line, whatever was thrown. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof FarmError)) return messageOf(error).split("\n", 1).join("");
  const { what, next } = error.parts;
  return next === undefined ? what : `${what}; ${next}`;
}
