import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endAll } from "../../lab/hypervisor/signals.ts";
import { runningProcesses } from "../../lib/processes.ts";
import { run } from "../../lib/run.ts";
import { unpackDebianPackages } from "../../toolchain/unpacked.ts";
import { freePort } from "./free-port.ts";

/** Numbers of the user that the server runs as where root starts it. */
const nobody = 65_534;

/**
 * Debian's Exim on 127.0.0.1, unpacked and not installed: STARTTLS and a sign-in are required. It takes mail for
 * everybody, except that it refuses `refused@…` and puts `later@…` off; mail for `bounces@…` it takes and returns.
 */
export class MailServer {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly host: string = "127.0.0.1";
  readonly port: number;
  readonly login: { readonly user: string; readonly password: string };
  /** Its certificate, which signs itself (PEM). */
  readonly certificate: string;
  readonly certificateFile: string;

  private constructor(
    folder: string,
    server: ChildProcess,
    { port, login }: { readonly port: number; readonly login: MailServer["login"] },
  ) {
    this.#folder = folder;
    this.#process = server;
    this.port = port;
    this.login = login;
    this.certificateFile = join(folder, "cert.pem");
    this.certificate = readFileSync(this.certificateFile, "utf8");
  }

  /**
   * Starts one on a free port, with a password of its own.
   * @param addresses IPv4 addresses that its certificate is for besides: of whoever hands its connections on
   */
  static async start(addresses: readonly string[] = []): Promise<MailServer> {
    const packages = await unpackDebianPackages(
      ["exim4-daemon-light", "libidn12", "libnss-wrapper"],
      console.log,
    );
    const folder = mkdtempSync(join(tmpdir(), "farm-mail-"));
    chmodSync(folder, 0o711);
    for (const name of ["spool", "mail"]) mkdirSync(join(folder, name));
    // All that it needs is copied: its user cannot look into ours, and without root's rights, which it must not have,
    // it takes its libraries from where we say.
    const exim = join(folder, "exim4");
    copyFileSync(join(packages, "usr/sbin/exim4"), exim);
    chmodSync(exim, 0o755);
    for (const name of findLibraries(packages)) copyFileSync(name, join(folder, basename(name)));
    const [user, group] = process.getuid?.() === 0 ? [nobody, nobody] : own();
    writeFileSync(
      join(folder, "passwd"),
      `root:x:0:0::/:/bin/sh\nDebian-exim:x:${user}:${group}::/:/bin/sh\n`,
    );
    writeFileSync(join(folder, "group"), `root:x:0:\nDebian-exim:x:${group}:\n`);
    const names = ["127.0.0.1", ...addresses].map((address) => `IP:${address}`).join(",");
    const subject = ["-subj", "/CN=mail", "-addext", `subjectAltName=${names}`];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem"];
    await run("openssl", ["req", "-x509", ...key, ...subject, "-days", "2", "-out", "cert.pem"], {
      cwd: folder,
    });
    const login = { user: "farm", password: randomBytes(12).toString("hex") };
    const port = await freePort();
    writeFileSync(join(folder, "exim.conf"), configuration({ folder, port, login }));
    for (const name of ["spool", "mail", "key.pem", "cert.pem"]) chownSync(join(folder, name), user, group);
    const server = spawn(exim, ["-C", join(folder, "exim.conf"), "-bdf"], {
      stdio: "ignore",
      env: {
        PATH: "/usr/bin:/bin",
        LD_LIBRARY_PATH: folder,
        LD_PRELOAD: "libnss_wrapper.so",
        NSS_WRAPPER_PASSWD: join(folder, "passwd"),
        NSS_WRAPPER_GROUP: join(folder, "group"),
      },
    });
    const started = new MailServer(folder, server, { port, login });
    await started.#waitForLog("listening for SMTP");
    return started;
  }

  /** What arrived for an address, oldest first; waits until there are so many, by default for a minute. */
  async mailbox(address: string, atLeast = 0, seconds = 60): Promise<readonly string[]> {
    const folder = join(this.#folder, "mail", "new");
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const files = existsSync(folder) ? readdirSync(folder).sort() : [];
      const mails = files
        .map((name) => readFileSync(join(folder, name), "latin1"))
        .filter((mail) => /^Envelope-to: (.*)$/m.exec(mail)?.[1] === address);
      if (mails.length >= atLeast) return mails;
      if (Date.now() > deadline)
        throw new Error(`${mails.length} of ${atLeast} mails for ${address}\n${this.log()}`);
      await sleep(50);
    }
  }

  /** Its own log. */
  log(): string {
    const file = join(this.#folder, "spool", "mainlog");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.kill("SIGTERM")) await once(this.#process, "exit");
    // Its processes for connections and deliveries outlive it, and write into the folder.
    const own = join(this.#folder, "exim4");
    await endAll(
      () => runningProcesses().flatMap(({ pid, words }) => (words[0] === own ? [pid] : [])),
      () => {},
    );
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #waitForLog(text: string): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!this.log().includes(text)) {
      if (this.#process.exitCode !== null || Date.now() > deadline)
        throw new Error(`Exim does not start\n${this.log()}`);
      await sleep(50);
    }
  }
}

/** The shared libraries of unpacked packages; the folder's name says for which processor they are. */
function findLibraries(packages: string): readonly string[] {
  return readdirSync(packages, { recursive: true, encoding: "utf8" })
    .filter((name) => /\/lib[^/]+\.so(\.\d+)?$/.test(name))
    .map((name) => join(packages, name));
}

function own(): [number, number] {
  return [process.getuid?.() ?? nobody, process.getgid?.() ?? nobody];
}

function configuration({
  folder,
  port,
  login,
}: {
  readonly folder: string;
  readonly port: number;
  readonly login: MailServer["login"];
}): string {
  return `exim_path = ${folder}/exim4
keep_environment = LD_PRELOAD : LD_LIBRARY_PATH : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
primary_hostname = mail.kuestenring.example
qualify_domain = kuestenring.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/spool/%slog
pid_file_path = ${folder}/spool/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
host_lookup =
rfc1413_query_timeout = 0s
dsn_advertise_hosts = *
tls_advertise_hosts = *
tls_certificate = ${folder}/cert.pem
tls_privatekey = ${folder}/key.pem
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny message = sign in first
       !authenticated = *
  deny local_parts = refused
       message = no such user here
  defer local_parts = later
       message = try again later
  accept
begin routers
gone:
  driver = redirect
  local_parts = bounces
  data = :fail: mailbox is gone
  allow_fail
box:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = ${folder}/mail
  maildir_format
  user = Debian-exim
  group = Debian-exim
  envelope_to_add
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{${login.user}}}{eq{$auth3}{${login.password}}}}}
  server_set_id = $auth2
  server_advertise_condition = \${if def:tls_in_cipher}
`;
}
