/** Stands for a value that is only known once something has been made; it is in the way of no rule. */
export const notKnown: unique symbol = Symbol("not known yet");

/** Stands for a secret: rules see that there is one, and never what it is. */
export const sealed: unique symbol = Symbol("secret");

/** A value of a resource as rules see it. */
export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | typeof notKnown
  | typeof sealed
  | readonly Value[]
  | Fields;

/** Values by name. */
export interface Fields {
  readonly [name: string]: Value;
}

/** A resource as a run plans it: what the rules look at. */
export interface PlannedResource {
  readonly urn: string;
  /** The engine's token: "xenorchestra:index/vm:Vm". */
  readonly type: string;
  /** Logical name: "hohenbrueck-vm". */
  readonly name: string;
  readonly inputs: Fields;
  /** Whether the engine refuses to delete it. */
  readonly protect: boolean;
  /** URN of the component that it belongs to. @default - none */
  readonly parent?: string | undefined;
  /** URNs of the resources that an input is made from, by the input's name. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** Whether its provider accepts any certificate of the server. @default false */
  readonly insecureProvider?: boolean;
}

/** Types of resources that rules are about. */
export const types = {
  stack: "pulumi:pulumi:Stack",
  site: "farm:site:TenantSite",
  vm: "xenorchestra:index/vm:Vm",
  command: "command:remote:Command",
  upload: "command:remote:CopyToRemote",
  hostKey: "xenops:index:SshHostKey",
  job: "xenops:index:BackupJob",
  repository: "xenops:index:BackupRepository",
  poolAvailability: "xenops:index:PoolHighAvailability",
  poolSettings: "xenops:index:PoolSettings",
  release: "xenops:index:Release",
  snapshot: "xenops:index:VmSnapshot",
  zone: "cloudflare:index/zone:Zone",
  zoneSetting: "cloudflare:index/zoneSetting:ZoneSetting",
  originPulls: "cloudflare:index/authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings",
  record: "cloudflare:index/dnsRecord:DnsRecord",
  originCertificate: "cloudflare:index/originCaCertificate:OriginCaCertificate",
  key: "tls:index/privateKey:PrivateKey",
} as const;

/** A text that is known. */
export function textOf(value: Value): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A number that is known; the providers' own texts for one count as well. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** The items of a list that is known; undefined for anything else, also for none. */
export function listOf(value: Value): readonly Value[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** The fields of an object; none for anything else. */
export function fieldsOf(value: Value): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Whether a value is left out or empty; what is not known yet counts as given. */
export function isMissing(value: Value): boolean {
  return value === undefined || value === null || value === "";
}

/** Whether it is known that a value is another one than the one that is wanted. */
export function differs(value: Value, wanted: string | number | boolean): boolean {
  return value !== notKnown && value !== sealed && value !== wanted;
}

/** What a URN says last. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The resources of one type. */
export function ofType(resources: readonly PlannedResource[], type: string): readonly PlannedResource[] {
  return resources.filter((resource) => resource.type === type);
}

/** Whether a machine is one of the farm's own services, such as the monitoring, and no administration's. */
export function isService({ inputs }: PlannedResource): boolean {
  return (listOf(inputs["tags"]) ?? []).some((tag) => textOf(tag)?.startsWith("service="));
}

/** The administration's component that a resource lies in, directly or below others. */
export function siteOf(
  resource: PlannedResource,
  byUrn: ReadonlyMap<string, PlannedResource>,
): PlannedResource | undefined {
  let above: PlannedResource | undefined = resource;
  while (above !== undefined && above.type !== types.site) {
    above = above.parent === undefined ? undefined : byUrn.get(above.parent);
  }
  return above;
}

/** The IPv4 address that a machine's first network card is to have, while it is known. */
export function addressOf({ inputs }: PlannedResource): string | undefined {
  const [card] = listOf(inputs["networks"]) ?? [];
  return textOf(fieldsOf(card)["expectedIpCidr"])?.replace(/\/\d+$/, "");
}
