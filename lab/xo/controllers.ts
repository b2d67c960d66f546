import { invalidParameters } from "./errors.ts";
import type { MachineParts, Machines } from "./machines.ts";
import type { SrRecord, XoRecord } from "./records.ts";
import { putObject } from "./store.ts";

/** A storage controller (a NetApp node) as a list shows it. */
export interface ControllerState {
  readonly name: string;
  readonly failed: boolean;
  /** Names of the storage repositories whose I/O goes through it. */
  readonly serves: readonly string[];
}

/** The controller that the I/O of a storage repository goes through; undefined when it has lost them all. */
export function servedBy(sr: SrRecord): string | undefined {
  // The first is its home, to which it returns.
  return sr.controllers.find((name) => !sr.lostControllers.includes(name));
}

/** Whether a storage repository lies behind controllers and has lost them all. */
export function isGone(sr: SrRecord): boolean {
  return sr.controllers.length > 0 && servedBy(sr) === undefined;
}

/**
 * Lets storage controllers fail and come back. One that fails takes its paths with it: the repositories that it
 * served stand still until its partner has taken over, and where no partner is left, until one is back.
 */
export class Controllers {
  private readonly parts: MachineParts;
  private readonly machines: Machines;
  private readonly takeover: number;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param takeover milliseconds that a controller needs to take over for its partner, or to give back. */
  constructor(parts: MachineParts, machines: Machines, takeover: number) {
    this.parts = parts;
    this.machines = machines;
    this.takeover = takeover;
  }

  /** Brings the I/O of all repositories to what was on record when the simulator ended. */
  async begin(): Promise<void> {
    const { hypervisor } = this.parts;
    for (const sr of this.repositories()) {
      await (isGone(sr) ? hypervisor.stallRepository(sr.id) : hypervisor.releaseRepository(sr.id));
    }
  }

  /** Every controller that a repository names. */
  list(): ControllerState[] {
    const names = [...new Set(this.repositories().flatMap((sr) => sr.controllers))].sort();
    return names.map((name) => ({
      name,
      failed: this.repositories().some((sr) => sr.lostControllers.includes(name)),
      serves: this.repositories()
        .filter((sr) => servedBy(sr) === name)
        .map((sr) => sr.name_label),
    }));
  }

  /** Ends when the partner has taken over. @throws XoError 10 when there is no such controller */
  fail(name: string): Promise<void> {
    return this.inTurn(async () => {
      const behind = this.behind(name).filter((sr) => !sr.lostControllers.includes(name));
      if (behind.length === 0) return;
      const after = behind.map((sr) => ({ ...sr, lostControllers: [...sr.lostControllers, name] }));
      const { store, events } = this.parts;
      // On record first: from here on nothing is begun that would wait for it.
      await store.commit(
        [...after, ...after.filter(isGone).flatMap((sr) => this.pbds(sr, false))].map(putObject),
      );
      events.add(`storage controller ${name} failed, its paths are lost`, undefined, "error");
      await Promise.all(behind.map((sr, index) => this.leave(name, sr, after[index] ?? sr)));
      await this.alert(after);
    });
  }

  /** Ends when it serves what is its own again. @throws XoError 10 when there is no such controller */
  heal(name: string): Promise<void> {
    return this.inTurn(async () => {
      const behind = this.behind(name).filter((sr) => sr.lostControllers.includes(name));
      if (behind.length === 0) return;
      const { store, events, hypervisor } = this.parts;
      const after = behind.map((sr) => ({
        ...sr,
        lostControllers: sr.lostControllers.filter((each) => each !== name),
      }));
      const gone = behind.filter(isGone);
      for (const sr of gone) await hypervisor.releaseRepository(sr.id);
      await store.commit([...after, ...gone.flatMap((sr) => this.pbds(sr, true))].map(putObject));
      events.add(`storage controller ${name} is back`);
      for (const sr of gone) events.add(`${sr.name_label} answers again`, sr);
      const back = after.filter((sr, index) => !gone.includes(behind[index] ?? sr) && servedBy(sr) === name);
      await Promise.all(back.map((sr) => this.handOver(sr, name)));
      await this.alert(after);
      if (gone.length > 0) await this.machines.reapDisks();
    });
  }

  private async leave(name: string, before: SrRecord, after: SrRecord): Promise<void> {
    if (servedBy(before) !== name) return;
    const partner = servedBy(after);
    if (partner !== undefined) return this.handOver(after, partner);
    await this.parts.hypervisor.stallRepository(after.id);
    this.parts.events.add(`${after.name_label} is gone: none of its controllers is left`, after, "error");
  }

  private async handOver(sr: SrRecord, to: string): Promise<void> {
    const still = await this.parts.hypervisor.interruptRepository(sr.id, this.takeover);
    const text = `${to} serves ${sr.name_label} after ${(still / 1000).toFixed(2)} s without I/O`;
    this.parts.events.add(text, sr, "warning");
  }

  /** Plugs of a repository in hosts, as they are when it answers or not. */
  private pbds(sr: SrRecord, attached: boolean): XoRecord[] {
    return this.parts
      .relations()
      .of("PBD", sr.id)
      .map((pbd) => ({ ...pbd, attached }));
  }

  /** XAPI's alert about multipathed devices. It knows of no paths of NFS. */
  private async alert(srs: readonly SrRecord[]): Promise<void> {
    const { relations, messages, store } = this.parts;
    for (const sr of srs.filter(({ smConfig }) => smConfig.multipathable === "true")) {
      const pool = relations().get("pool", sr.pool);
      if (pool === undefined) continue;
      const time = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
      const lines = relations()
        .of("PBD", sr.id)
        .map((pbd) => {
          const host = relations().get("host", pbd.host);
          const paths = `current=${sr.controllers.length - sr.lostControllers.length}; max=${sr.controllers.length}`;
          return `[${time}] host=${host?.name_label}; host-uuid=${pbd.host}; pbd=${pbd.id}; scsi_id=${pbd.deviceConfig.SCSIid}; ${paths}`;
        });
      const head = sr.lostControllers.length > 0 ? "Unhealthy paths:\n" : "Events received:\n";
      await store.commit(messages.told("MULTIPATH_PERIODIC_ALERT", pool, `${head}${lines.join("\n")}\n`));
    }
  }

  private repositories(): SrRecord[] {
    return this.parts
      .relations()
      .all("SR")
      .filter((sr) => sr.shared && sr.controllers.length > 0);
  }

  private behind(name: string): SrRecord[] {
    const found = this.repositories().filter((sr) => sr.controllers.includes(name));
    if (found.length > 0) return found;
    const known = this.list().map((each) => each.name);
    throw invalidParameters(`there is no storage controller "${name}", there are ${known.join(", ")}`);
  }

  /** One after the other: a controller that fails during a takeover fails after it. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }
}
