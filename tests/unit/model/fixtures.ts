import { type Farm, parseFarm, type TenantFile } from "../../../model/farm.ts";
import { FarmProblems, type Problem } from "../../../model/problems.ts";

/** A public key that has the form of one; nobody has its private half. */
export const publicKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from("ssh-ed25519"),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString("base64")}`;

/** What `./farm env` would give a lab. */
export const environment = {
  XOA_URL: "ws://127.0.0.1:4000",
  CLOUDFLARE_BASE_URL: "http://127.0.0.1:5000/client/v4",
  FARM_SSH_PUBLIC_KEY: `${publicKey} operators\n`,
  FARM_XAPI_URL: "http://127.0.0.1:4000",
  FARM_XAPI_USER: "farm",
  FARM_JUMP: `127.0.0.1:2222 jump ${publicKey}`,
  FARM_QUARANTINE_JUMP: `127.0.0.1:2223 jump ${publicKey}`,
  FARM_ACME_DIRECTORY: "https://198.18.0.14:14000/dir",
  FARM_ACME_CA_FILE: "/tmp/pebble.pem",
  FARM_DELIVERIES: "/tmp/deliveries",
  FARM_PACKAGES_KEY_FILE: "/tmp/packages.asc",
  FARM_RELEASES: "/tmp/releases",
  FARM_ORIGIN_PULL_CA_FILE: "/tmp/origin-pull-ca.pem",
} as const;

/** The instant of the tests' runs. */
export const now: Date = new Date("2026-10-01T08:00:00Z");

/** Settings that fit, as plain data of its own on each call. */
export function settings() {
  return {
    stage: "lab",
    protection: true,
    state: { backend: "s3://kuestenring-states" },
    provider: {
      name: "Rechenzentrum Küstenring",
      address: "Hafenallee 12, 18099 Küstenring",
      email: "b@kuestenring.de",
    },
    endpoints: { xo: "wss://xo.kuestenring.de", cloudflare: "https://api.cloudflare.com/client/v4" },
    access: {
      user: "farm",
      authorizedKeys: [publicKey],
      jump: { host: "jump.kuestenring.de", port: 22, user: "jump", hostKey: publicKey },
    },
    acme: {
      directory: "https://acme-v02.api.letsencrypt.org/directory",
      email: "z@kuestenring.de",
      caaIssuer: "letsencrypt.org",
    },
    deliveries: "/srv/deliveries",
    cloudflare: { accountId: "1ab0000000000000000000000000fa23", originPullCaFile: "/etc/pull.pem" },
    zones: { "hohenbrueck.de": {}, "seenplatte.de": {} },
    pools: {
      nord: {
        nameLabel: "nord",
        hosts: ["xcp-1", "xcp-2", "xcp-3"],
        template: "Debian 12",
        network: {
          nameLabel: "Front",
          subnet: "10.20.0.0/24",
          gateway: "10.20.0.1",
          nameservers: ["10.20.0.53"],
        },
        bastions: ["10.20.0.2/32", "10.9.0.0/24"],
        storage: {
          iscsi: {
            cluster: "netapp",
            svm: "svm",
            lun: "/vol/a/lun0",
            protocol: "iscsi",
            location: "RZ 1",
            controllers: ["netapp-01", "netapp-02"],
            takeoverSeconds: 30,
            encrypted: true,
          },
          nfs: {
            cluster: "netapp",
            svm: "svm",
            volume: "allris",
            protocol: "nfs",
            location: "RZ 1",
            controllers: ["netapp-01", "netapp-02"],
            takeoverSeconds: 30,
            encrypted: true,
            mirroredBy: "SnapMirror to RZ 2",
          },
        },
        defaultStorage: "iscsi",
        ha: { hostFailures: 1, heartbeat: ["iscsi", "nfs"], timeoutSeconds: 60, startDelaySeconds: 3 },
        migrationNetwork: "Migration",
        backupNetwork: "Backup",
        xapi: { url: "https://xcp-1.kuestenring.de", user: "farm", passwordVariable: "FARM_XAPI_PASSWORD" },
      },
    },
    backup: {
      repositories: {
        "backup-rz2": {
          url: "nfs://backup.kuestenring.de:/allris",
          location: "RZ 2",
          encryptionKeyVariable: "FARM_BACKUP_KEY",
          options: "vers=4.1",
        },
      },
      window: { from: "22:00", to: "05:00" },
      concurrency: 4,
      slotMinutes: 10,
      retention: { daily: 14, weekly: 8, monthly: 12 },
      reportRecipients: ["betrieb@kuestenring.de"],
    },
    sizes: {
      small: { cpus: 2, memory: "2 GiB", disk: "20 GiB" },
      medium: { cpus: 2, memory: "4 GiB", disk: "40 GiB" },
      large: { cpus: 4, memory: "8 GiB", disk: "80 GiB" },
    },
    defaults: { ttl: 300 },
  };
}

/** What every administration has to say about ALLRIS net, with what differs; `citizens` is put on top. */
export function allrisnet(differs: object = {}, citizens: object = {}) {
  const accessibility = {
    feedbackEmail: "barrieren@hohenbrueck.de",
    enforcementBodyUrl: "https://www.landesverwaltung.de/durchsetzung",
    statementDate: "2026-03-02",
  };
  return { release: "4.1.7", ...differs, citizens: { accessibility, ...citizens } };
}

/** A tenant that fits those settings, with what differs. */
export function tenant(differs: object = {}) {
  return {
    id: "hohenbrueck",
    name: "Stadt Hohenbrück",
    kind: "stadt",
    domain: "ratsinfo.hohenbrueck.de",
    dns: { mode: "ours", zone: "hohenbrueck.de" },
    pool: "nord",
    address: "10.20.0.11",
    links: {
      imprint: "https://www.hohenbrueck.de/impressum",
      privacy: "https://www.hohenbrueck.de/datenschutz",
      accessibility: "https://www.hohenbrueck.de/barrierefreiheit",
      home: "https://www.hohenbrueck.de/",
    },
    contact: { email: "rat@hohenbrueck.de" },
    contract: { customer: "Stadt Hohenbrück", number: "R-2026-014", liveFrom: "2026-11-01" },
    allrisnet: allrisnet(),
    ...differs,
  };
}

/** A tenant with an id of its own and everything that follows from it. */
export function neighbour(id: string, host: number, differs: object = {}) {
  return tenant({ id, domain: `${id}.hohenbrueck.de`, address: `10.20.0.${host}`, ...differs });
}

/** Parses tenants, each in the file of its id, with settings that fit unless others are given. */
export function parse(tenants: readonly object[], given: unknown = settings()): Farm {
  return parseFarm({
    settings: given,
    settingsFile: "Pulumi.lab.yaml",
    tenants: tenants.map(
      (value): TenantFile => ({ file: `tenants/${"id" in value ? value.id : "x"}.ts`, value }),
    ),
    environment,
    now,
  });
}

/** The problems of what cannot be parsed; none when it can. */
export function problemsOf(tenants: readonly object[], given: unknown = settings()): readonly Problem[] {
  try {
    parse(tenants, given);
    return [];
  } catch (error) {
    if (error instanceof FarmProblems) return error.problems;
    throw error;
  }
}

/** The same as lines "field: why (hint)" of one file. */
export function linesOf(problems: readonly Problem[], file?: string): readonly string[] {
  return problems
    .filter((problem) => file === undefined || problem.file === file)
    .map(({ field, why, hint }) => (hint === undefined ? `${field}: ${why}` : `${field}: ${why} (${hint})`));
}

/** Settings with one field, named by its path, set to another value; undefined takes it away. */
export function settingsWith(path: readonly string[], value: unknown): object {
  const given = settings();
  const owner = path.slice(0, -1).reduce<object>((object, key) => Reflect.get(object, key), given);
  const last = path.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(owner, last);
  else Reflect.set(owner, last, value);
  return given;
}
