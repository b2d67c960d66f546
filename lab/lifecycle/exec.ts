import { spawn } from "node:child_process";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { type LabPlaces, labPlaces, readLab } from "../lab-file.ts";
import { isNamespace, namespaceFile } from "../network/ip.ts";
import { addresses } from "../network/names.ts";
import { trustedRoots } from "../probe.ts";
import { requireRootOnLinux } from "./requirements.ts";

/*
 * Bound over the machine's files in a mount namespace of its own. nsswitch.conf too: where names go through
 * systemd-resolved, resolv.conf alone would not be asked.
 */
const enter = `for name in resolv.conf nsswitch.conf; do
  if [ -e "/etc/$name" ]; then mount --bind "$0/$name" "$(readlink -f "/etc/$name")"; fi
done
exec "$@"`;

/**
 * Runs a command inside the lab's network, with the lab's DNS as its resolver, the authorities that the lab's
 * visitors trust and this process's own terminal.
 * Returns its exit code, 128 plus the number of the signal that ended it.
 */
export async function labExec(command: readonly string[], places: LabPlaces = labPlaces()): Promise<number> {
  requireRootOnLinux();
  if (!(await isNamespace(places.namespace))) {
    throw new FarmError({ what: "The lab does not run", next: "./farm lab up" });
  }
  writeFileAtomic(
    join(places.run, "resolv.conf"),
    `nameserver ${addresses.dns}\noptions timeout:2 attempts:2\n`,
  );
  writeFileAtomic(
    join(places.run, "nsswitch.conf"),
    "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
  );
  const authorities = join(places.run, "roots.pem");
  writeFileAtomic(authorities, trustedRoots(readLab(places)).join(""));
  const inside = ["unshare", "--mount", "--propagation", "slave", "sh", "-c", enter, places.run, ...command];
  // Ctrl-C reaches the whole group: the command decides what it means.
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = spawn("nsenter", [`--net=${namespaceFile(places.namespace)}`, ...inside], {
        stdio: "inherit",
        // The machine's own list is of no use in here: nothing of the lab is signed by an authority on it.
        env: { ...process.env, SSL_CERT_FILE: authorities, CURL_CA_BUNDLE: authorities },
      });
      child.once("error", reject);
      child.once("close", (code, signal) =>
        resolve(code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 137)),
      );
    });
  } finally {
    process.removeListener("SIGINT", ignore);
  }
}
