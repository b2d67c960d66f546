import type { Shown } from "./client.ts";
import { createParams, type Lab, startLab } from "./start.ts";

/** A schedule that nobody waits for. */
export const cron = "30 22 * * *";

/** A lab with one VM of two disks, one backup repository and what makes jobs. */
export class BackupScene {
  readonly lab: Lab;
  vm = "";
  remote = "";
  private macs = 0;

  private constructor(lab: Lab) {
    this.lab = lab;
  }

  static async begin(options: Parameters<typeof startLab>[0] = {}): Promise<BackupScene> {
    const scene = new BackupScene(await startLab(options));
    await scene.call("lab.setClock", { now: "2026-03-01T12:00:00Z" });
    scene.remote = await scene.makeRemote("vault", "nfs://vault.example:/backups");
    scene.vm = await scene.makeVm("hohenbrueck");
    return scene;
  }

  call(method: string, params: object = {}): Promise<Shown> {
    return this.lab.admin.call(method, params);
  }

  /** The error of a call that must fail. */
  fail(method: string, params: object = {}) {
    return this.lab.admin.fail(method, params);
  }

  async makeRemote(name: string, url: string): Promise<string> {
    return (await this.call("remote.create", { name, url })).id;
  }

  async makeVm(name: string, more: object = {}): Promise<string> {
    const base = await createParams(this.lab.admin, name, more);
    const [card] = base.VIFs as object[];
    const mac = `02:00:00:00:07:${(++this.macs).toString(16).padStart(2, "0")}`;
    const id = await this.call("vm.create", { ...base, VIFs: [{ ...card, mac }] });
    for (const disk of await this.disksOf(id)) this.write(disk.id, `${disk.name_label} as it was`);
    return id;
  }

  /** Disks with content, in their order. */
  async disksOf(vm: string): Promise<Shown[]> {
    const vbds = (await this.lab.admin.all("VBD"))
      .filter((vbd) => vbd.VM === vm && !vbd.is_cd_drive)
      .sort((a, b) => Number(a.position) - Number(b.position));
    const all = new Map((await this.lab.admin.all("VDI")).map((vdi) => [vdi.id, vdi]));
    return vbds.map((vbd) => all.get(vbd.VDI)).filter((vdi) => vdi.name_label !== "XO CloudConfigDrive");
  }

  async view(id: string): Promise<Shown> {
    return (await this.call("xo.getAllObjects", { filter: { id } }))[id];
  }

  write(disk: string, text: string): void {
    this.lab.hypervisor.contents.set(disk, text);
  }

  async contentsOf(vm: string): Promise<(string | undefined)[]> {
    return (await this.disksOf(vm)).map((disk) => this.lab.hypervisor.contents.get(disk.id));
  }

  /** A job for the VM with a schedule, as a careful client makes it. */
  async makeJob(
    settings: { readonly all?: object; readonly schedule?: object } = {},
    more: object = {},
    schedule: object = {},
  ): Promise<{ id: string; schedule: string }> {
    const id = await this.call("backupNg.createJob", {
      name: "nightly",
      mode: "full",
      vms: { id: this.vm },
      remotes: { id: this.remote },
      schedules: { tmp: { cron, timezone: "Europe/Berlin", enabled: true, ...schedule } },
      settings: {
        "": { reportWhen: "failure", ...settings.all },
        tmp: settings.schedule ?? { exportRetention: 2 },
      },
      ...more,
    });
    return { id, schedule: (await this.schedulesOf(id))[0].id };
  }

  async schedulesOf(job: string): Promise<Shown[]> {
    return (await this.call("schedule.getAll")).filter((each: Shown) => each.jobId === job);
  }

  /** Runs a job and answers its log. */
  async run(job: { id: string; schedule: string }, more: object = {}): Promise<Shown> {
    await this.call("backupNg.runJob", { id: job.id, schedule: job.schedule, ...more });
    return this.lastLog();
  }

  async lastLog(filter: object = {}): Promise<Shown> {
    return (await this.call("backupNg.getLogs", { _forceRefresh: true, limit: 1, ...filter }))[0];
  }

  /** Archives of a VM on a repository, oldest first. */
  async archives(vm = this.vm, remote = this.remote): Promise<Shown[]> {
    const listed = await this.call("backupNg.listVmBackups", { remotes: [remote], _forceRefresh: true });
    return listed[remote]?.[vm] ?? [];
  }
}
