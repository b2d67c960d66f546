import type { Ipv4, Ipv6 } from "./address.ts";
import type { AllrisNet } from "./allrisnet/allrisnet.ts";
import type { Retention } from "./backup-settings.ts";
import type { HostName } from "./host-name.ts";
import type { PlainDate } from "./plain-date.ts";
import type { Kind, OriginValidityDays, StatusPageAudience, TenantInput } from "./tenant-input.ts";
import type { Slug } from "./text.ts";

/** One administration with its site: parsed, checked against all others, every default filled in. */
export interface Tenant {
  /** The file it comes from, relative to the checkout. */
  readonly file: string;
  /** Name in files, tags and resources; never changes. */
  readonly id: Slug;
  /** Name for people. */
  readonly name: string;
  /** Kind of administration. */
  readonly kind: Kind;
  /** Official key. @default - none */
  readonly ags?: string;
  /** Municipalities with a council of their own; at least one. */
  readonly bodies: readonly Body[];
  /** Host name of the site. */
  readonly domain: HostName;
  /** Host names that redirect to `domain`. */
  readonly aliases: readonly HostName[];
  /** Who keeps the DNS records. */
  readonly dns: Dns;
  /** Key of the pool in the settings. */
  readonly pool: string;
  /** IPv4 address of the VM. */
  readonly address: Ipv4;
  /** IPv6 address of the VM. @default - none */
  readonly address6?: Ipv6;
  /** Figures of the VM. */
  readonly size: Size;
  /** Who issues the certificate. */
  readonly certificate: TenantCertificate;
  /** Pages to link, https. */
  readonly links: Links;
  /** Where the administration is reached. */
  readonly contact: Contact;
  /** The hosting contract. */
  readonly contract: Contract;
  /** The release of ALLRIS net and its system parameters. */
  readonly allrisnet: AllrisNet;
  /** Its backups. */
  readonly backup: Backup;
  /** Whether the site lives or is being wound up. */
  readonly lifecycle: Lifecycle;
  /** Who had what changed, oldest first; for people only, no resource depends on it. */
  readonly changes: readonly Change[];
  /** Who may see its status page; no resource depends on it. */
  readonly statusPage: StatusPageAudience;
  /** Language and region of dates and numbers. */
  readonly locale: string;
  /** Languages of the pages, the first one is shown first. */
  readonly languages: readonly string[];
}

/** A municipality with a council of its own. */
interface Body {
  readonly id: Slug;
  readonly name: string;
  readonly ags?: string;
}

/** Who keeps the DNS records of a domain. */
type Dns = { readonly mode: "ours"; readonly zone: HostName } | { readonly mode: "theirs" };

/** Figures of a VM. */
export interface Size {
  /** Virtual processors. */
  readonly cpus: number;
  /** Memory in bytes. */
  readonly memory: number;
  /** System disk in bytes. */
  readonly disk: number;
}

/** Who issues the certificate, and what that issuer has to know. */
type TenantCertificate =
  | { readonly issuer: "acme" }
  | {
      readonly issuer: "cloudflare-origin";
      /** Lifetime in days. */
      readonly validityDays: OriginValidityDays;
      /** One more makes a new key and certificate. */
      readonly rotation: number;
    }
  | {
      readonly issuer: "customer";
      /** Folder below the deliveries folder of the settings. */
      readonly delivery: string;
      /** Authorities to allow in CAA records; empty for none. */
      readonly caa: readonly HostName[];
    };

/** Pages to link, https. */
interface Links {
  readonly imprint: string;
  readonly privacy: string;
  readonly accessibility: string;
  readonly home: string;
}

/** Where the administration is reached. */
interface Contact {
  readonly email: string;
  /** E.164. @default - none */
  readonly phone?: string;
}

/** The hosting contract. */
interface Contract {
  /** The party to the contract. */
  readonly customer: string;
  readonly number: string;
  /** First day of the service. */
  readonly liveFrom: PlainDate;
  /** Last day of the service; of a site that was closed without one the day before. @default - open end */
  readonly endsOn?: PlainDate;
  /** Who gets the notices of maintenance; at least one. */
  readonly noticeRecipients: readonly string[];
}

/** Backups of one administration. */
interface Backup {
  /** How many are kept. */
  readonly retention: Retention;
}

/** Whether a site lives or is being wound up. */
export type Lifecycle =
  | { readonly state: "active" }
  | {
      readonly state: "terminating";
      readonly since: PlainDate;
      /** VM and backups may be deleted after this day. */
      readonly deleteAfter: PlainDate;
      readonly orderedBy: string;
      /** The site is closed, saved and exported; its names are withdrawn. @default - not yet */
      readonly closed?: Closed;
      /** VM and backups are being deleted. @default - not yet */
      readonly deletion?: { readonly on: PlainDate; readonly by: string };
    };

/** What closing a site came to. */
interface Closed {
  readonly on: PlainDate;
  /** Xen Orchestra's id of the archive of the last backup. */
  readonly archive: string;
  /** SHA-256 of the export's list of checksums. */
  readonly export: string;
  readonly certificate: "revoked" | "none" | "theirs";
}

/** An instruction of the administration that changed its file. */
export interface Change {
  /** Day on which the file was changed. */
  readonly on: PlainDate;
  /** Ticket or letter that holds the instruction. */
  readonly ticket: string;
  /** Who gave the instruction. */
  readonly by: string;
  /** The field that was changed, dotted. */
  readonly what: string;
}

/** Gives a tenant file its types and the editor its help; returns its input unchanged. */
export function defineTenant(input: TenantInput): TenantInput {
  return input;
}
