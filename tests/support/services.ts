import { readFileSync } from "node:fs";
import { join } from "node:path";
import { labPlaces, readLab, readSecrets } from "../../lab/lab-file.ts";
import { XoClient } from "../../providers/xenops/xo-client.ts";

/** Runs `work` with a client of the lab's XO that may do everything. */
export async function withXo<T>(work: (xo: XoClient) => Promise<T>): Promise<T> {
  const xo = new XoClient({ url: readLab().xo.url, token: readSecrets(labPlaces()).xo.adminToken });
  try {
    return await work(xo);
  } finally {
    xo.close();
  }
}

/** The VMs of the stack in XO. */
export function farmVms(): Promise<Record<string, unknown>[]> {
  return withXo((xo) => xo.objects({ type: "VM", tags: ["farm=allris-farm/lab"] }));
}

/** The VM of an administration. */
export async function vmOf(tenant: string): Promise<Record<string, unknown> & { readonly id: string }> {
  const found = (await farmVms()).filter((vm) => (vm["tags"] as string[]).includes(`tenant=${tenant}`));
  const [vm] = found;
  if (vm === undefined || found.length > 1) throw new Error(`XO has ${found.length} VMs of ${tenant}`);
  return { ...vm, id: String(vm["id"]) };
}

/** The methods that XO was asked for until now, from its own log. */
export function callsOfXo(): string[] {
  const lines = readFileSync(join(labPlaces().log, "xo.log"), "utf8").split("\n").filter(Boolean);
  const calls = lines.map((line) => JSON.parse(line) as { message: string; method?: string });
  return calls.flatMap(({ message, method }) => (message === "call" && method !== undefined ? [method] : []));
}

/** Names of the snapshots of a VM in XO. */
export async function snapshotNames(vm: string): Promise<string[]> {
  const found = await withXo((xo) => xo.objects({ type: "VM-snapshot", $snapshot_of: vm }));
  return found.map((snapshot) => String(snapshot["name_label"])).sort();
}

/** Removes the snapshots of a VM in XO. */
export async function removeSnapshots(vm: string): Promise<void> {
  await withXo(async (xo) => {
    const found = await xo.objects({ type: "VM-snapshot", $snapshot_of: vm });
    for (const { id } of found) await xo.call("vm.delete", { id, forceBlockedOperation: true });
  });
}

/** Calls the lab's Cloudflare: below `/client/v4`, or below `/lab` with a leading slash. */
export async function cloudflare<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
  const base = `${readLab().cloudflare.baseUrl}/`;
  const response = await fetch(new URL(path, base), {
    method,
    headers: {
      authorization: `Bearer ${readSecrets().cloudflare.token}`,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (JSON.parse(text) as { result: T }).result;
}

/** A DNS record at the lab's Cloudflare. */
export interface LabRecord {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly ttl: number;
}

/** Zone id and records of a zone. */
export async function zoneOf(name: string): Promise<{ readonly id: string; readonly records: LabRecord[] }> {
  const [zone] = await cloudflare<{ id: string }[]>("GET", `zones?name=${name}`);
  if (zone === undefined) throw new Error(`Cloudflare has no zone ${name}`);
  return {
    id: zone.id,
    records: await cloudflare<LabRecord[]>("GET", `zones/${zone.id}/dns_records?per_page=100`),
  };
}
