import { FarmError } from "../../lib/farm-error.ts";
import { type DebianPackage, requireDebianPackages } from "../../toolchain/debian.ts";
import type { Progress } from "../image/image.ts";

/** What the lab takes from the machine. None of these packages starts a service where no systemd runs it. */
const needed: readonly DebianPackage[] = [
  { package: "debootstrap", provides: "debootstrap" },
  { package: "systemd-container", provides: "systemd-nspawn" },
  { package: "iproute2", provides: "ip" },
  { package: "util-linux", provides: "nsenter" },
  { package: "mount", provides: "losetup" },
  { package: "openssh-client", provides: "ssh-agent" },
  { package: "pebble", provides: "pebble" },
];

/** Stops with a sentence where guests cannot boot. @throws FarmError without Linux or root */
export function requireRootOnLinux(): void {
  const withoutLab =
    "without the lab these work: npm run check, ./farm --help, ./farm pulumi preview -s prod";
  if (process.platform !== "linux") {
    throw new FarmError({
      what: "The lab boots guests, and needs Linux for that",
      why: `this is ${process.platform}`,
      next: `run it on a Linux machine or in a virtual one; ${withoutLab}`,
    });
  }
  if (process.getuid?.() !== 0) {
    throw new FarmError({
      what: "The lab makes network namespaces and mounts, and needs root for that",
      why: `this is user ${process.getuid?.()}`,
      next: `sudo -E ./farm lab up; ${withoutLab}`,
    });
  }
  // A shell that became root without its login files does not find ip and losetup.
  process.env.PATH = `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;
}

/** Installs the Debian packages of the lab that are missing. */
export async function requireLabPackages(progress: Progress): Promise<void> {
  await requireDebianPackages(needed, progress);
}
