import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { playAdministrations } from "../../cli/administrations.ts";
import { examine } from "../../cli/doctor/examine.ts";
import type { Finding } from "../../cli/doctor/finding.ts";
import type { Healed } from "../../cli/heal/heal.ts";
import { healStack } from "../../cli/heal.ts";
import { capturePulumi } from "../../cli/pulumi.ts";
import { checkout, farmFolder } from "../../lib/paths.ts";
import type { RunResult } from "../../lib/run.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import { tenantId, writeTenant, writeTenants } from "../bench/tenants.ts";
import { killTree, tryEngine } from "./engine-process.ts";
import type { KillPlan } from "./kill-plan.ts";
import { makeProject, project } from "./project.ts";
import { cloudflare, withXo } from "./services.ts";
import { pendingOperations, readCheckpoint, stateFile } from "./state-file.ts";
import { labTenants } from "./tenants.ts";

/** The addresses of administrations on paper end here. */
const mostTenants = 60;

/** What a kill met. */
export interface Kill {
  /** Operations that were under way, as "creating gemeinde-003-vm". */
  readonly pending: readonly string[];
}

/** One round: what the kill met, and what the cure did. */
export interface RoundResult {
  /** Undefined when the run had ended before. */
  readonly kill: Kill | undefined;
  readonly healed: Healed;
}

/** Writes of the state in a run that makes so many sites, and changes so many others; fewer than there are. */
function expectedWrites(newcomers: number, changes: number): number {
  return newcomers * 18 + changes * 3;
}

/** A farm on paper whose runs are killed, in the FARM_HOME of this process. */
export class KilledFarm {
  readonly #lab: PaperLab;
  readonly env: Readonly<Record<string, string>>;
  #tenants = 0;

  private constructor(lab: PaperLab) {
    this.#lab = lab;
    this.env = lab.env;
  }

  static async start(): Promise<KilledFarm> {
    rmSync(farmFolder, { recursive: true, force: true });
    const farm = new KilledFarm(await startPaperLab());
    makeProject();
    writeTenants(0);
    return farm;
  }

  async stop(): Promise<void> {
    await this.#lab.stop();
    rmSync(farmFolder, { recursive: true, force: true });
  }

