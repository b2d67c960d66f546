import { rmSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../json.ts";
import type { VdiRecord, VmRecord } from "../records.ts";
import { newId } from "../stable-id.ts";
import {
  type ArchiveMetadata,
  type ArchivePart,
  archivesOf,
  backupFolder,
  fileDate,
  metadataPath,
  removeArchive,
} from "./archive.ts";
import { pack, sizeOf } from "./content.ts";
import { checkHealth } from "./health-check.ts";
import { withoutMigration } from "./migration-block.ts";
import type { BackupParts } from "./parts.ts";
import type { BackupJobRecord, Settings, TaskLog } from "./records.ts";
import type { RemoteStore } from "./remote-store.ts";
import { restoreArchive } from "./restore.ts";
import { tooOld } from "./retention.ts";
import type { RunLog } from "./run-log.ts";
import { effective, numberOf } from "./settings.ts";

/** A run of a job. */
export interface JobRun {
  readonly job: BackupJobRecord;
  readonly scheduleId: string;
  readonly settings: Settings;
  readonly log: RunLog;
  /** The repositories that could be opened, by id. */
  readonly targets: ReadonlyMap<string, RemoteStore>;
  readonly signal: AbortSignal;
}

interface Target {
  readonly id: string;
  readonly files: RemoteStore;
  readonly settings: JsonObject;
}

/** What was read of a VM at one instant. */
interface Captured {
  readonly vm: VmRecord;
  readonly timestamp: number;
  /** What its files are called. */
  readonly name: string;
  readonly disks: readonly VdiRecord[];
  /** Has a folder for each disk. */
  readonly folder: string;
}

/** The backup of one VM in one run of a job. */
export class VmBackup {
  private readonly parts: BackupParts;
  private readonly run: JobRun;
  private readonly task: TaskLog;
  private readonly settings: JsonObject;

  /** @param task the step of the run's log that is this VM's */
  constructor(parts: BackupParts, run: JobRun, task: TaskLog, settings: JsonObject) {
    this.parts = parts;
    this.run = run;
    this.task = task;
    this.settings = settings;
  }

  /** @throws Error when it could not be written to any repository */
  async perform(vm: VmRecord): Promise<void> {
    const { farm } = this.parts;
    const operations = Object.values(farm.live.of(vm.id).operations);
    if (operations.some((each) => each === "pool_migrate" || each === "migrate_send")) {
      throw new Error("cannot backup a VM currently being migrated");
    }
    await withoutMigration(farm, vm.id, () => this.performBlocked(vm));
  }

  /** Repositories on which anything is to be kept: without a retention XO writes nothing, and says nothing. */
  private targets(vm: VmRecord): Target[] {
    const { settings, targets, scheduleId } = this.run;
    return [...targets]
      .map(([id, files]) => ({ id, files, settings: effective(settings, scheduleId, vm.uuid, id) }))
      .filter((target) => numberOf(target.settings, "exportRetention") !== 0);
  }

  private async performBlocked(vm: VmRecord): Promise<void> {
    const targets = this.targets(vm);
    const folder = join(this.parts.staging, newId());
    try {
      const captured = await this.capture(vm, folder, targets.length > 0);
      if (targets.length === 0) return;
      const results = await Promise.allSettled(targets.map((target) => this.export(target, captured)));
      const failures = results.filter((result) => result.status === "rejected");
      if (failures.length === results.length) throw failures[0]?.reason;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private async capture(vm: VmRecord, folder: string, isWanted: boolean): Promise<Captured> {
    const { farm, hypervisor } = this.parts;
    const read = (): Promise<Captured> =>
      farm.live.exclusive(vm.id, "snapshot", async () => {
        const { relations } = farm.inventory;
        const disks = relations.disksOf(vm.id).map(({ vdi }) => vdi);
        const wanted = disks.filter((vdi) => !vdi.name_label.includes("[NOBAK]"));
        if (wanted.length === 0) throw new Error("no disks found");
        const timestamp = farm.clock.now();
        const withContent = wanted.filter((vdi) => vdi.cloudInit === undefined);
        if (isWanted) {
          const exports = withContent.map(({ id }) => ({ disk: id, folder: join(folder, id) }));
          await hypervisor.exportDisks(exports);
        }
        const name = this.freeName(vm, timestamp);
        return { vm: relations.get("VM", vm.id) ?? vm, timestamp, name, disks: wanted, folder };
      });
    // XO takes no snapshot of a halted VM that is backed up whole.
    if (vm.powerState !== "Running" && this.run.job.mode === "full") return read();
    return this.run.log.task(this.task, "snapshot", undefined, read);
  }

  /** Files are named by the second: another backup's of the same second must not be written over. */
  private freeName(vm: VmRecord, timestamp: number): string {
    const taken = new Set(
      [...this.run.targets.values()].flatMap((files) => {
        try {
          return files.list(join(backupFolder, vm.uuid));
        } catch {
          return [];
        }
      }),
    );
    let second = timestamp;
    while (taken.has(`${fileDate(second)}.json`)) second += 1000;
    return fileDate(second);
  }

  private export(target: Target, captured: Captured): Promise<void> {
    const { log } = this.run;
    const { id, files, settings } = target;
    return log.task(this.task, "export", { type: "remote", id, isFull: true }, async (task) => {
      const old = await this.outdated(files, captured.vm.uuid, settings);
      const metadata = await log.task(
        task,
        "transfer",
        undefined,
        () => this.transfer(files, captured),
        ({ size }) => ({ size }),
      );
      this.run.signal.throwIfAborted();
      await files.writeText(metadataPath(captured.vm.uuid, captured.name), JSON.stringify(metadata));
      await log.task(task, "clean", undefined, async () => {
        for (const each of old) await removeArchive(files, each);
      });
      await this.checkHealth(task, id, files, metadata);
    });
  }

  private async transfer(files: RemoteStore, captured: Captured): Promise<ArchiveMetadata> {
    const { farm } = this.parts;
    const { job, scheduleId } = this.run;
    const { vm, timestamp, name, disks } = captured;
    const { relations } = farm.inventory;
    const { parts, ...content } = await this.packAll(files, captured);
    return {
      jobId: job.id,
      scheduleId,
      mode: job.mode,
      timestamp,
      name,
      version: "2.0.0",
      size: sizeOf({ parts }),
      vm,
      vdis: Object.fromEntries(disks.map((vdi) => [vdi.id, vdi])),
      vbds: relations.vbdsOf(vm.id),
      vifs: relations.vifsOf(vm.id),
      ...content,
      parts,
    };
  }

  private async packAll(
    files: RemoteStore,
    { vm, name, disks, folder }: Captured,
  ): Promise<Pick<ArchiveMetadata, "xva" | "vhds" | "parts">> {
    const own = join(backupFolder, vm.uuid);
    if (this.run.job.mode === "full") {
      const path = join(own, `${name}.xva`);
      return { xva: `./${name}.xva`, parts: [await pack(folder, files, path)] };
    }
    const vhds: Record<string, string> = {};
    const parts: ArchivePart[] = [];
    for (const { id } of disks.filter((vdi) => vdi.cloudInit === undefined)) {
      const relative = `vdis/${this.run.job.id}/${id}/${name}.vhd`;
      parts.push(await pack(join(folder, id), files, join(own, relative)));
      vhds[id] = relative;
    }
    return { vhds, parts };
  }

  /** What no rule wants any more once there is one more. Each schedule has backups of its own. */
  private async outdated(files: RemoteStore, vm: string, settings: JsonObject): Promise<ArchiveMetadata[]> {
    const { job, scheduleId } = this.run;
    const own = (await archivesOf(files, vm)).filter(
      (each) => each.jobId === job.id && each.scheduleId === scheduleId,
    );
    const timestamps = own.map(({ timestamp }) => timestamp);
    const old = tooOld(numberOf(settings, "exportRetention") - 1, timestamps, settings);
    return own.filter(({ timestamp }) => old.includes(timestamp));
  }

  private async checkHealth(
    task: TaskLog,
    remote: string,
    files: RemoteStore,
    metadata: ArchiveMetadata,
  ): Promise<void> {
    const { healthCheckSr: sr, healthCheckVmsWithTags: tags } = this.settings;
    if (typeof sr !== "string") return;
    const own = metadata.vm.tags;
    const chosen = Array.isArray(tags) && tags.length > 0 ? own.some((tag) => tags.includes(tag)) : true;
    const exempt = own.some((tag) => tag === "xo:no-health-check" || tag.startsWith("xo:no-health-check="));
    if (!chosen || exempt) return;
    const { log } = this.run;
    await log.task(task, "health check", undefined, async (check) => {
      const settings = { additionalVmTag: "xo:no-bak=Health Check" };
      const id = await log.task(
        check,
        "transfer",
        undefined,
        () => restoreArchive(this.parts, { remote, files, metadata, sr, settings }),
        (vm) => ({ id: vm, size: metadata.size }),
      );
      const timeout = this.settings.healthCheckTimeout;
      await log.task(check, "vmstart", undefined, () => checkHealth(this.parts.farm, id, timeout));
    });
  }
}
