/** A release of the stand-in. */
export interface LabRelease {
  readonly version: string;
  /** What the real maker would call the build. */
  readonly build: string;
}

/** The stand-in's releases, oldest first; each has the files of those before it, and its own in `variants/`. */
export const labReleases: readonly LabRelease[] = [
  { version: "4.1.7", build: "4170039" },
  { version: "4.1.8", build: "4180012" },
  // Breaks some seconds after its start: it is there to be rolled back.
  { version: "4.1.9", build: "4190003" },
];
