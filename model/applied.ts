import { tryValueChanges } from "./allrisnet/value-changes.ts";
import { nameOf, type StackState, type StateResource } from "./stack-state.ts";

/** What a site was brought to, as far as its administration is told of changes. */
export interface AppliedSite {
  /** Version of ALLRIS net. @default - none is installed yet */
  readonly release?: string;
  /** The values of the roll-out, canonical JSON without secrets. @default - none was done yet */
  readonly values?: string;
  /** Figures of the VM; bytes. @default - there is none yet */
  readonly size?: AppliedSize;
}

/** Figures of a VM; bytes. */
export interface AppliedSize {
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
}

/** Something that a run of the engine changed for one administration. */
export type AppliedChange = {
  /** When the engine had done it, RFC 3339. */
  readonly at: string;
  readonly tenant: string;
} & (
  | { readonly kind: "release"; readonly from: string; readonly to: string }
  /** Fields of the tenant file, parameters of ALLRIS net by their keys. */
  | { readonly kind: "settings"; readonly keys: readonly string[] }
  | ({ readonly kind: "size" } & AppliedSize)
  | { readonly kind: "domain"; readonly domain: string; readonly aliases: readonly string[] }
  | { readonly kind: "certificate"; readonly issuer: string }
);

/** A site in the state, and when the engine last changed its parts. */
interface FoundSite extends AppliedSite {
  readonly at: Readonly<Record<"release" | "values" | "size", string | undefined>>;
}

/** The sites of a state by their administrations' ids. */
export function sitesOf({ resources }: StackState): ReadonlyMap<string, FoundSite> {
  const known = new Map(
    resources.filter((each) => !each.delete).map((each) => [`${each.type} ${nameOf(each.urn)}`, each]),
  );
  const sites = resources.filter(({ type }) => type === "farm:site:TenantSite");
  return new Map(sites.map(({ urn }) => [nameOf(urn), siteOf(nameOf(urn), known)]));
}

function siteOf(id: string, known: ReadonlyMap<string, StateResource>): FoundSite {
  const release = known.get(`xenops:index:Release ${id}-release`);
  const apply = known.get(`command:remote:Command ${id}-apply`);
  const vm = known.get(`xenorchestra:index/vm:Vm ${id}-vm`);
  const version = release?.inputs["version"];
  const values = apply?.inputs["stdin"];
  const size = vm === undefined ? undefined : sizeOf(vm);
  return {
    ...(typeof version === "string" ? { release: version } : {}),
    ...(typeof values === "string" ? { values } : {}),
    ...(size === undefined ? {} : { size }),
    at: { release: modified(release), values: modified(apply), size: modified(vm) },
  };
}

function sizeOf({ inputs }: StateResource): AppliedSize | undefined {
  const { cpus, memoryMax, disks } = inputs;
  const [disk] = Array.isArray(disks) ? (disks as { readonly size?: unknown }[]) : [];
  const figures = [cpus, memoryMax, disk?.size];
  if (!figures.every((each) => typeof each === "number")) return undefined;
  const [count = 0, memory = 0, bytes = 0] = figures;
  return { cpus: count, memory, disk: bytes };
}

function modified(resource: StateResource | undefined): string | undefined {
  const at = resource?.["modified"];
  return typeof at === "string" && !Number.isNaN(Date.parse(at)) ? new Date(at).toISOString() : undefined;
}

/** Fields of the roll-out's values that are told as settings; further ones are parameters of ALLRIS net. */
const settings =
  /^(name|kind|ags|bodies|locale|languages|links\..*|contact\..*|(licensedModules|branding|citizens|politicians)\b.*)$/;

/**
 * What differs between two looks at a stack's sites, as its administrations are told. A site that is new, or that has a
 * part for the first time, has not changed.
 * @param now for what the engine notes no instant of
 */
export function appliedChanges(
  before: ReadonlyMap<string, AppliedSite>,
  after: ReadonlyMap<string, FoundSite>,
  now: Date,
): readonly AppliedChange[] {
  return [...after].flatMap(([tenant, site]) => {
    const old = before.get(tenant);
    return old === undefined ? [] : changesOf(tenant, old, site, now);
  });
}

function changesOf(tenant: string, old: AppliedSite, site: FoundSite, now: Date): readonly AppliedChange[] {
  const head = (part: keyof FoundSite["at"]) => ({ at: site.at[part] ?? now.toISOString(), tenant });
  const { release, size } = site;
  const changes: AppliedChange[] = [];
  if (old.release !== undefined && release !== undefined && old.release !== release)
    changes.push({ ...head("release"), kind: "release", from: old.release, to: release });
  const keys = (tryValueChanges(old.values, site.values)?.changes ?? []).map(({ key }) => key);
  const told = keys.filter((key) => settings.test(key));
  if (told.length > 0) changes.push({ ...head("values"), kind: "settings", keys: told });
  const { domain, aliases, issuer } = valuesOf(site);
  if (keys.some((key) => key === "domain" || key === "aliases"))
    changes.push({ ...head("values"), kind: "domain", domain, aliases });
  if (keys.includes("issuer")) changes.push({ ...head("values"), kind: "certificate", issuer });
  const isOther = (part: keyof AppliedSize): boolean => old.size?.[part] !== size?.[part];
  if (old.size !== undefined && size !== undefined && (["cpus", "memory", "disk"] as const).some(isOther))
    changes.push({ ...head("size"), kind: "size", ...size });
  return changes;
}

function valuesOf({ values = "{}" }: AppliedSite): {
  readonly domain: string;
  readonly aliases: readonly string[];
  readonly issuer: string;
} {
  const { domain = "", aliases = [], issuer = "" } = JSON.parse(values) as Record<string, unknown>;
  return {
    domain: String(domain),
    aliases: Array.isArray(aliases) ? aliases.map(String) : [],
    issuer: String(issuer),
  };
}
