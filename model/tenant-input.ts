import type { AllrisnetInput } from "./allrisnet/allrisnet-input.ts";
import type { LifecycleInput } from "./lifecycle-input.ts";

/** Kinds of administrations. */
export type Kind =
  | "gemeinde"
  | "stadt"
  | "samtgemeinde"
  | "verbandsgemeinde"
  | "amt"
  | "verwaltungsgemeinschaft"
  | "landkreis"
  | "bezirk"
  | "zweckverband";

/** Named sizes; the stack settings say what they mean. */
export type SizeClass = "small" | "medium" | "large";

/** Lifetimes that Cloudflare's Origin CA offers, in days. */
export type OriginValidityDays = 7 | 30 | 90 | 365 | 730 | 1095 | 5475;

/** Who may see a status page. */
export type StatusPageAudience = "customer" | "public" | "off";

/** One administration with its site, as it is written in `tenants/<id>.ts`. */
export interface TenantInput {
  /**
   * Name of the administration in files, tags and resources: 3 to 40 lower-case letters, digits and hyphens,
   * beginning with a letter. The file is called `<id>.ts`. It never changes: another id is another site.
   */
  readonly id: string;
  /** Name for people, 3 to 120 characters: "Stadt Hohenbrück". */
  readonly name: string;
  /** Kind of administration. */
  readonly kind: Kind;
  /**
   * Official key: AGS (8 digits; a district's has 5) or ARS (12 digits). Its first two digits are the state,
   * 01 to 16.
   * @default - none
   */
  readonly ags?: string;
  /**
   * Member municipalities with a council of their own.
   * @default - one body, the administration itself
   */
  readonly bodies?: readonly BodyInput[];
  /**
   * Host name of the site, in lower case, inside the zone of `dns` when that is ours. It belongs to one
   * administration and is not a zone's own name. Umlauts become IDNA.
   */
  readonly domain: string;
  /**
   * Further host names, which redirect to `domain` with status 308. No other administration has them.
   * @default - none
   */
  readonly aliases?: readonly string[];
  /** Who keeps the DNS records of the domain. */
  readonly dns: DnsInput;
  /** Key of the pool in the stack settings that the VM runs in. */
  readonly pool: string;
  /** IPv4 address of the VM: in the subnet of the pool's network, given to nobody else. Written down, never computed. */
  readonly address: string;
  /**
   * IPv6 address of the VM, in the pool's IPv6 subnet.
   * @default - none, and no AAAA record
   */
  readonly address6?: string;
  /**
   * Size of the VM: a class of the stack settings, or its own figures.
   * @default - "small"
   */
  readonly size?: SizeClass | SizeInput;
  /**
   * Who issues the certificate.
   * @default - { issuer: "acme" }
   */
  readonly certificate?: CertificateInput;
  /** Pages that the law wants linked from every page, and the administration's own pages. */
  readonly links: LinksInput;
  /** Where the administration is reached. */
  readonly contact: ContactInput;
  /** The hosting contract. */
  readonly contract: ContractInput;
  /** Which release of ALLRIS net the site runs, and with which system parameters. */
  readonly allrisnet: AllrisnetInput;
  /**
   * What differs from the backups of the stack settings.
   * @default - nothing
   */
  readonly backup?: BackupInput;
  /**
   * Whether the site lives or is being wound up. A site ends by this field, never by deleting the file.
   * @default - { state: "active" }
   */
  readonly lifecycle?: LifecycleInput;
  /**
   * Who had what changed, oldest first. Commands add to it (`./farm tenant set`); previews and the monthly report show
   * it. No resource depends on it.
   * @default - none
   */
  readonly changes?: readonly ChangeInput[];
  /**
   * Who may see the site's status page: `customer` gives it an address that nobody can guess, `public` lists it, `off`
   * makes none. No resource depends on it.
   * @default - "customer"
   */
  readonly statusPage?: StatusPageAudience;
  /**
   * Language and region of dates and numbers (BCP 47).
   * @default - "de-DE"
   */
  readonly locale?: string;
  /**
   * Languages of the pages (BCP 47), the first one is shown first.
   * @default - ["de"]
   */
  readonly languages?: readonly string[];
}

/** A body: a municipality with a council of its own. */
export interface BodyInput {
  /** Name of the body in addresses and data: 3 to 40 lower-case letters, digits and hyphens, unique here. */
  readonly id: string;
  /** Name for people, 3 to 120 characters. */
  readonly name: string;
  /**
   * Official key: AGS (8 digits) or ARS (12 digits).
   * @default - none
   */
  readonly ags?: string;
}

