/** What is known of a file in `assets/`. */
export interface Asset {
  /** SHA-256 of its content, lower-case hexadecimal. */
  readonly sha256: string;
  /** Why it cannot be a logo, as the end of a sentence. @default - it can */
  readonly problem?: string;
}

/** The files of `assets/` by name. */
export type Assets = ReadonlyMap<string, Asset>;
