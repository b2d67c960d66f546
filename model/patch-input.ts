import type { Ring } from "./allrisnet/allrisnet-input.ts";

/** The packages that the machines of a ring shall have, as they are written in `patches/<ring>.ts`. */
export interface PatchLevelInput {
  /** The ring that `allrisnet.ring` of a tenant file names. The file is called `<ring>.ts`. */
  readonly ring: Ring;
  /** What the patches are for, 3 to 120 characters: "DSA-6100-1 (nginx), DSA-6103-1 (OpenSSL)". */
  readonly reason: string;
  /** Minutes for which a site is away at most while its machine is patched and perhaps restarted, 1 to 600. */
  readonly expectedMinutes: number;
  /**
   * Debian packages and the version that each of them shall have, as `dpkg-query --show` prints it. A package
   * that a machine does not have is left out there, unless another one of this list needs it. A newer version on
   * a machine stays. Between rings a version may never be newer than that of the ring before: pilot, standard, late.
   */
  readonly packages: Readonly<Record<string, string>>;
}
