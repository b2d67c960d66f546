import { type LabFile, readLab } from "../../lab/lab-file.ts";
import type { RunResult } from "../../lib/run.ts";
import { byWayOf, pinnedKeys } from "./machine.ts";
import { farmOfProject } from "./patched.ts";
import { vmOf, withXo } from "./services.ts";
import { eventually } from "./wait.ts";

const folder = "/srv/allrisnet/current/files";

/** What a site's machine holds at one moment. */
export interface SiteData {
  /** One line of checksum and path for each of the application's files. */
  readonly files: string;
  /**
   * Checksum of the database's dump, without the positions of sequences: after a power cut PostgreSQL goes on up to
   * 32 numbers further, by design.
   */
  readonly database: string;
}

/** A site whose backups and restores are tested, with a paper and a motion that only the test knows. */
export class RestoredSite {
  readonly id: string;
  readonly address: string;
  /** The host key that the state pins. */
  readonly key: string;
  readonly paper: string;

  private constructor(id: string, address: string, key: string, paper: string) {
    this.id = id;
    this.address = address;
    this.key = key;
    this.paper = paper;
  }

  static async of(
    { id, address }: Pick<RestoredSite, "id" | "address">,
    paper: string,
  ): Promise<RestoredSite> {
    return new RestoredSite(id, address, (await pinnedKeys()).get(id) ?? "", paper);
  }

  /** Runs a command on its machine. @param jump of the quarantine for a copy. @throws Error when it fails */
  async run(command: string, jump?: LabFile["jump"]): Promise<string> {
    const result = await byWayOf(jump ?? readLab().jump, this.address, this.key, [command]);
    if (result.code !== 0) throw new Error(`${command}: ${result.stdout} ${result.stderr}`);
    return result.stdout.trim();
  }

  sql(statement: string, jump?: LabFile["jump"]): Promise<string> {
    const psql = "cd /; sudo -u postgres psql -XqAt -d allrisnet_1";
    return this.run(`${psql} -c "${statement.replaceAll("\n", " ")}"`, jump);
  }

  /** Calls the program of the backups on the machine. */
  async backup(words: string): Promise<unknown> {
    return JSON.parse((await this.run(`sudo /usr/local/lib/farm/backup ${words}`)).split("\n").at(-1) ?? "");
  }

  /** Writes the paper and the motion that names it. */
  async writePaper(): Promise<void> {
    await this.run(
      `head -c 300000 /dev/urandom | sudo -u tomcat sh -c 'umask 027; cat >${folder}/${this.paper}'`,
    );
    await this.sql(`INSERT INTO motion (account_id, title, text, file_name, stored_as)
      SELECT id, 'Bank am See', 'Text', 'bank.pdf', '${this.paper}' FROM account WHERE login = 'm.sommer'`);
  }

  async deletePaper(): Promise<void> {
    await this.run(`sudo rm ${folder}/${this.paper}`);
  }

  /** Writes a file that no backup has. */
  async writeLater(name: string): Promise<void> {
    await this.run(`echo later | sudo -u tomcat tee ${folder}/${name} >/dev/null`);
  }

  async deleteLater(name: string): Promise<void> {
    await this.run(`sudo rm -f ${folder}/${name}`);
  }

  /** What it holds now. @param jump of the quarantine for a copy */
  async data(jump?: LabFile["jump"]): Promise<SiteData> {
    const files = `cd ${folder} && sudo find . -type f -exec sha256sum {} + | sort`;
    const dump = "sudo -u postgres pg_dump --no-comments allrisnet_1";
    const database = `${dump} | grep -v '^.\\(un\\)\\?restrict \\|setval(' | sha256sum`;
    const lines = (await this.run(`set -eo pipefail; ${files}; cd /; ${database}`, jump)).split("\n");
    return { files: lines.slice(0, -1).join("\n"), database: lines.at(-1) ?? "" };
  }

  /** Waits until it lets the operators in and its database answers. */
  async awaitUp(jump?: LabFile["jump"]): Promise<void> {
    await eventually(`the machine of ${this.id} is up`, () => this.sql("SELECT 1", jump));
  }

  /** What its VM is to have again after a restore. */
  async features() {
    const vm = await vmOf(this.id);
    const vifs = await withXo((xo) => xo.objects({ type: "VIF", $VM: vm.id }));
    const { name_label, name_description, tags, high_availability, blockedOperations } = vm;
    const { affinityHost, CPUs, startDelay, auto_poweron } = vm;
    const { dynamic } = vm["memory"] as { dynamic: number[] };
    return {
      ...{ name_label, name_description, tags, high_availability, affinityHost, CPUs, startDelay },
      ...{ auto_poweron, memory: dynamic[1] },
      blockedOperations: Object.keys(blockedOperations as object),
      cards: vifs.map(({ MAC, $network }) => [MAC, $network]),
    };
  }
}

/** Names of everything in XO that a restore or a drill might leave. */
export function inventory(): Promise<{ readonly vms: string[]; readonly disks: string[] }> {
  return withXo(async (xo) => {
    const [vms, disks] = await Promise.all([xo.objects({ type: "VM" }), xo.objects({ type: "VDI" })]);
    const names = (objects: readonly Record<string, unknown>[]) =>
      objects.map(({ name_label }) => String(name_label)).sort();
    return { vms: names(vms), disks: names(disks) };
  });
}

/** Deletes a VM of XO with its disks, whatever protects it. */
export async function deleteVm(id: string): Promise<void> {
  await withXo((xo) => xo.call("vm.delete", { id, forceBlockedOperation: true }, { timeout: 60_000 }));
}

/** What a command of `./farm` says as JSON, with its exit code. @throws Error when it says nothing */
export async function farmJson<T>(...args: string[]): Promise<T & { readonly code: number }> {
  const result: RunResult = await farmOfProject(...args, "--json");
  if (result.stdout === "") throw new Error(result.stderr);
  return { ...(JSON.parse(result.stdout) as T), code: result.code };
}
