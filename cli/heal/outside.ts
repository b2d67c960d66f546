import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../../lib/farm-error.ts";
import { farmTag, isMonitoring, monitoringResource, tenantsOfTags } from "../../model/plan.ts";
import { parseStackName } from "../../model/shards.ts";
import { nameOf, type PendingOperation, type StackState } from "../../model/stack-state.ts";
import type { XoClient } from "../../providers/xenops/xo-client.ts";
import type { CloudflareFacts } from "../cloudflare-facts.ts";
import { openRestores } from "../restore-journal.ts";
import { isOrdered, vmType } from "./cure.ts";
import { type OutsideFacts, vmFrom } from "./facts.ts";
import { remainsPatience } from "./remains.ts";

/** Where the farm's things are, as its own identities see them. */
export interface Outside {
  readonly xo: XoClient;
  readonly cloudflare: CloudflareFacts;
}

/** How long to wait for what XO may still be doing. */
export interface Quiet {
  /** Milliseconds that an order may be on its way to XO. */
  readonly orders: number;
  /** Milliseconds that a clone or a start may take. */
  readonly work: number;
}

const usualQuiet: Quiet = { orders: 5000, work: 15 * 60_000 };

type XoObject = Record<string, unknown>;

const siteType = "farm:site:TenantSite";

/** Collects what a state's operations under way may have made; no more than that is asked for. */
export async function gatherFacts(
  stack: string,
  state: StackState,
  { xo, cloudflare }: Outside,
): Promise<OutsideFacts> {
  const creating = state.pending.filter(({ type }) => type === "creating");
  const ofType = (type: string): PendingOperation[] =>
    creating.filter(({ resource }) => resource.type === type);
  const records = ofType("cloudflare:index/dnsRecord:DnsRecord");
  const zoneIds = new Set(records.map(({ resource }) => String(resource.inputs["zoneId"])));
  const zoneNames = ofType("cloudflare:index/zone:Zone").map(({ resource }) =>
    String(resource.inputs["name"]),
  );
  const certificates = ofType("cloudflare:index/originCaCertificate:OriginCaCertificate");
  // A shard has no zone in its state, but records that name theirs.
  const stateZones = state.resources.flatMap(({ type, id, inputs }) => {
    if (type === "cloudflare:index/zone:Zone") return [id];
    return type === "cloudflare:index/dnsRecord:DnsRecord" ? [String(inputs["zoneId"])] : [];
  });
  const certified = certificates.length === 0 ? [] : [...new Set([...stateZones, ...zoneIds])];
  const [vms, zones, foundRecords, foundCertificates] = await Promise.all([
    findVms(stack, state, xo),
    Promise.all(zoneNames.map((name) => cloudflare.zones(name))),
    Promise.all([...zoneIds].map(async (id) => (await cloudflare.tryRecords(id)) ?? [])),
    Promise.all(certified.map((id) => cloudflare.certificates(id))),
  ]);
  return {
    vms: vms.map(vmFrom),
    zones: zones.flat(),
    records: foundRecords.flat(),
    certificates: foundCertificates.flat(),
    restores: openRestores(stack),
  };
}

/** VMs with the farm's tag, of a shard its own, and those that only have the name of one that was being made. */
async function findVms(
  stack: string,
  { pending, resources }: StackState,
  xo: Pick<XoClient, "objects">,
): Promise<XoObject[]> {
  const all = await xo.objects({ type: "VM" });
  const names = new Set(
    pending
      .filter(({ type, resource }) => type === "creating" && resource.type === vmType)
      .map(({ resource }) => resource.inputs["nameLabel"]),
  );
  const tag = farmTag(`allris-farm/${stack}`);
  // A site's component is in the state before its VM is ordered.
  const sites = resources.filter(({ type }) => type === siteType).map(({ urn }) => nameOf(urn));
  const watches = resources.some(({ urn }) => nameOf(urn) === monitoringResource);
  const isShard = parseStackName(stack).shard !== undefined;
  return all.filter((vm) => {
    const tags: string[] = Array.isArray(vm["tags"]) ? vm["tags"] : [];
    // A name says as much only while the VM has no tags of anybody.
    if (tags.length === 0) return names.has(vm["name_label"]);
    if (isMonitoring(tags, `allris-farm/${stack}`)) return watches;
    return tags.includes(tag) && (!isShard || tenantsOfTags(tags).some((tenant) => sites.includes(tenant)));
  });
}

/**
 * Waits until XO has come to an end with what the interrupted run ordered. XO finishes an order whose client is
 * gone: a VM may appear after the engine has died, and one that is there may still be starting.
 * @throws FarmError when it does not come to an end
 */
export async function awaitQuiet(
  stack: string,
  state: StackState,
  xo: Pick<XoClient, "objects">,
  progress: (line: string) => void,
  quiet: Quiet = usualQuiet,
): Promise<void> {
  const making = state.pending.filter(({ resource }) => resource.type === vmType);
  if (making.length === 0) return;
  const templates = new Set(making.map(({ resource }) => resource.inputs["template"]));
  // None lives any more, but a plug-in that outlived its engine may have given an order until now.
  const lastOrder = Math.min(Date.now(), lastWord(state) + remainsPatience);
  const silentFrom = lastOrder + quiet.orders;
  const deadline = Date.now() + quiet.work;
  for (let told = false; ; told = true) {
    const [vms, all] = await Promise.all([findVms(stack, state, xo), xo.objects({ type: "VM-template" })]);
    const found = vms.filter((vm) => making.some(({ resource }) => isOrdered(resource, vmFrom(vm))));
    const missing = making.filter(
      ({ type, resource }) => type === "creating" && !found.some((vm) => isOrdered(resource, vmFrom(vm))),
    );
    const busy = [...found, ...all.filter(({ id }) => templates.has(id))].filter(isBusy);
    if (busy.length === 0 && (missing.length === 0 || Date.now() >= silentFrom)) return;
    if (!told) progress("Waiting until XO has finished what the interrupted run ordered");
    if (Date.now() > deadline) {
      throw new FarmError({
        what: "XO still works on what the interrupted run ordered",
        where: busy.map(({ name_label }) => String(name_label)).join(", "),
        next: "look at XO's tasks; when they have ended, run ./farm heal again",
      });
    }
    await sleep(250);
  }
}

function isBusy({ current_operations }: XoObject): boolean {
  return typeof current_operations === "object" && Object.keys(current_operations ?? {}).length > 0;
}

/** When the engine last wrote the state, in milliseconds since 1970; now, when it does not say. */
function lastWord({ document }: StackState): number {
  const { deployment } = JSON.parse(document) as { deployment?: { manifest?: { time?: string } } };
  const time = Date.parse(deployment?.manifest?.time ?? "");
  return Number.isNaN(time) ? Date.now() : time;
}
