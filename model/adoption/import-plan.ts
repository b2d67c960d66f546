/** One entry of the engine's import file, `pulumi preview --import-file`. */
export interface ImportEntry {
  readonly type: string;
  /** Unique within the file; `parent` of others names it. */
  readonly name: string;
  /** The resource's own name. @default - `name` */
  readonly logicalName?: string;
  readonly id?: string;
  readonly parent?: string;
  readonly component?: boolean;
  readonly version?: string;
  readonly pluginDownloadUrl?: string;
  /** Taken as they are, with `outputs`: the provider is not asked. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The engine's import file. */
export interface ImportFile {
  /** URNs that the state has already, by the names that `parent` uses. */
  readonly nameTable?: Readonly<Record<string, string>>;
  readonly resources: readonly ImportEntry[];
}

/** A resource that the program wants and the state does not have. */
export interface Wanted {
  readonly type: string;
  readonly name: string;
  /** Unknown values are missing. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A DNS record at Cloudflare. */
interface ExistingRecord {
  readonly id: string;
  readonly zoneId: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A machine that is taken over. */
export interface ExistingMachine {
  /** XO's id. */
  readonly vm: string;
  readonly address: string;
  /** "ssh-ed25519 AAAA…", as somebody compared it. */
  readonly hostKey: string;
  /** "SHA256:…" */
  readonly fingerprint: string;
  /** XO's id of the job that backs it up, and no other machine. @default - there is none */
  readonly job?: string;
}

/** Everything that is there already, outside of the state. */
export interface Existing {
  /** By administration: those that are taken over. */
  readonly machines: ReadonlyMap<string, ExistingMachine>;
  readonly zones: readonly { readonly id: string; readonly name: string }[];
  readonly records: readonly ExistingRecord[];
}

const platform = "platform";

/**
 * What of the wanted resources is there already, as an import file. Left out is what only ever lives in the state
 * and is brought about again without harm: roll-outs, settings of pools and zones, keys of Cloudflare's authority.
 */
export function planImport(file: ImportFile, wanted: readonly Wanted[], existing: Existing): ImportFile {
  const inputsOf = new Map(wanted.map(({ type, name, inputs }) => [`${type} ${name}`, inputs]));
  const found = file.resources.flatMap((entry): ImportEntry[] => {
    if (entry.component) return [];
    const name = entry.logicalName ?? entry.name;
    const identity = tryIdentify(entry.type, name, inputsOf.get(`${entry.type} ${name}`) ?? {}, existing);
    return identity === undefined ? [] : [{ ...entry, ...identity }];
  });
  const needed = new Set<string>();
  const addAbove = (parent: string | undefined): void => {
    const above = file.resources.find(({ name }) => name === parent);
    if (above === undefined || needed.has(above.name)) return;
    needed.add(above.name);
    addAbove(above.parent);
  };
  for (const { parent } of found) addAbove(parent);
  const components = file.resources.filter(({ name, component }) => component && needed.has(name));
  const used = new Set([...components, ...found].flatMap(({ parent }) => parent ?? []));
  const table = Object.entries(file.nameTable ?? {}).filter(([name]) => used.has(name));
  return {
    ...(table.length > 0 ? { nameTable: Object.fromEntries(table) } : {}),
    resources: [...components, ...found],
  };
}

type Identity = Pick<ImportEntry, "id" | "inputs" | "outputs">;

function tryIdentify(
  type: string,
  name: string,
  inputs: Wanted["inputs"],
  existing: Existing,
): Identity | undefined {
  const [tenant, machine] = ownerOf(name, existing.machines);
  const own = (suffix: string): ExistingMachine | undefined =>
    name === `${tenant}-${suffix}` ? machine : undefined;
  switch (type) {
    case "xenorchestra:index/vm:Vm":
      return vmOf(own("vm"), inputs);
    case "xenops:index:VmRestartOrder":
      return idOf(own("restart")?.vm);
    case "xenops:index:BackupJob":
      return idOf(own("backup")?.job);
    case "xenops:index:SshHostKey":
      return hostKeyOf(own("host-key"), inputs);
    case "cloudflare:index/zone:Zone":
      return idOf(existing.zones.find((zone) => zone.name === inputs["name"])?.id);
    case "cloudflare:index/dnsRecord:DnsRecord":
      return machine !== undefined || name.startsWith(`${platform}-`)
        ? recordOf(inputs, existing.records)
        : undefined;
    default:
      return undefined;
  }
}

/** The administration whose id a resource's name begins with: the longest one, since one id may begin another. */
function ownerOf(
  name: string,
  machines: Existing["machines"],
): readonly [string, ExistingMachine] | readonly [undefined, undefined] {
  const [owner] = [...machines]
    .filter(([id]) => name.startsWith(`${id}-`))
    .sort(([a], [b]) => b.length - a.length);
  return owner ?? [undefined, undefined];
}

function idOf(id: string | undefined): Identity | undefined {
  return id === undefined ? undefined : { id };
}

/**
 * What Xen Orchestra never tells of a VM. The program's own values stand for them from the start: none of them ever
 * touches a machine that is there, and the official provider takes no order in which a template is missing.
 */
const neverTold = [
  "template",
  "cloudConfig",
  "cloudNetworkConfig",
  "cloneType",
  "installationMethod",
  "destroyCloudConfigVdiAfterBoot",
  "coreOs",
  "cpuCap",
  "cpuWeight",
  "host",
];

function vmOf(machine: ExistingMachine | undefined, inputs: Wanted["inputs"]): Identity | undefined {
  if (machine === undefined) return undefined;
  const given = Object.entries(inputs).filter(([name]) => neverTold.includes(name));
  return { id: machine.vm, inputs: Object.fromEntries(given) };
}

/** No provider can read what somebody compared with their own eyes: the key stands in the file. */
function hostKeyOf(machine: ExistingMachine | undefined, inputs: Wanted["inputs"]): Identity | undefined {
  if (machine === undefined) return undefined;
  const known = { ...inputs, host: machine.address, vmId: machine.vm };
  return {
    id: machine.vm,
    inputs: known,
    outputs: { ...known, publicKey: machine.hostKey, fingerprintSha256: machine.fingerprint },
  };
}

/** The record of the wanted name and type; of several, the one that says what is wanted. */
function recordOf(inputs: Wanted["inputs"], records: readonly ExistingRecord[]): Identity | undefined {
  const { name, type, content, data } = inputs;
  const named = records.filter(
    (record) => record.type === type && record.name.toLowerCase() === String(name).toLowerCase(),
  );
  const same = named.filter((record) => says(record, content, data));
  // Cloudflare takes any number of CAA records for a name: one that says something else is another one.
  const [chosen, ...more] = same.length > 0 || type === "CAA" ? same : named;
  if (chosen === undefined || more.length > 0) return undefined;
  return { id: `${chosen.zoneId}/${chosen.id}` };
}

function says(record: ExistingRecord, content: unknown, data: unknown): boolean {
  if (typeof data !== "object" || data === null) return record.content === content;
  return Object.entries(data).every(([key, value]) => String(record.data[key]) === String(value));
}
