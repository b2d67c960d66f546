import { releaseCommand } from "../../guest/release-program.ts";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { onMachine, pinnedKeys } from "./machine.ts";
import { vmOf } from "./services.ts";

/** A site as its visitors, its machine and XO have it. */
export interface SiteState {
  /** Version that the first page says. */
  readonly page: string;
  /** Version that is installed on the machine. */
  readonly installed: string;
  /** Version that XO has on record. */
  readonly recorded: string;
  /** What was kept in the database and in the files, see `keepData`. */
  readonly data: string;
  readonly maintenance: boolean;
}

interface Status {
  readonly current: { readonly version: string; readonly database: string };
  readonly running: readonly number[];
  readonly maintenance: boolean;
}

const recordedIn = "XenCenter.CustomFields.allrisnet-release";

/** The machine of an administration's site, over ssh with the key that the state pins. */
export class SiteMachine {
  readonly id: string;
  readonly domain: string;
  private readonly address: string;
  private readonly key: string;

  private constructor(
    site: { readonly id: string; readonly domain: string; readonly address: string },
    key: string,
  ) {
    this.id = site.id;
    this.domain = site.domain;
    this.address = site.address;
    this.key = key;
  }

  /** The machines of these sites, by administration. */
  static async of<T extends string>(
    sites: Readonly<Record<T, { readonly domain: string; readonly address: string }>>,
  ): Promise<Record<T, SiteMachine>> {
    const keys = await pinnedKeys();
    const machines = Object.entries(sites).map(([id, site]) => {
      const { domain, address } = site as { domain: string; address: string };
      return [id, new SiteMachine({ id, domain, address }, keys.get(id) ?? "")];
    });
    return Object.fromEntries(machines) as Record<T, SiteMachine>;
  }

  /** Runs a command; fails with its own words. */
  async run(command: string): Promise<string> {
    const result = await onMachine(this.address, this.key, command);
    if (result.code !== 0) throw new Error(`${this.id}: ${command}: ${result.stdout} ${result.stderr}`);
    return result.stdout.trim();
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.run(`sudo ${releaseCommand} status`)) as Status;
  }

  /** Writes something into the database and the files that only this test knows. */
  async keepData(words: string): Promise<void> {
    const { database } = (await this.status()).current;
    const sql = `DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT '${words}' AS words; ALTER TABLE kept OWNER TO allrisnet`;
    await this.run(`cd /; sudo -u postgres psql -XqAt -d ${database} -c "${sql}"`);
    await this.run(`echo ${words} | sudo -u tomcat tee /srv/allrisnet/current/files/kept.txt >/dev/null`);
  }

  /** Removes what `keepData` wrote. */
  async forgetData(): Promise<void> {
    const { database } = (await this.status()).current;
    await this.run(`cd /; sudo -u postgres psql -XqAt -d ${database} -c "DROP TABLE IF EXISTS kept"`);
    await this.run("sudo rm -f /srv/allrisnet/current/files/kept.txt");
  }

  async state(): Promise<SiteState> {
    const [{ body }, { current, maintenance }, vm] = await Promise.all([
      visit(readLab(), this.domain),
      this.status(),
      vmOf(this.id),
    ]);
    const rows = `cd /; sudo -u postgres psql -XAt -d ${current.database} -c "SELECT words FROM kept"`;
    const data = await this.run(`${rows}; sudo cat /srv/allrisnet/current/files/kept.txt`);
    const [, page = ""] = /<meta name="description" content="ALLRIS net Version (\S+) \(/.exec(body) ?? [];
    const recorded = String((vm["other"] as Record<string, unknown>)[recordedIn]);
    return { page, installed: current.version, recorded, data, maintenance };
  }
}
