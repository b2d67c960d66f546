import { messageOf } from "../../../lib/farm-error.ts";
import { log } from "../log.ts";
import type { MachineParts } from "../machines.ts";
import type { HostRecord, PoolRecord } from "../records.ts";
import { putObject } from "../store.ts";
import { type PlanFacts, planFacts } from "./facts.ts";
import { declareLost } from "./host-loss.ts";
import type { Restart } from "./restart.ts";

/** How often the pools are looked at. Milliseconds. */
const lookEvery = 200;

/**
 * What XAPI on the hosts does: notices that a host is dead, and has its VMs restarted. It lives in the simulator's
 * process, so while that is down nothing is noticed; what is due is done when it is back.
 */
export class HaMonitor {
  private readonly parts: MachineParts;
  private readonly restart: Restart;
  private readonly assumedDead: number;
  private readonly plans = new Map<string, { revision: number; facts: PlanFacts }>();
  private timer: NodeJS.Timeout | undefined;
  private busy = false;

  /** @param assumedDead milliseconds after which a master without high availability gives up a silent host. */
  constructor(parts: MachineParts, restart: Restart, assumedDead: number) {
    this.parts = parts;
    this.restart = restart;
    this.assumedDead = assumedDead;
  }

  begin(): void {
    this.timer = setInterval(() => void this.look(), lookEvery);
    this.timer.unref();
  }

  end(): void {
    clearInterval(this.timer);
    this.restart.end();
  }

  private async look(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (const pool of this.parts.relations().all("pool")) {
        await this.notice(pool);
        const now = this.parts.relations().get("pool", pool.id);
        if (!now?.haEnabled) continue;
        // With every host dead nobody is left who could restart anything, or tell.
        if (this.hasLiveHost(now.id)) this.restart.begin(now.id);
        await this.comparePlan(now);
      }
    } catch (error) {
      log("error", "the pool could not be looked after", { why: messageOf(error) });
    } finally {
      this.busy = false;
    }
  }

  private hasLiveHost(pool: string): boolean {
    return this.parts
      .relations()
      .all("host")
      .some((host) => host.pool === pool && host.live);
  }

  private async notice(pool: PoolRecord): Promise<void> {
    const patience = pool.haEnabled ? pool.haTimeout * 1000 : this.assumedDead;
    for (const host of this.parts.relations().all("host")) {
      if (host.pool !== pool.id || host.live || host.failure === undefined || host.failure.noticed) continue;
      if (Date.now() < host.failure.at + patience) continue;
      const noticed: HostRecord = { ...host, failure: { ...host.failure, noticed: true } };
      if (pool.haEnabled) await declareLost(this.parts, noticed);
      // Without high availability nobody takes the master's place, and nobody is there to notice.
      else if (pool.master !== host.id) {
        await this.parts.store.commit([putObject(noticed)]);
        this.parts.events.add(`${host.name_label} does not answer`, host, "error");
      }
    }
  }

  /** Tells when the plan covers less than before. */
  private async comparePlan(pool: PoolRecord): Promise<void> {
    const { store, messages, events, relations } = this.parts;
    const { revision } = store;
    const before = this.plans.get(pool.id);
    if (before?.revision === revision) return;
    const facts = planFacts(pool, relations());
    this.plans.set(pool.id, { revision, facts });
    if (before === undefined) return;
    if (facts.planExistsFor < before.facts.planExistsFor) {
      const body = `The failover plan covers ${facts.planExistsFor} failures, before ${before.facts.planExistsFor}.`;
      events.add(`pool ${pool.name_label}: ${body}`, pool, "warning");
      await store.commit(messages.told("HA_POOL_DROP_IN_PLAN_EXISTS_FOR", pool, body));
    }
    if (facts.overcommitted && !before.facts.overcommitted) {
      const body = `${pool.haHostFailuresToTolerate} failures are to be tolerated, ${facts.max} can be.`;
      events.add(`pool ${pool.name_label} is overcommitted: ${body}`, pool, "warning");
      await store.commit(messages.told("HA_POOL_OVERCOMMITTED", pool, body));
    }
  }
}
