import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApplyScope, applyPatches, type PatchRow } from "../../../cli/patch-apply.ts";
import { PatchSnapshots } from "../../../cli/patch-snapshots.ts";
import type { Ipv4 } from "../../../model/address.ts";
import type { PatchRight } from "../../../model/patch-plan.ts";
import type { Tenant } from "../../../model/tenant.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { makeKeyPair } from "../../support/key-pair.ts";
import { farmOf, window } from "../model/window-fixtures.ts";
import { withAgent } from "../standins-command/agent.ts";
import { SshServer } from "../standins-command/ssh-server.ts";
import { createParams, type Lab, secrets, startLab } from "../xo/support/start.ts";

/** The instant of the tests, in the window 2026-12-08. */
export const now = "2026-12-08T20:10:00+01:00";

/** What the machines of the ring shall have. */
export const level = {
  file: "patches/pilot.ts",
  ring: "pilot",
  reason: "DSA-6100-1",
  expectedMinutes: 5,
  packages: { "nginx-light": "1.22-3", sudo: "1.9-2" },
} as const;

/** Where the packages come from. */
export const repository = { url: "http://198.18.0.80", suite: "bookworm", component: "main", key: "KEY" };

const [hostKey, user] = [makeKeyPair(), makeKeyPair()];

/** What the machine was asked for. */
interface Asked {
  readonly verb: string;
  readonly rest: readonly string[];
  readonly request: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
}

/**
 * An administration's machine behind a jump host, over real ssh, with a patch program that answers as it is told
 * (patch-machine.py); its VM is one of a real XO simulator.
 */
export class PatchScene {
  private readonly root = mkdtempSync(join(tmpdir(), "farm-patch-"));
  private readonly scene = join(this.root, "scene");
  private readonly machine: SshServer;
  private readonly jump: SshServer;
  readonly xo: Lab;
  readonly client: XoClient;
  /** XO's id. */
  readonly vm: string;
  /** The administrations of three rings; the first one has the machine. */
  readonly tenants: readonly Tenant[];
  /** What the operator was told. */
  told: string[] = [];

  private constructor(servers: { machine: SshServer; jump: SshServer }, xo: Lab, vm: string) {
    this.machine = servers.machine;
    this.jump = servers.jump;
    this.xo = xo;
    this.vm = vm;
    this.client = new XoClient({ url: `ws://127.0.0.1:${xo.port}`, token: secrets.token });
    // The fixtures' own addresses are nobody's.
    const { tenants } = farmOf({ at: now, windows: [window()] });
    this.tenants = tenants.map((tenant) => ({ ...tenant, address: "127.0.0.1" as Ipv4 }));
  }

  static async start(): Promise<PatchScene> {
    const environment: Record<string, string> = {};
    const keys = { hostKeys: [hostKey], authorizedKeys: [user.publicKey] };
    const machine = await SshServer.start({ ...keys, environment });
    const jump = await SshServer.start({ ...keys, ports: { 22: machine.port } });
    const xo = await startLab();
    const tags = ["farm=allris-farm/lab", "tenant=hohenbrueck"];
    const vm = await xo.farm.call("vm.create", await createParams(xo.farm, "allris-hohenbrueck", { tags }));
    const made = new PatchScene({ machine, jump }, xo, String(vm));
    const programs = join(made.root, "bin");
    mkdirSync(programs);
    copyFileSync(join(import.meta.dirname, "patch-machine.py"), join(programs, "sudo"));
    chmodSync(join(programs, "sudo"), 0o755);
    Object.assign(environment, { PATH: `${programs}:${process.env["PATH"]}`, SCENE: made.scene });
    return made;
  }

  async close(): Promise<void> {
    this.client.close();
    await Promise.all([this.machine.stop(), this.jump.stop()]);
    await this.xo.remove();
    rmSync(this.root, { recursive: true });
  }

  /** A machine that has not been asked for anything, without snapshots. */
  async renew(): Promise<void> {
    this.told = [];
    for (const name of ["scene", "audit"]) rmSync(join(this.root, name), { recursive: true, force: true });
    mkdirSync(this.scene);
    for (const { id } of await this.snapshots()) await this.xo.admin.call("vm.delete", { id });
  }

  /** What the machine answers to a verb, one answer a call; the last one stays. */
  answer(verb: string, ...answers: readonly (object | string)[]): void {
    answers.forEach((text, index) => {
      const lines = typeof text === "string" ? text : `${JSON.stringify(text)}\n`;
      writeFileSync(join(this.scene, `${verb}.${index}`), lines);
    });
  }

  /** What the machine was asked for; undefined when nobody asked. */
  calls(): readonly Asked[] | undefined {
    return this.lines("scene/calls.jsonl") as readonly Asked[] | undefined;
  }

  /** The lines of the audit file; undefined when there is none. */
  audit(): readonly Record<string, unknown>[] | undefined {
    return this.lines("audit/patches.jsonl");
  }

  snapshots(): Promise<readonly Record<string, unknown>[]> {
    return this.client.objects({ type: "VM-snapshot", $snapshot_of: this.vm });
  }

  /** Runs work with what patches are applied with. */
  async withScope(
    right: PatchRight,
    work: (scope: ApplyScope) => Promise<void>,
    differs: Partial<ApplyScope> = {},
  ): Promise<void> {
    const jump = { host: "127.0.0.1", port: this.jump.port, user: "jump", hostKey: hostKey.publicKey };
    const { settings, windows } = farmOf({ at: now, windows: [window()] });
    await withAgent(user.privateKey, (agentSocket) =>
      work({
        stack: "lab",
        settings: { access: { ...settings.access, jump } } as ApplyScope["settings"],
        hostKeys: new Map([["hohenbrueck", hostKey.publicKey]]),
        agentSocket,
        level,
        right,
        windows,
        repository,
        snapshots: new PatchSnapshots(this.client, "allris-farm/lab"),
        parallel: 2,
        auditFile: join(this.root, "audit/patches.jsonl"),
        now: () => new Date(now),
        say: (line) => this.told.push(line),
        ...differs,
      }),
    );
  }

  /** Applies the ring's patches to so many administrations, the first one first. */
  async apply(right: PatchRight, differs: Partial<ApplyScope> = {}, count = 1): Promise<readonly PatchRow[]> {
    let rows: readonly PatchRow[] = [];
    const work = async (scope: ApplyScope): Promise<void> => {
      rows = await applyPatches(this.tenants.slice(0, count), scope);
    };
    await this.withScope(right, work, differs);
    return rows;
  }

  private lines(name: string): readonly Record<string, unknown>[] | undefined {
    try {
      const lines = readFileSync(join(this.root, name), "utf8").trim().split("\n");
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }
}
