import { mkdirSync, rmSync } from "node:fs";
import { basename, dirname } from "node:path/posix";
import type { Hypervisor } from "../../hypervisor/types.ts";
import type { JsonObject } from "../../json.ts";
import { noSuchObject } from "../errors.ts";
import { log } from "../log.ts";
import { archivesOf, backupFolder, readArchive, removeArchive, showArchive } from "./archive.ts";
import { checkHealth } from "./health-check.ts";
import { Jobs } from "./jobs.ts";
import { Logs } from "./logs.ts";
import type { BackupParts, Farm } from "./parts.ts";
import { Remotes } from "./remotes.ts";
import { type RestoreSettings, restoreArchive } from "./restore.ts";
import { RunLog } from "./run-log.ts";
import { Runner } from "./runner.ts";
import { Schedules } from "./schedules.ts";

/** XO lists a repository anew only so often. Milliseconds. */
const freshness = 60_000;

/** The archives of a repository by VM; null when it could not be listed. */
type Listing = Readonly<Record<string, JsonObject[]>> | null;

/** Where backups lie. */
export interface BackupPlaces {
  /** Folder that is the backup location: what repositories hold. */
  readonly location: string;
  /** Folder for contents on their way. */
  readonly staging: string;
}

/** Backup repositories, jobs, their runs, archives and restores. */
export class Backups {
  readonly remotes: Remotes;
  readonly runner: Runner;
  readonly schedules: Schedules;
  readonly jobs: Jobs;
  readonly logs: Logs;
  private readonly farm: Farm;
  private readonly parts: BackupParts;
  private readonly listings = new Map<string, { readonly at: number; readonly listing: Promise<Listing> }>();

  constructor(farm: Farm, hypervisor: Hypervisor, { location, staging }: BackupPlaces) {
    const { store, clock } = farm;
    this.farm = farm;
    this.remotes = new Remotes(store, clock, location);
    this.parts = { farm, hypervisor, remotes: this.remotes, staging };
    this.runner = new Runner(this.parts);
    this.logs = new Logs(store, clock);
    this.schedules = new Schedules(store, clock, (schedule) => this.run(schedule.jobId, schedule.id));
    this.jobs = new Jobs(store, this.schedules, this.runner);
  }

  /** Gives up what a crash cut short, then begins to run what is due. */
  async begin(): Promise<void> {
    rmSync(this.parts.staging, { recursive: true, force: true });
    mkdirSync(this.parts.staging, { recursive: true, mode: 0o700 });
    await this.logs.markInterrupted();
    await this.remotes.removeHalves();
    this.schedules.begin();
  }

  /** Runs a job with the settings of a schedule. */
  async run(job: string, schedule: string, options?: Parameters<Runner["run"]>[2]): Promise<void> {
    const found = this.jobs.find(job);
    try {
      await this.runner.run(found, this.schedules.find(schedule), options);
    } finally {
      this.listings.clear();
    }
  }

  /** Archives by repository and VM. */
  async list(ids: readonly string[], refresh: boolean): Promise<Record<string, Listing>> {
    const now = Date.now();
    const all = ids.map(async (id) => {
      const known = this.listings.get(id);
      if (known !== undefined && !refresh && now - known.at < freshness)
        return [id, await known.listing] as const;
      const listing = this.listRemote(id);
      this.listings.set(id, { at: now, listing });
      return [id, await listing] as const;
    });
    return Object.fromEntries(await Promise.all(all));
  }

  /** Restores an archive and returns the new VM's id. */
  async restore(id: string, sr: string, settings: RestoreSettings): Promise<string> {
    const { store, clock } = this.farm;
    const { remote, path } = parseId(id);
    const files = await this.remotes.open(remote);
    const metadata = await readArchive(files, path).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === "ENOENT" ? noSuchObject(id, "xo-vm-backup") : error;
    });
    const { jobId, timestamp, size } = metadata;
    const data = { backupId: id, jobId, srId: sr, time: timestamp };
    const run = await RunLog.begin(store, clock, { message: "restore", data });
    try {
      const vm = await run.task(
        run.record,
        "transfer",
        undefined,
        () => restoreArchive(this.parts, { remote, files, metadata, sr, settings }),
        (restored) => ({ id: restored, size }),
      );
      await run.end();
      return vm;
    } catch (error) {
      await run.end(error);
      throw error;
    }
  }

  /** Restores an archive, boots it apart from everything, and deletes it. @throws Error when it does not boot */
  async check(id: string, sr: string, settings: RestoreSettings): Promise<void> {
    await checkHealth(this.farm, await this.restore(id, sr, settings), undefined);
  }

  async delete(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const { remote, path } = parseId(id);
      const files = await this.remotes.open(remote);
      const metadata = await readArchive(files, path).catch(() => undefined);
      if (metadata === undefined) throw noSuchObject(id, "xo-vm-backup");
      await removeArchive(files, metadata);
      this.listings.delete(remote);
    }
  }

  /** Ends the schedules; runs that are under way are cut off, as at a crash. */
  end(): void {
    this.schedules.end();
  }

  private async listRemote(id: string): Promise<Listing> {
    try {
      const files = await this.remotes.open(id);
      const found: Record<string, JsonObject[]> = {};
      for (const vm of files.list(backupFolder)) {
        const archives = await archivesOf(files, vm);
        if (archives.length > 0) found[vm] = archives.map((each) => showArchive(id, each));
      }
      return found;
    } catch (error) {
      log("warn", "a backup repository could not be listed", { remote: id, why: String(error) });
      return null;
    }
  }
}

function parseId(id: string): { readonly remote: string; readonly path: string } {
  const slash = id.indexOf("/");
  const path = id.slice(slash + 1);
  // Ids come from outside; one that leads elsewhere names no archive.
  const isArchive =
    slash > 0 && dirname(dirname(path)) === backupFolder && /^\d{8}T\d{6}Z\.json$/.test(basename(path));
  if (!isArchive || path.includes("..")) throw noSuchObject(id, "xo-vm-backup");
  return { remote: id.slice(0, slash), path };
}
