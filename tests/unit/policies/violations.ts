import type { Settings } from "../../../model/settings.ts";
import {
  type Fields,
  fieldsOf,
  type PlannedResource,
  sealed,
  textOf,
  types,
} from "../../../policies/planned-resource.ts";
import type { Surroundings } from "../../../policies/rule.ts";
import { plan, planWith, resource, settings, surroundings } from "./scene.ts";

/** One thing that breaks one rule. */
export interface Violation {
  readonly rule: string;
  readonly resources: readonly PlannedResource[];
  /** @default - those of the scene */
  readonly surroundings?: Surroundings;
  /** "resource: detail", or the detail alone where the rule is about the stack. */
  readonly finds: readonly string[];
}

type Change = (inputs: Fields) => Fields;

/** A plan in which one resource has other inputs. */
const changed = (name: string, type: string, change: Change): readonly PlannedResource[] =>
  planWith(name, type, ({ inputs }) => ({ inputs: { ...inputs, ...change(inputs) } }));

/** A plan in which one resource may be deleted. */
const unprotected = (name: string, type: string): readonly PlannedResource[] =>
  planWith(name, type, () => ({ protect: false }));

const withSettings = (differs: Partial<Settings>): Surroundings => ({
  ...surroundings,
  settings: { ...settings, ...differs },
});

const vm = (change: Change): readonly PlannedResource[] => changed("hohenbrueck-vm", types.vm, change);
const command = (name: string, change: Change): readonly PlannedResource[] =>
  changed(name, types.command, change);
const job = (change: Change): readonly PlannedResource[] => changed("hohenbrueck-backup", types.job, change);

/** Other values in what a roll-out brings to the machine. */
const rolledOut = (change: Change): readonly PlannedResource[] =>
  command("hohenbrueck-apply", ({ stdin }) => {
    const values = JSON.parse(textOf(stdin) ?? "") as Fields;
    return { stdin: JSON.stringify({ ...values, ...change(values) }) };
  });
const parameters = (differs: Fields): readonly PlannedResource[] =>
  rolledOut(({ allrisnet }) => ({ allrisnet: { ...fieldsOf(allrisnet), ...differs } }));

const onMachine = "hohenbrueck-vm";
const repository = "platform-backup-backup-rz2";
const old = new Date(surroundings.at.getTime() - 80 * 3_600_000).toISOString();
const connectionWith =
  (differs: Fields): Change =>
  ({ connection }) => ({ connection: { ...fieldsOf(connection), ...differs } });

/** An RSA key of 2048 bits in OpenSSH's form. */
const weakKey = `ssh-rsa ${Buffer.concat(
  [
    Buffer.from("ssh-rsa"),
    Buffer.from([1, 0, 1]),
    Buffer.concat([Buffer.from([0]), Buffer.alloc(256, 0xcd)]),
  ].map((part) => Buffer.concat([Buffer.from([0, 0, part.length >> 8, part.length & 255]), part])),
).toString("base64")}`;

