import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../../lib/farm-error.ts";
import { noHostsAvailable } from "../errors.ts";
import { log } from "../log.ts";
import type { MachineParts, Machines } from "../machines.ts";
import { fits } from "../placement.ts";
import type { VmRecord } from "../records.ts";
import { configurationOf, isProtected, isWaiting } from "./facts.ts";
import { requirePlanWithStart } from "./keep-plan.ts";
import { assignHosts } from "./plan.ts";

/** After a failed restart XAPI waits before it tries that VM again. Milliseconds. */
const tryAgainAfter = 20_000;

/** Restarts the VMs that wait for a host: protected ones in their order, then the others while there is room. */
export class Restart {
  private readonly parts: MachineParts;
  private readonly machines: Machines;
  /** Whether the VMs that ran before the last start of this process are being booted still. */
  private readonly isRestoring: () => boolean;
  private readonly running = new Set<string>();
  private readonly failedAt = new Map<string, number>();
  private readonly stop = new AbortController();

  constructor(parts: MachineParts, machines: Machines, isRestoring: () => boolean) {
    this.parts = parts;
    this.machines = machines;
    this.isRestoring = isRestoring;
  }

  /** Begins to restart what waits in a pool, unless that is going on. */
  begin(pool: string): void {
    if (this.running.has(pool) || this.isRestoring() || this.due(pool).length === 0) return;
    this.running.add(pool);
    void this.round(pool)
      .catch((error: unknown) => {
        if (!this.stop.signal.aborted) log("error", "restarting VMs failed", { pool, why: messageOf(error) });
      })
      .finally(() => this.running.delete(pool));
  }

  /** Whatever waits may be tried again at once, for example because a host is back. */
  forgive(): void {
    this.failedAt.clear();
  }

  /** Starts nothing more. */
  end(): void {
    this.stop.abort();
  }

  private due(pool: string): readonly VmRecord[] {
    const now = Date.now();
    return this.parts
      .relations()
      .all("VM")
      .filter((vm) => vm.pool === pool && isWaiting(vm))
      .filter((vm) => !this.machines.isForLater(vm.id))
      .filter((vm) => Object.keys(this.parts.live.of(vm.id).operations).length === 0)
      .filter((vm) => now - (this.failedAt.get(vm.id) ?? 0) >= tryAgainAfter);
  }

  private async round(pool: string): Promise<void> {
    const { relations, events } = this.parts;
    const due = this.due(pool);
    const inOrder = due.filter(isProtected).sort((a, b) => a.order - b.order);
    events.add(`high availability restarts ${due.length} VMs`, relations().get("pool", pool), "warning");
    const places = this.assign(pool, inOrder);
    for (const order of new Set(inOrder.map((vm) => vm.order))) {
      const group = inOrder.filter((vm) => vm.order === order);
      await Promise.all(group.map((vm) => this.start(vm, places.get(vm.id))));
      const delay = Math.max(...group.map((vm) => vm.startDelay));
      if (delay > 0 && order !== inOrder.at(-1)?.order) {
        await sleep(delay * 1000, undefined, { signal: this.stop.signal, ref: false });
      }
    }
    for (const vm of due.filter((each) => !isProtected(each))) {
      await this.start(vm, this.assign(pool, [vm]).get(vm.id));
    }
  }

  private assign(pool: string, vms: readonly VmRecord[]): ReadonlyMap<string, string> {
    const relations = this.parts.relations();
    const hosts = configurationOf(pool, relations).hosts.filter(({ id }) => !relations.isDead(id));
    const waiting = vms.map((vm) => ({
      id: vm.id,
      memory: vm.memory.dynamicMax,
      prefers: vm.affinityHost,
    }));
    return assignHosts(waiting, hosts);
  }

  private async start(vm: VmRecord, host: string | undefined): Promise<void> {
    const { store, events, messages, relations } = this.parts;
    this.stop.signal.throwIfAborted();
    try {
      if (host === undefined) throw noHostsAvailable();
      const record = relations().get("host", host);
      // It was lost meanwhile: the next round finds another.
      if (record === undefined || !fits(vm, record, relations())) return;
      if (!isProtected(vm)) requirePlanWithStart(vm, host, relations());
      await this.machines.restart(vm.id, host);
      this.failedAt.delete(vm.id);
    } catch (error) {
      const known = this.failedAt.has(vm.id);
      this.failedAt.set(vm.id, Date.now());
      // Told once, however often it is tried.
      if (known) return;
      events.add(`${vm.name_label} was not restarted: ${messageOf(error)}`, vm, "error");
      if (!isProtected(vm)) return;
      await store.commit(messages.told("HA_PROTECTED_VM_RESTART_FAILED", vm, messageOf(error)));
    }
  }
}
