import { readFileSync } from "node:fs";
import { join } from "node:path";
import { networkConfig } from "../../guest/cloud-init.ts";
import { labPlaces } from "../../lab/lab-file.ts";
import { cloudflare, withXo, zoneOf } from "./services.ts";
import { eventually } from "./wait.ts";

const gib = 2 ** 30;

/** A machine that nobody made by the farm, with names and a backup job that somebody gave it. */
export interface ForeignMachine {
  readonly vm: string;
  readonly job: string;
  /** Ids of its records at Cloudflare, by type. */
  readonly records: Readonly<Record<string, string>>;
}

/** What a test wants to be different. */
export interface ForeignWish {
  readonly label: string;
  readonly address: string;
  /** Its name in the zone hohenbrueck.example. */
  readonly domain: string;
  readonly cpus?: number;
  /** A further disk, which no site has. */
  readonly secondDisk?: boolean;
  /** Whether it is given a record and a backup job. @default true */
  readonly furnished?: boolean;
}

/** Makes and starts a machine through XO's API, as an operator does by hand, and gives it a record and a job. */
export async function makeForeignMachine(wish: ForeignWish): Promise<ForeignMachine> {
  const { label, address, domain, cpus = 1, secondDisk = false, furnished = true } = wish;
  return withXo(async (xo) => {
    const named = async (type: string, name: string): Promise<string> => {
      const found = (await xo.objects({ type })).find((each) => each["name_label"] === name);
      if (found === undefined) throw new Error(`XO has no ${type} ${name}`);
      return String(found["id"]);
    };
    const repository = await named("SR", "NetApp nord iSCSI");
    const key = readFileSync(join(labPlaces().keys, "farm_ed25519.pub"), "utf8").trim();
    const system = { SR: repository, name_label: "root", size: 12 * gib, userdevice: "0" };
    const data = { SR: repository, name_label: "data", size: gib / 4 };
    const vm = String(
      await xo.call("vm.create", {
        name_label: label,
        name_description: "made by hand",
        template: await named("VM-template", "Debian 12 ALLRIS net"),
        CPUs: cpus,
        memoryMax: gib,
        tags: ["by-hand"],
        VDIs: secondDisk ? [system, data] : [system],
        VIFs: [{ network: await named("network", "Front nord") }],
        cloudConfig: `#cloud-config\nhostname: ${domain.split(".")[0]}\nssh_genkeytypes: ["ed25519"]\nusers:\n  - name: farm\n    shell: /bin/bash\n    sudo: "ALL=(ALL) NOPASSWD:ALL"\n    ssh_authorized_keys: ["${key}"]\n`,
        networkConfig: networkConfig({
          address,
          prefix: 24,
          gateway: "198.18.10.1",
          nameservers: ["198.18.0.53"],
        }),
      }),
    );
    await xo.call("vm.start", { id: vm });
    await eventually("its guest tools report its address", async () => {
      const [found] = await xo.objects({ type: "VM", id: vm });
      return Object.values((found?.["addresses"] as object | undefined) ?? {}).includes(address);
    });
    if (!furnished) return { vm, job: "", records: {} };
    const { id: zone } = await zoneOf("hohenbrueck.example");
    const record = (type: string, name: string, content: string): Promise<{ id: string }> =>
      cloudflare("POST", `zones/${zone}/dns_records`, { type, name, content, ttl: 3600 });
    const a = await record("A", domain, address);
    const cname = await record("CNAME", `www.${domain}`, domain);
    const [remote] = (await xo.call("remote.getAll")) as { id: string }[];
    const job = String(
      await xo.call("backupNg.createJob", {
        name: `nightly ${label}`,
        mode: "full",
        vms: { id: vm },
        remotes: { id: remote?.id },
        schedules: { tmp: { cron: "0 22 * * *", timezone: "Europe/Berlin", enabled: true } },
        settings: { "": {}, tmp: { exportRetention: 30 } },
      }),
    );
    return { vm, job, records: { A: a.id, CNAME: cname.id } };
  });
}

/** Fields of a tenant file that nobody can read from outside. */
export const unreadable: readonly { readonly path: readonly string[]; readonly value: unknown }[] = [
  { path: ["name"], value: "Gemeinde Altdorf" },
  { path: ["kind"], value: "gemeinde" },
  { path: ["contract", "customer"], value: "Gemeinde Altdorf" },
  { path: ["contract", "number"], value: "R-2026-901" },
  { path: ["contract", "liveFrom"], value: "2026-11-01" },
  { path: ["contact", "email"], value: "rat@hohenbrueck.example" },
  { path: ["links", "imprint"], value: "https://www.hohenbrueck.example/impressum" },
  { path: ["links", "privacy"], value: "https://www.hohenbrueck.example/datenschutz" },
  { path: ["links", "accessibility"], value: "https://www.hohenbrueck.example/barrierefreiheit" },
  { path: ["links", "home"], value: "https://www.hohenbrueck.example/" },
  {
    path: ["allrisnet"],
    value: {
      release: "4.1.7",
      citizens: {
        accessibility: {
          feedbackEmail: "rat@hohenbrueck.example",
          enforcementBodyUrl: "https://www.land-kuestenring.example/durchsetzungsstelle",
          statementDate: "2026-03-02",
        },
      },
    },
  },
];
