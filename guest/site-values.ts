/**
 * Everything that one machine is told about its site: typed, small, without secrets. The roll-out's only
 * text input is its canonical JSON, so a preview shows each changed value by its key.
 */
export interface SiteValues {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  /** `domain` first, then the aliases: what the certificate has to name. */
  readonly names: readonly string[];
  /** IPv4 address that the names point to. */
  readonly address: string;
  readonly links: Readonly<Record<"imprint" | "privacy" | "accessibility" | "home", string>>;
  readonly contactEmail: string;
  /** CIDRs that may open an ssh connection. */
  readonly bastions: readonly string[];
  /** Where the certificate comes from. */
  readonly issuer: "acme" | "cloudflare-origin" | "customer";
  /** Present for issuer `acme`. */
  readonly acme?: { readonly directory: string; readonly email: string; readonly caaIssuer: string };
  /** systemd units that the site switches on. */
  readonly units: readonly string[];
  /** SHA-256 of the bundle of rendered files that belongs to these values. */
  readonly bundle: string;
}

/** JSON with sorted keys, two spaces, LF and one newline at the end: equal values give equal bytes. */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), undefined, 2)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, part]) => [key, sorted(part)]),
  );
}
