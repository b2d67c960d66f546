import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../lib/farm-error.ts";
import type { DrillCheck, DrillDraft, DrillSite } from "../model/drill.ts";
import { type Probe, timelineOf } from "../model/drill-timeline.ts";
import { tenantTag } from "../model/plan.ts";
import type { Tenant } from "../model/tenant.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";
import { FailoverWatch } from "./drill-watch.ts";
import type { HostNow, PoolNow, VmNow } from "./pool-view.ts";
import { publicPath } from "./release-health.ts";
import { SiteProbe } from "./site-probe.ts";
import type { Route } from "./visit.ts";

/** What a site's data is compared by. */
export interface DataCheck {
  /** Lets the machine write down what it has. */
  before(tenant: Tenant): Promise<void>;
  /** Whether it has the same now. */
  after(tenant: Tenant): Promise<DrillCheck>;
}

/** With what a failover is drilled. */
export interface FailoverScope {
  readonly xo: XoClient;
  readonly stack: string;
  readonly lab: boolean;
  /** Administrations whose VMs run in the pool. */
  readonly tenants: readonly Tenant[];
  readonly route: Route;
  readonly data: DataCheck;
  /** The version of ALLRIS net that a site's page names, and whether it is the right one. */
  readonly version: (tenant: Tenant) => Promise<DrillCheck>;
  /** Cuts the host's power. @default - the operator does, when told to */
  readonly cut?: () => Promise<void>;
  /** Seconds in which sites have to answer again, and in which the operator has to pull the host. */
  readonly patience: number;
  /** Seconds for which every site has to answer without a failure, before and after. @default 5 */
  readonly calm?: number;
  readonly say: (line: string) => void;
}

interface Site {
  readonly tenant: Tenant;
  readonly vm: VmNow;
  /** Whether it runs on the host that fails. */
  readonly hit: boolean;
  readonly probe: SiteProbe;
}

/** What a drill saw, but for who signs it. */
export type FailoverDrill = Omit<DrillDraft, "by">;

/**
 * Lets a host fail and watches what becomes of its sites, from outside by their names and in Xen Orchestra.
 * @throws FarmError before anything is touched: HA is off, no site on the host, a site that does not answer
 */
export async function drillFailover(
  pool: PoolNow,
  host: HostNow,
  scope: FailoverScope,
): Promise<FailoverDrill> {
  const { say } = scope;
  const sites = sitesOf(pool, host, scope);
  const hit = sites.filter((site) => site.hit);
  requireFit(pool, host, hit);
  say(`On ${host.name}: ${hit.map(({ tenant }) => tenant.id).join(", ")}`);
  for (const { probe } of sites) probe.start();
  const watch = new FailoverWatch(
    scope.xo,
    pool,
    host,
    hit.map(({ vm }) => vm.id),
  );
  try {
    await requireAnswers(sites, scope.calm ?? 5);
    say("The machines write down what they have");
    await Promise.all(hit.map(({ tenant }) => scope.data.before(tenant)));
    const startedAt = new Date();
    // What went wrong before is not the failover's.
    const since = startedAt.getTime() - 1000;
    watch.start();
    const cut = await cutPower(host, hit, watch, scope);
    await untilCalm(sites, watch, scope);
    await watch.stop();
    const probes = new Map(
      await Promise.all(sites.map(async (site) => [site, await site.probe.stop()] as const)),
    );
    const seen = await Promise.all(
      sites.map((site) =>
        siteRecord(
          site,
          (probes.get(site) ?? []).filter(({ begun }) => begun >= since),
          { ...watch.of(site.vm.id), ...cut },
          scope,
        ),
      ),
    );
    return {
      kind: "failover",
      lab: scope.lab,
      stack: scope.stack,
      subject: host.name,
      method:
        scope.cut === undefined
          ? "the operator took the host's power"
          : "the lab cut the simulated host's power",
      startedAt,
      endedAt: new Date(),
      sites: seen,
      remarks: [
        "Sites are visited five times a second by their names; Xen Orchestra is looked at as often.",
        "Detection runs from the power cut where the lab made it, else from the last good answer.",
      ],
    };
  } finally {
    await watch.stop();
    await Promise.all(sites.map(({ probe }) => probe.stop()));
  }
}

function sitesOf(pool: PoolNow, host: HostNow, { tenants, route }: FailoverScope): readonly Site[] {
  return tenants.flatMap((tenant) => {
    const vm = pool.vms.find(({ tags }) => tags.includes(tenantTag(tenant.id)));
    if (vm === undefined) return [];
    const probe = new SiteProbe(`https://${tenant.domain}${publicPath(tenant)}`, route);
    return [{ tenant, vm, hit: vm.host === host.id, probe }];
  });
}