  engine(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunResult> {
    return capturePulumi([...args, "-s", "lab", "--non-interactive"], {
      project,
      env: { ...this.env, ...env },
    });
  }

  /** Writes the tenant files that the next run is about. */
  async change({ newcomers, changes }: Pick<KillPlan, "newcomers" | "changes">): Promise<void> {
    for (const [index, change] of changes.slice(0, this.#tenants).entries()) writeTenant(index, change);
    const before = this.#tenants;
    this.#tenants = Math.min(before + newcomers, mostTenants);
    for (let index = before; index < this.#tenants; index++) writeTenant(index);
    await playAdministrations(await labTenants());
  }

  /**
   * Runs `up` and kills the engine with all that it started.
   * @returns undefined when the run came to its end before
   */
  async kill({ share, delay, newcomers, changes }: KillPlan): Promise<Kill | undefined> {
    const expected = expectedWrites(newcomers, Math.min(changes.length, this.#tenants));
    // Before the first write a run has done nothing that anybody could find.
    const writes = Math.max(1, Math.ceil(share * expected));
    const counter = new WriteCounter();
    let ended = false;
    const running = this.engine(["up", "--yes", "--skip-preview"]).finally(() => {
      ended = true;
    });
    let engine: number | undefined;
    while (!ended && counter.count() < writes) await sleep(4);
    await sleep(delay);
    // The engine that was started is listed a moment later.
    while (!ended && engine === undefined) {
      engine = tryEngine();
      await sleep(10);
    }
    if (ended || engine === undefined) {
      // One that could not even be started says why.
      await running;
      return undefined;
    }
    await killTree(engine);
    const { code, stdout, stderr } = await running;
    if (code === 0) return undefined;
    if (code > 0) throw new Error(`up failed before it was killed:\n${stdout}\n${stderr}`);
    return { pending: this.pending() };
  }

  /** Operations under way, as the state's file has them: "creating gemeinde-003-vm". */
  pending(): string[] {
    return pendingOperations();
  }

  /**
   * Heals: a process that does it is killed on the way, with the engine that it runs, and then it is done again.
   * @returns what the second one did
   */
  async heal(cureDies: number): Promise<Healed> {
    const child = spawn(process.execPath, [join(checkout, "tests", "support", "heal-main.ts")], {
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    await Promise.race([ended, sleep(cureDies)]);
    if (child.exitCode === null && child.pid !== undefined) await killTree(child.pid);
    await ended;
    return healStack("lab", { run: { project, env: this.env } });
  }

  /** What the doctor finds. */
  async findings(env: Readonly<Record<string, string>> = {}): Promise<readonly Finding[]> {
    const run = { project, env: { ...this.env, ...env } };
    const results = await examine({ stack: "lab", run });
    return results.flatMap(({ findings }) => findings);
  }

  /** Kills a run, heals, and lets the next run come to its end. @throws Error when anything is not as it should be */
  async round(plan: KillPlan): Promise<RoundResult> {
    await this.change(plan);
    const kill = await this.kill(plan);
    const healed = await this.heal(plan.cureDies);
    const next = await this.engine(["up", "--yes", "--skip-preview"]);
    assert.equal(next.code, 0, `the run after the cure failed:\n${next.stdout}\n${next.stderr}`);
    const ill = (await this.findings()).filter(({ severity }) => severity !== "fine");
    assert.deepEqual(ill, []);
    await this.#expectOnce();
    return { kill, healed };
  }

  /** Counted without the doctor: everything outside is there once, and nothing besides. */
  async #expectOnce(): Promise<void> {
    const vms = await withXo((xo) => xo.objects({ type: "VM" }));
    const names = vms
      .map(({ name_label }) => String(name_label))
      .filter((name) => name.startsWith("allris-"));
    const wanted = Array.from({ length: this.#tenants }, (_, index) => `allris-${tenantId(index)}.lab`);
    assert.deepEqual(names.sort(), wanted.sort());
    const { checkpoint } = readCheckpoint();
    const inState = (type: string): string[] =>
      (checkpoint.latest?.resources ?? [])
        .filter((resource) => resource.type === type)
        .map(({ id = "" }) => id.slice(id.lastIndexOf("/") + 1))
        .sort();
    const zones = await cloudflare<{ id: string }[]>("GET", "zones?per_page=50");
    assert.deepEqual(zones.map(({ id }) => id).sort(), inState("cloudflare:index/zone:Zone"));
    const each = async (path: (zone: string) => string): Promise<string[]> =>
      (await Promise.all(zones.map(({ id }) => cloudflare<{ id: string }[]>("GET", path(id)))))
        .flat()
        .map(({ id }) => id)
        .sort();
    const records = await each((zone) => `zones/${zone}/dns_records?per_page=1000`);
    assert.deepEqual(records, inState("cloudflare:index/dnsRecord:DnsRecord"));
    const certificates = await each((zone) => `certificates?zone_id=${zone}&per_page=50`);
    assert.deepEqual(certificates, inState("cloudflare:index/originCaCertificate:OriginCaCertificate"));
    const list = (method: string): Promise<string[]> =>
      withXo(async (xo) => ((await xo.call(method)) as { id: string }[]).map(({ id }) => id).sort());
    const jobs = await list("backupNg.getAllJobs");
    assert.deepEqual(jobs, inState("xenops:index:BackupJob"));
    assert.equal((await list("schedule.getAll")).length, jobs.length);
    assert.deepEqual(await list("remote.getAll"), inState("xenops:index:BackupRepository"));
  }
}

/** Counts how often the state was written: each time a new file takes the old one's place. */
class WriteCounter {
  #last = this.#look();
  #count = 0;

  count(): number {
    const now = this.#look();
    if (now !== this.#last) this.#count++;
    this.#last = now;
    return this.#count;
  }

  #look(): string {
    const found = statSync(stateFile, { throwIfNoEntry: false });
    return found === undefined ? "" : `${found.ino} ${found.mtimeMs}`;
  }
}
