import type { ChangeOp, PropertyChange, ResourceChange } from "../../../model/preview/changes.ts";
import { patternOf } from "../../../model/preview/property-path.ts";

const types = {
  vm: "xenorchestra:index/vm:Vm",
  record: "cloudflare:index/dnsRecord:DnsRecord",
  zone: "cloudflare:index/zone:Zone",
  setting: "cloudflare:index/zoneSetting:ZoneSetting",
  pulls: "cloudflare:index/authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings",
  origin: "cloudflare:index/originCaCertificate:OriginCaCertificate",
  key: "tls:index/privateKey:PrivateKey",
  request: "tls:index/certRequest:CertRequest",
  command: "command:remote:Command",
  copy: "command:remote:CopyToRemote",
  job: "xenops:index:BackupJob",
  repository: "xenops:index:BackupRepository",
  ha: "xenops:index:PoolHighAvailability",
  pool: "xenops:index:PoolSettings",
  order: "xenops:index:VmRestartOrder",
  hostKey: "xenops:index:SshHostKey",
  release: "xenops:index:Release",
  unknown: "elsewhere:index:Thing",
  site: "farm:site:TenantSite",
} as const;

/** A resource in short: its type, and behind a colon the ending of its name. */
export type Kind = keyof typeof types | `command:${string}`;

/** What may be different of a sample. */
export interface SampleParts {
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly unprotected?: boolean;
  readonly properties?: readonly PropertyChange[];
}

/** A change of one resource of an administration. */
export function sample(kind: Kind, op: ChangeOp, parts: SampleParts = {}): ResourceChange {
  const [short, part = short] = kind.split(":");
  const type = types[short as keyof typeof types];
  const name = `hohenbrueck-${part}`;
  const urn = `urn:pulumi:lab::allris-farm::farm:site:TenantSite$${type}::${name}`;
  return {
    stack: "lab",
    urn,
    name,
    type,
    op,
    administration: "hohenbrueck",
    properties: [],
    unprotected: false,
    inputs: {},
    ...parts,
  };
}

/** One property that differs; undefined where it is not there. */
export function property(path: string, before: unknown, after: unknown): PropertyChange {
  const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
  return { path, pattern: patternOf(path), kind, secret: false, before, after };
}

/** An update of one property. */
export function update(
  kind: Kind,
  path: string,
  before: unknown,
  after: unknown,
  inputs: Readonly<Record<string, unknown>> = {},
): ResourceChange {
  return sample(kind, "update", { inputs, properties: [property(path, before, after)] });
}
