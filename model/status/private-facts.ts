/** What could not be looked at, and why. */
export interface Unseen {
  readonly unseen: string;
}

/** The last backup that can be restored. */
export interface BackupFact {
  /** Milliseconds since 1970: the instant whose data it holds; null without one. */
  readonly lastGood: number | null;
  /** Hours; null without one. */
  readonly ageHours: number | null;
  /** Whether somebody has to act: none, or too old. */
  readonly red: boolean;
}

/** The certificate that the machine serves. */
export interface CertificateFact {
  /** Milliseconds since 1970. */
  readonly ends: number;
}

/** The release that the file names, and whether it really runs. */
export interface VersionFact {
  readonly wanted: string;
  readonly runs: boolean;
  /** What was found. */
  readonly detail: string;
}

/** What was changed behind the farm's back. */
export interface DriftFact {
  /** When it was looked for, milliseconds since 1970. */
  readonly at: number;
  /** Names of the resources that are not as they were left. */
  readonly resources: readonly string[];
}

/** What only the provider may know of a site; each fact was looked at on its own. */
export interface PrivateFacts {
  readonly backup: BackupFact | Unseen;
  readonly certificate: CertificateFact | Unseen;
  readonly version: VersionFact | Unseen;
  readonly drift: DriftFact | Unseen;
}

/** Days before its end from which on a certificate wants a successor: by then a renewal has failed twice. */
export const certificateDays = 20;

const day = 86_400_000;

/** Whether a fact is one that somebody has to do something about; what could not be looked at is. */
export const wantsAttention: {
  readonly [Fact in keyof PrivateFacts]: (fact: PrivateFacts[Fact], at: number) => boolean;
} = {
  backup: (fact) => "unseen" in fact || fact.red,
  certificate: (fact, at) => "unseen" in fact || fact.ends - at < certificateDays * day,
  version: (fact) => "unseen" in fact || !fact.runs,
  // Nobody looks for drift each time: that it is not known is no alarm.
  drift: (fact) => !("unseen" in fact) && fact.resources.length > 0,
};