/** Who keeps the DNS records. */
type DnsInput = OurDns | TheirDns;

/** We keep the records, in a zone of the stack settings. */
export interface OurDns {
  /** The records are made by the farm. */
  readonly mode: "ours";
  /** Name of the zone, one of the stack settings. */
  readonly zone: string;
}

/** The administration keeps the records in a zone of its own; `./farm tenant dns <id>` prints what to ask for. */
interface TheirDns {
  /** No record is made by the farm. */
  readonly mode: "theirs";
}

/** A VM's own figures. */
export interface SizeInput {
  /** Virtual processors, 1 to 32. */
  readonly cpus: number;
  /** Memory, "1 GiB" to "256 GiB". */
  readonly memory: string;
  /** System disk, "10 GiB" to "2040 GiB" (the most that a VHD can hold). */
  readonly disk: string;
}

/** Who issues the certificate. */
type CertificateInput = AcmeCertificateInput | OriginCertificateInput | CustomerCertificateInput;

/** A public authority over ACME; the VM renews by itself. */
interface AcmeCertificateInput {
  /** A public authority over ACME with HTTP-01. */
  readonly issuer: "acme";
}

/** Cloudflare's Origin CA behind Cloudflare's proxy; only where the zone is ours. */
export interface OriginCertificateInput {
  /** Cloudflare's Origin CA; visitors meet Cloudflare's own certificate. */
  readonly issuer: "cloudflare-origin";
  /**
   * Lifetime in days, one of the lifetimes that Cloudflare offers.
   * @default - 365
   */
  readonly validityDays?: OriginValidityDays;
  /**
   * Counts the renewals: one more makes a new key and certificate with the next `up`.
   * @default - 1
   */
  readonly rotation?: number;
}

/** A certificate that the administration delivers. */
export interface CustomerCertificateInput {
  /** Certificate, chain and key come from the administration. */
  readonly issuer: "customer";
  /** Name of the folder with the delivery, below the deliveries folder of the stack settings. */
  readonly delivery: string;
  /**
   * Authorities to allow in CAA records when the zone is ours: "d-trust.net".
   * @default - none, and no CAA record
   */
  readonly caa?: readonly string[];
}

/** Pages to link; all https, on any host. */
export interface LinksInput {
  /** Imprint (DDG section 5). */
  readonly imprint: string;
  /** Privacy statement. */
  readonly privacy: string;
  /** Accessibility statement (EU 2016/2102). */
  readonly accessibility: string;
  /** The administration's own pages. */
  readonly home: string;
}

/** Where the administration is reached. */
export interface ContactInput {
  /** Mail address. */
  readonly email: string;
  /**
   * Telephone number in international form (E.164): "+4938112345".
   * @default - none
   */
  readonly phone?: string;
}

/** The hosting contract. */
export interface ContractInput {
  /** The party to the contract (Auftraggeber). */
  readonly customer: string;
  /** Number of the contract. */
  readonly number: string;
  /** First day of the service, YYYY-MM-DD. */
  readonly liveFrom: string;
  /**
   * Last day of the service, YYYY-MM-DD, after `liveFrom`.
   * @default - open end; of a site that is closed the day before
   */
  readonly endsOn?: string;
  /**
   * Mail addresses that get the notices of maintenance.
   * @default - the address of `contact`
   */
  readonly noticeRecipients?: readonly string[];
}

/** What differs from the backups of the stack settings. */
export interface BackupInput {
  /**
   * How many backups are kept.
   * @default - those of the stack settings
   */
  readonly retention?: RetentionInput;
}

/** How many backups are kept; a backup stays as long as one of the three wants it. */
export interface RetentionInput {
  /**
   * Days whose last backup is kept, 7 to 90.
   * @default - that of the stack settings, as a rule 14
   */
  readonly daily?: number;
  /**
   * Weeks whose last backup is kept, 0 to 104.
   * @default - that of the stack settings, as a rule 8
   */
  readonly weekly?: number;
  /**
   * Months whose last backup is kept, 0 to 120.
   * @default - that of the stack settings, as a rule 12
   */
  readonly monthly?: number;
}

/** An instruction of the administration that changed its file. */
export interface ChangeInput {
  /** Day on which the file was changed, YYYY-MM-DD. */
  readonly on: string;
  /** Ticket or letter that holds the instruction: "4711". */
  readonly ticket: string;
  /** Who gave the instruction: "Frau Sommer, Ratsbüro". */
  readonly by: string;
  /** The field that was changed, a parameter of ALLRIS net by its key: "citizens.modules.minutes", "size". */
  readonly what: string;
}
