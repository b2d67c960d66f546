import type { AllrisNet, Politicians } from "../model/allrisnet/allrisnet.ts";
import { statedParameters } from "../model/allrisnet/defaults.ts";
import { isSecret, type ParameterValue } from "../model/allrisnet/keys.ts";
import type { BackupSlot } from "../model/backup-slot.ts";
import type { Tenant } from "../model/tenant.ts";
import { type NamedSecret, nameSecrets, secretsOf, type WithNamedSecrets } from "./allrisnet/secret-names.ts";

/** The system parameters as a machine sees them: every one of them, secrets by name alone. */
export type ApplicationValues = Omit<AllrisNet, "ring" | "emergency" | "politicians"> & {
  readonly politicians: WithNamedSecrets<Politicians>;
};

/** Everything that one machine is told about its site, without secrets. */
export interface SiteValues
  extends Pick<
    Tenant,
    "id" | "name" | "kind" | "ags" | "bodies" | "domain" | "aliases" | "locale" | "languages" | "links"
  > {
  /** Where the administration is reached. */
  readonly contact: { readonly email: string; readonly phone?: string };
  /** IPv4 address that the names point to. */
  readonly address: string;
  /** CIDRs that may open an ssh connection. */
  readonly bastions: readonly string[];
  /** Address of the monitoring that may ask the machine how it is. @default - nobody may */
  readonly monitoring?: string;
  /** Where the certificate comes from. */
  readonly issuer: "acme" | "cloudflare-origin" | "customer";
  /** Present for issuer `acme`. */
  readonly acme?: { readonly directory: string; readonly email: string; readonly caaIssuer: string };
  /** When the VM is backed up, and when the machine writes its state for that. */
  readonly backup: Pick<BackupSlot, "at" | "ready">;
  readonly allrisnet: ApplicationValues;
}

/**
 * A site's values as the state keeps them: typed and small. The roll-out's only text input is their canonical
 * JSON. Parameters stand there by their keys, and only those that are not the default of all administrations:
 * what is the same for 300 sites, and what is long, is in the bundle alone.
 */
export interface StatedValues extends Omit<SiteValues, "allrisnet"> {
  readonly allrisnet: { readonly release: string } & Readonly<Record<string, ParameterValue | NamedSecret>>;
  /** The first 16 digits of the SHA-256 of the bundle of rendered files that belongs to these values. */
  readonly bundle: string;
}

/** The parameters as a machine sees them. The ring and the reason of an emergency are no matter of a machine. */
export function applicationValues(allrisnet: AllrisNet): ApplicationValues {
  const { ring, emergency, politicians, ...rest } = allrisnet;
  const { method, ...auth } = politicians.auth;
  return { ...rest, politicians: { ...politicians, auth: { ...auth, method: nameSecrets(method) } } };
}

/** The release and the parameters that differ from the defaults, by key; secrets by name alone. */
export function statedValues(allrisnet: AllrisNet): StatedValues["allrisnet"] {
  const secrets = new Map(secretsOf(allrisnet).map(({ field, name }) => [field, name]));
  const stated = statedParameters(allrisnet).map(([key, value]) => [
    key,
    isSecret(value) ? { secret: secrets.get(`allrisnet.${key}`) } : value,
  ]);
  return { ...Object.fromEntries(stated), release: allrisnet.release };
}

/** JSON with sorted keys and without spaces, with one newline at the end: equal values give equal bytes. */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sorted(value))}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, sorted(part)]),
  );
}