function requireFit(pool: PoolNow, host: HostNow, hit: readonly Site[]): void {
  const unprotected = pool.vms.filter((vm) => vm.host === host.id && !vm.protected);
  const refuse = (why: string, next: string): FarmError =>
    new FarmError({
      what: `The failover of ${host.name} cannot be drilled`,
      where: `pool ${pool.name}`,
      why,
      next,
    });
  if (!pool.haEnabled) {
    throw refuse("high availability is off: nothing would restart its VMs", "switch it on: ./farm pulumi up");
  }
  if (hit.length === 0) throw refuse("no site runs on it", "name a host that has one");
  if (unprotected.length > 0) {
    throw refuse(
      `${unprotected.map(({ name }) => name).join(", ")} would stay down: high availability does not restart them`,
      "move them away first",
    );
  }
  const rest = pool.hosts.filter(({ id, takes }) => id !== host.id && takes);
  if (rest.length === 0) throw refuse("no other host takes VMs", "bring another host into service");
}

/** Every site has to be well before: a drill on a farm that is ill proves nothing. */
async function requireAnswers(sites: readonly Site[], calm: number): Promise<void> {
  // The first visits may be slow: names are looked up, and the machine has other things to do.
  await sleep(calm * 1500);
  const since = Date.now() - calm * 1000;
  const ill = sites.flatMap(({ tenant, probe }) => {
    const late = probe.probes.filter(({ begun }) => begun >= since);
    const bad = late.find(({ failure }) => failure !== undefined);
    return bad === undefined && late.length > 0
      ? []
      : [`${tenant.domain}: ${bad?.failure ?? "no answer yet"}`];
  });
  if (ill.length === 0) return;
  throw new FarmError({
    what: "Not every site answers before the drill",
    where: ill.join("; "),
    next: "see to them first, then begin again",
  });
}

/** Lets the power go, and waits until that shows somewhere. */
async function cutPower(
  host: HostNow,
  hit: readonly Site[],
  watch: FailoverWatch,
  { cut, say, patience }: FailoverScope,
): Promise<{ readonly cut?: number }> {
  if (cut !== undefined) {
    say(`The power of ${host.name} is cut`);
    const at = Date.now();
    await cut();
    return { cut: at };
  }
  say(`NOW: take the power of ${host.name} (pull both cords, or switch it off hard at its management board)`);
  const end = Date.now() + patience * 1000;
  const begun = Date.now();
  while (watch.hostDead === undefined && !hit.some(({ probe }) => fails(probe, begun))) {
    if (Date.now() > end) {
      throw new FarmError({
        what: `${host.name} still runs after ${patience} s`,
        why: "its sites answer, and Xen Orchestra shows it as running",
        next: "begin again when somebody is at the host",
      });
    }
    await sleep(100);
  }
  say(`${host.name} is gone`);
  return {};
}

function fails(probe: SiteProbe, since: number): boolean {
  return probe.probes.some(({ begun, failure }) => begun >= since && failure !== undefined);
}

/** Waits until every site has answered for a while without a failure and runs elsewhere, or the time is over. */
async function untilCalm(sites: readonly Site[], watch: FailoverWatch, scope: FailoverScope): Promise<void> {
  const { patience, calm = 5, say } = scope;
  const begun = Date.now();
  const told = new Set<string>();
  for (;;) {
    await sleep(250);
    const since = Date.now() - calm * 1000;
    const well = sites.filter(({ vm, hit, probe }) => {
      if (hit && watch.of(vm.id).running === undefined) return false;
      const late = probe.probes.filter((each) => each.begun >= since);
      return late.length > 0 && late.every(({ failure }) => failure === undefined);
    });
    for (const { tenant, hit } of well) {
      if (hit && !told.has(tenant.id)) say(`${tenant.id} answers again`);
      told.add(tenant.id);
    }
    if (well.length === sites.length && Date.now() - begun > calm * 1000) return;
    if (Date.now() - begun > patience * 1000) return;
  }
}

async function siteRecord(
  { tenant, hit }: Site,
  probes: readonly Probe[],
  seen: Parameters<typeof timelineOf>[1],
  scope: FailoverScope,
): Promise<DrillSite> {
  const { moments, durations, recovered, failed } = timelineOf(probes, seen);
  const visits = `${failed} of ${probes.length} visits failed`;
  const site = { tenant: tenant.id, domain: tenant.domain };
  if (!hit) {
    const check = {
      check: "not on this host: goes on without a failure",
      good: failed === 0,
      detail: visits,
    };
    return { ...site, moments: [], durations: [], checks: [check] };
  }
  const answers = { check: "answers again by its name", good: recovered, detail: visits };
  const elsewhere = {
    check: "runs on another host",
    good: seen.running !== undefined,
    detail: seen.running === undefined ? "it was not seen running elsewhere" : "seen in Xen Orchestra",
  };
  const inside = recovered ? [await scope.version(tenant), await scope.data.after(tenant)] : [];
  return { ...site, moments, durations, checks: [answers, elsewhere, ...inside] };
}
