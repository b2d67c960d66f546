import { requireDebianPackages } from "../toolchain/debian.ts";

/** Programs that nobody here wrote and that the tests hold the farm against; a small machine may lack them. */
export async function setup(): Promise<void> {
  await requireDebianPackages(
    [
      { package: "bind9-dnsutils", provides: "dig" },
      { package: "curl", provides: "curl" },
      { package: "git", provides: "git" },
      { package: "openssh-client", provides: "ssh" },
      { package: "openssl", provides: "openssl" },
      { package: "procps", provides: "ps" },
      { package: "python3", provides: "python3" },
    ],
    (line) => console.log(`[tests] ${line}`),
  );
}
