/** What became of a certificate when its site was closed. */
export type CertificateEnd = "revoked" | "none" | "theirs";

/** A file of what an administration is handed over. */
export interface ExportedFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** An archive of a backup that was deleted. */
export interface DeletedArchive {
  /** XO's id. */
  readonly id: string;
  /** Name of its repository. */
  readonly repository: string;
  /** RFC 3339: the instant whose data it held. */
  readonly at: string;
}

/** Something that was looked for when everything was gone. */
export interface AbsenceCheck {
  /** German, a noun: "Virtuelle Maschinen mit den Kennzeichen der Verwaltung". */
  readonly what: string;
  /** What was still there; empty is what is wanted. */
  readonly found: readonly string[];
}

/** Everything that is known of the end of a site. */
export interface TerminationRecord {
  readonly version: 1;
  readonly stack: string;
  /** The administration's id and what it is called. */
  readonly tenant: string;
  readonly name: string;
  readonly customer: string;
  readonly contract: string;
  readonly domain: string;
  readonly aliases: readonly string[];
  readonly provider: { readonly name: string; readonly address: string };
  /** Who ordered the end, and the days that were agreed on. */
  readonly orderedBy: string;
  readonly since: string;
  readonly deleteAfter: string;
  /** RFC 3339: since when nobody could reach the site any more. */
  readonly closedAt: string;
  /** XO's id of the archive of the last backup. */
  readonly lastArchive: string;
  readonly export: readonly ExportedFile[];
  /** SHA-256 of the list of checksums. */
  readonly exportSha256: string;
  /** The records that led to the site when it was closed, as lines of a zone file. */
  readonly records: readonly string[];
  readonly certificate: CertificateEnd;
  /** Name and XO's id of the machine, and its disks. */
  readonly vm: { readonly id: string; readonly nameLabel: string };
  readonly disks: readonly { readonly id: string; readonly nameLabel: string; readonly size: number }[];
  /** Who had it deleted. */
  readonly deletedBy: string;
  /** RFC 3339. */
  readonly deletionBegunAt: string;
  readonly deletedArchives: readonly DeletedArchive[];
  /** Zones that stay at Cloudflare, without this farm. */
  readonly keptZones: readonly string[];
  readonly deletedAt: string;
  readonly checks: readonly AbsenceCheck[];
}
