/** The one version that fits the SDK of package.json. */
export const engineVersion = "3.259.0";

/** Tells a person how a long step is doing, a line at a time. */
export type Progress = (line: string) => void;
