/** Whether the site lives or is being wound up. */
export type LifecycleInput = ActiveInput | TerminatingInput;

/** The site lives. */
interface ActiveInput {
  /** The site lives. */
  readonly state: "active";
}

/** The site is being wound up. */
export interface TerminatingInput {
  /** The site is being wound up; nothing is deleted before `deleteAfter`. */
  readonly state: "terminating";
  /** Day on which the winding-up was ordered, YYYY-MM-DD. */
  readonly since: string;
  /** Day after which VM and backups may be deleted, YYYY-MM-DD, not before `since`. */
  readonly deleteAfter: string;
  /** Who ordered it, with a reference: "Frau Sommer, letter of 2027-01-15". */
  readonly orderedBy: string;
  /**
   * The site was closed, backed up for the last time and exported; `./farm tenant terminate <id>` writes this.
   * From then on its names are withdrawn.
   * @default - not yet
   */
  readonly closed?: ClosedInput;
  /**
   * VM and backups are being deleted; `./farm tenant terminate <id> --delete` writes this.
   * @default - not yet
   */
  readonly deletion?: DeletionInput;
}

/** What closing a site came to. */
export interface ClosedInput {
  /** Day of it, YYYY-MM-DD, not before `since`. */
  readonly on: string;
  /** Xen Orchestra's id of the archive of the last backup. */
  readonly archive: string;
  /** SHA-256 of the file SHA256SUMS of the export. */
  readonly export: string;
  /** What became of the certificate: revoked, none was served, or it is the administration's own. */
  readonly certificate: "revoked" | "none" | "theirs";
}

/** That VM and backups are deleted. */
export interface DeletionInput {
  /** Day of it, YYYY-MM-DD, after `deleteAfter`. */
  readonly on: string;
  /** Who deletes: a person. */
  readonly by: string;
}