/** At least one for each rule. */
export const violations: readonly Violation[] = [
  {
    rule: "vm-one-network-card",
    resources: vm(({ networks }) => ({ networks: [...(networks as Fields[]), { networkId: "backup" }] })),
    finds: [`${onMachine}: has 2 network cards`],
  },
  {
    rule: "vm-high-availability",
    resources: vm(() => ({ highAvailability: "best-effort", autoPoweron: true })),
    finds: [
      `${onMachine}: has the HA priority "best-effort"`,
      `${onMachine}: is also started by Xen Orchestra itself`,
    ],
  },
  {
    rule: "vm-high-availability",
    resources: vm(() => ({ highAvailability: undefined })),
    finds: [`${onMachine}: has the HA priority "none"`],
  },
  {
    rule: "vm-deletion-refused",
    resources: planWith(onMachine, types.vm, ({ inputs }) => ({
      protect: false,
      inputs: { ...inputs, blockedOperations: [] },
    })),
    finds: [`${onMachine}: may be deleted by the engine`, `${onMachine}: may be deleted in Xen Orchestra`],
  },
  {
    rule: "vm-tags",
    resources: vm(() => ({ tags: ["tenant=hohenbrueck", "tenant=amt-seenplatte"] })),
    finds: [`${onMachine}: has 0 tags farm=…`, `${onMachine}: has 2 tags tenant=…`],
  },
  {
    rule: "vm-cloud-init-no-secret",
    resources: vm(({ cloudConfig }) => ({
      cloudConfig: `${textOf(cloudConfig)}\nchpasswd:\n  list: root:geheim\n`,
    })),
    finds: [`${onMachine}: cloudConfig holds what looks like a secret`],
  },
  {
    rule: "vm-keys-only",
    resources: vm(({ cloudConfig }) => ({
      cloudConfig: textOf(cloudConfig)
        ?.replace("ssh_pwauth: false", "ssh_pwauth: true")
        .replace("lock_", "#"),
    })),
    finds: [
      `${onMachine}: ssh may take passwords`,
      `${onMachine}: the operators' account may have a password`,
    ],
  },
  {
    rule: "vm-front-network-only",
    resources: vm(() => ({ networks: [{ networkId: "migration", expectedIpCidr: "10.20.0.11/32" }] })),
    finds: [`${onMachine}: has a card in a network of the hosts`],
  },
  {
    rule: "vm-address-planned",
    resources: vm(() => ({ networks: [{ networkId: "front", expectedIpCidr: "10.21.0.9/32" }] })),
    finds: [`${onMachine}: 10.21.0.9 lies in no pool's subnet`],
  },
  {
    rule: "vm-address-planned",
    resources: vm(() => ({ networks: [{ networkId: "front", expectedIpCidr: "10.20.0.12/32" }] })),
    finds: [onMachine, "amt-seenplatte-vm"].map(
      (name) => `${name}: 10.20.0.12 belongs to more than one machine`,
    ),
  },
  {
    rule: "vm-one-administration",
    resources: vm(() => ({ tags: ["farm=allris-farm/prod", "tenant=amt-seenplatte"] })),
    finds: [onMachine, "amt-seenplatte-vm"].map((name) => `${name}: is one of 2 machines of amt-seenplatte`),
  },
  {
    rule: "vm-one-administration",
    resources: plan.filter(({ name }) => name !== onMachine),
    finds: ["hohenbrueck: hohenbrueck has 0 machines"],
  },
  {
    rule: "vm-disks-on-redundant-storage",
    resources: vm(() => ({ disks: [{ srId: "iscsi" }, { srId: "local" }] })),
    finds: [`${onMachine}: has a disk elsewhere`],
  },
  {
    rule: "ssh-host-key-pinned",
    resources: command("hohenbrueck-apply", ({ connection }) => ({
      connection: { ...fieldsOf(connection), hostKey: undefined, proxy: { host: "jump.kuestenring.de" } },
    })),
    finds: ["machine", "jump host"].map((whose) => `hohenbrueck-apply: trusts any host key of the ${whose}`),
  },
  {
    rule: "ssh-through-jump-host",
    resources: changed("hohenbrueck-host-key", types.hostKey, () => ({ proxy: undefined })),
    finds: ["hohenbrueck-host-key: goes to the machine directly"],
  },
  {
    rule: "ssh-through-jump-host",
    resources: changed(
      "hohenbrueck-bundle",
      types.upload,
      connectionWith({ proxy: { host: "elsewhere.de" } }),
    ),
    finds: ["hohenbrueck-bundle: goes through another jump host than that of the settings"],
  },
  {
    rule: "ssh-agent-only",
    resources: changed(
      "hohenbrueck-release",
      types.release,
      connectionWith({ user: "root", privateKey: sealed }),
    ),
    finds: ["hohenbrueck-release: holds a privateKey", "hohenbrueck-release: signs in as root"],
  },
  {
    rule: "ssh-from-bastions-only",
    resources: rolledOut(() => ({ bastions: ["10.20.0.2/32", "10.0.0.0/8", "2001:db8::/32"] })),
    finds: ["hohenbrueck-apply: opens ssh to 10.0.0.0/8", "hohenbrueck-apply: opens ssh to 2001:db8::/32"],
  },
  {
    rule: "ssh-from-bastions-only",
    resources: rolledOut(() => ({ bastions: [] })),
    finds: ["hohenbrueck-apply: names nobody who may open an ssh connection"],
  },
  {
    rule: "secrets-not-logged",
    resources: command("hohenbrueck-secrets", () => ({
      logging: undefined,
      addPreviousOutputInEnv: undefined,
    })),
    finds: ["its output is logged", "hands its last output on by the environment"].map(
      (detail) => `hohenbrueck-secrets: ${detail}`,
    ),
  },
  {
    rule: "commands-without-secrets",
    resources: command("hohenbrueck-apply", () => ({
      create: "app --password=geheim apply",
      environment: { A: sealed },
    })),
    finds: [
      "hohenbrueck-apply: its create command holds what looks like a secret",
      "hohenbrueck-apply: sets variables of the environment, which other processes can read",
    ],
  },
  {
    rule: "backup-daily",
    resources: job(() => ({ schedule: { cron: "5 22 * * 1-5", timezone: "UTC" } })),
    finds: [
      'hohenbrueck-backup: has the schedule "5 22 * * 1-5", which leaves days out',
      "hohenbrueck-backup: keeps the time of UTC",
    ],
  },
  {
    rule: "backup-retention",
    resources: job(() => ({ retention: { last: 1, daily: 3 } })),
    finds: [
      "hohenbrueck-backup: keeps 3 daily backups",
      "hohenbrueck-backup: keeps nothing that is older than its daily backups",
    ],
  },
  {
    rule: "backup-running",
    resources: job(() => ({ enabled: false, reportWhen: "never" })),
    finds: ["hohenbrueck-backup: is switched off", "hohenbrueck-backup: reports no failure"],
  },
  {
    rule: "backup-encrypted",
    resources: changed(repository, types.repository, () => ({ encryptionKey: undefined })),
    finds: [`${repository}: is written in clear`],
  },
  {
    rule: "backup-repository-apart",
    resources: changed(repository, types.repository, () => ({ url: "file:///mnt/backup", enabled: false })),
    finds: [`${repository}: lies on Xen Orchestra's own machine`, `${repository}: is switched off`],
  },
  {
    rule: "backup-deletion-refused",
    resources: unprotected("hohenbrueck-backup", types.job),
    finds: ["hohenbrueck-backup: may be deleted by the engine"],
  },
  {
    rule: "backup-every-machine",
    resources: planWith("amt-seenplatte-backup", types.job, ({ sources }) => ({
      sources: { ...sources, vmIds: plan.filter(({ name }) => name === onMachine).map(({ urn }) => urn) },
    })),
    finds: [`${onMachine}: is in 2 backup jobs`, "amt-seenplatte-vm: is in no backup job"],
  },
  {
    rule: "backup-other-location",
    resources: plan,
    surroundings: withSettings({
      backup: {
        ...settings.backup,
        repositories: { "backup-rz2": { url: "nfs://backup.kuestenring.de:/allris", location: "RZ 1" } },
      },
    }),
    finds: ["hohenbrueck-backup", "amt-seenplatte-backup"].map(
      (name) => `${name}: writes to ${repository} alone`,
    ),
  },
  {
    rule: "snapshot-short-lived",
    resources: [...plan, resource(types.snapshot, "before", { name: "before", takenAt: old })],
    finds: ["before: is 80 hours old"],
  },
];

export { changed, onMachine, parameters, rolledOut, unprotected, weakKey, withSettings };
