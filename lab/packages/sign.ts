import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { run, tryRun } from "../../lib/run.ts";

const owner = "Package repository of the lab <packages@kuestenring.example>";

/** The two halves of the key that a repository is signed with. */
export interface SigningKey {
  /** OpenPGP, armored; made when it is missing. */
  readonly secretFile: string;
  readonly publicFile: string;
}

/** Signs a text so that apt can read it and who signed it (`InRelease`). */
export async function signText(key: SigningKey, text: string): Promise<string> {
  // A short path of its own: gpg's agent listens at a socket beside its keys.
  const home = mkdtempSync(join(tmpdir(), "farm-gpg-"));
  const gpg = ["--homedir", home, "--batch", "--no-tty", "--quiet", "--pinentry-mode", "loopback"];
  try {
    if (existsSync(key.secretFile)) await run("gpg", [...gpg, "--import", key.secretFile]);
    else {
      await run("gpg", [
        ...gpg,
        "--passphrase",
        "",
        "--quick-generate-key",
        owner,
        "ed25519",
        "sign",
        "never",
      ]);
      writeFileAtomic(key.secretFile, await run("gpg", [...gpg, "--armor", "--export-secret-keys"]), 0o600);
    }
    writeFileAtomic(key.publicFile, await run("gpg", [...gpg, "--armor", "--export"]));
    const file = join(home, "text");
    writeFileSync(file, text);
    return await run("gpg", [...gpg, "--digest-algo", "SHA256", "--clearsign", "--output", "-", file]);
  } finally {
    await tryRun("gpgconf", ["--homedir", home, "--kill", "all"]);
    rmSync(home, { recursive: true, force: true });
  }
}
