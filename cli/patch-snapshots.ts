import { FarmError } from "../lib/farm-error.ts";
import { farmTag, tenantTag } from "../model/plan.ts";
import type { Tenant } from "../model/tenant.ts";
import {
  deleteSnapshot,
  expireSnapshots,
  revertTo,
  snapshotPrefix,
  takeSnapshot,
} from "../providers/xenops/snapshots.ts";
import type { XoClient } from "../providers/xenops/xo-client.ts";

const prefix = `${snapshotPrefix}patches `;

/** The snapshots that patches are taken back to when nothing else helps. */
export class PatchSnapshots {
  private readonly xo: XoClient;
  private readonly stack: string;
  private readonly signal: AbortSignal;

  /** @param stack project and stack, "allris-farm/lab" */
  constructor(xo: XoClient, stack: string, signal: AbortSignal = new AbortController().signal) {
    this.xo = xo;
    this.stack = stack;
    this.signal = signal;
  }

  /** Takes a snapshot of an administration's VM and answers its id. @throws FarmError when XO has no such VM */
  async take(tenant: Tenant, description: string): Promise<string> {
    const name = `${prefix}${new Date().toISOString().slice(0, 19)}Z`;
    return takeSnapshot(this.xo, { vmId: await this.findVm(tenant), name, description }, this.signal);
  }

  /** Puts the VM back. It is off meanwhile, and its disks are new ones afterwards. */
  async revert(snapshot: string): Promise<void> {
    await revertTo(this.xo, snapshot, this.signal);
  }

  async remove(snapshot: string): Promise<void> {
    await deleteSnapshot(this.xo, snapshot, this.signal);
  }

  /** Removes the farm's own snapshots of this VM that are older than 72 hours, and no others. */
  async expire(tenant: Tenant, now: Date = new Date()): Promise<void> {
    await expireSnapshots(this.xo, [await this.findVm(tenant)], this.signal, now);
  }

  private async findVm(tenant: Tenant): Promise<string> {
    const tags = [farmTag(this.stack), tenantTag(tenant.id)];
    const found = (await this.xo.objects({ type: "VM", tags })).filter(
      (vm) => Array.isArray(vm["tags"]) && tags.every((tag) => (vm["tags"] as unknown[]).includes(tag)),
    );
    const [vm] = found;
    if (vm !== undefined && found.length === 1) return String(vm["id"]);
    throw new FarmError({
      what: `Xen Orchestra has ${found.length} VMs of ${tenant.id}`,
      why: `it must be one with the tags ${tags.join(" and ")}`,
      next: "./farm pulumi preview says what is wrong",
    });
  }
}
