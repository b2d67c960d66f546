import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderParameterSet } from "../../guest/allrisnet/files.ts";
import { applicationLocations, applicationMaps, proxySettings } from "../../guest/allrisnet/nginx-site.ts";
import { buildRelease } from "../../lab/allrisnet/build.ts";
import { ensureImage } from "../../lab/image/image.ts";
import { checkout } from "../../lib/paths.ts";
import type { Release } from "../../model/allrisnet/release.ts";
import type { Tenant } from "../../model/tenant.ts";
import { HttpClient } from "./http-client.ts";

const program = join(import.meta.dirname, "application-box.py");

/**
 * The guests' image with PostgreSQL, Tomcat and nginx, but without a machine around it: no systemd, no network, no
 * lab. nginx listens on a socket in a shared folder, with the locations that a real site has.
 */
export class ApplicationBox {
  readonly #folder: string;
  readonly #shell: ChildProcess;
  readonly #releases: readonly Release[];
  #output = "";
  #ended = false;

  private constructor(folder: string, shell: ChildProcess, releases: readonly Release[]) {
    this.#folder = folder;
    this.#shell = shell;
    this.#releases = releases;
    for (const stream of [shell.stdout, shell.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    shell.once("close", () => {
      this.#ended = true;
    });
    // A box that is gone reads nothing more; whoever runs a command is told so.
    shell.stdin?.on("error", () => {});
  }

  /** Starts the box with a database that is empty, and no release. */
  static async open(releases: readonly Release[]): Promise<ApplicationBox> {
    const image = await ensureImage((line) => process.stderr.write(`${line}\n`));
    const folder = mkdtempSync(join(tmpdir(), "farm-box-"));
    chmodSync(folder, 0o755);
    for (const name of ["upper", "work", "root", "box", "box/sets"]) mkdirSync(join(folder, name));
    for (const { version } of releases) buildRelease(version, join(folder, "box"));
    // In a mount namespace of its own: nothing stays mounted when the last process is gone.
    const script = `mount -t tmpfs -o mode=755 none /run/systemd
cd "$1" && mount -t overlay overlay -o "lowerdir=$2,upperdir=upper,workdir=work" root
exec systemd-nspawn --quiet --register=no --keep-unit --directory=root --private-network --as-pid2 --pipe \
  --capability=CAP_NET_ADMIN --timezone=off --resolv-conf=off \
  --bind="$1/box:/box" --bind-ro="$3:/guest" --bind-ro="$4:/box.py" bash`;
    const args = ["--mount", "--propagation", "slave", "sh", "-euc", script, "sh"];
    const shell = spawn("unshare", [...args, folder, image, join(checkout, "guest"), program], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8" },
    });
    const box = new ApplicationBox(folder, shell, releases);
    await box.run("ip link set lo up; mkdir -p /etc/allrisnet/secrets; pg_ctlcluster 15 main start");
    return box;
  }

  /** Runs a command as root; returns what it said. @throws when it fails */
  async run(command: string): Promise<string> {
    const mark = `end-of-command-${Math.random()}`;
    const begin = this.#output.length;
    this.#shell.stdin?.write(`{ ${command}\n} </dev/null; printf '\\n%s %s\\n' ${mark} $?\n`);
    for (;;) {
      const text = this.#output.slice(begin);
      const end = new RegExp(`^${mark} (\\d+)$`, "m").exec(text);
      if (end) {
        const said = text.slice(0, end.index);
        if (end[1] !== "0") throw new Error(`${command}\n${said}`);
        return said.trim();
      }
      if (this.#ended) throw new Error(`the box is gone: ${this.#output.slice(-2000)}`);
      await sleep(10);
    }
  }

  /** Runs SQL in a generation's database; returns its rows, columns separated by `|`. */
  sql(generation: number, statement: string): Promise<string> {
    writeFileSync(join(this.#folder, "box", "statement.sql"), statement);
    return this.run(
      `runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -d allrisnet_${generation} -f /box/statement.sql`,
    );
  }

  /** Puts a set of parameters in place as the roll-out does: a link that is swung over. Returns its folder. */
  async useParameters(tenant: Tenant, version: string): Promise<string> {
    const folder = this.stage(tenant, version);
    await this.run(
      `ln -s ${folder} /etc/allrisnet/new && mv -T /etc/allrisnet/new /etc/allrisnet/${version}`,
    );
    return folder;
  }

  /** Writes a set of parameters without using it; `change` edits the properties. Returns its folder in the box. */
  stage(tenant: Tenant, version: string, change: (properties: string) => string = (text) => text): string {
    const { allrisnet, ...administration } = tenant;
    const release = this.#release(version);
    const logo = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>\n');
    const set = renderParameterSet({ administration, allrisnet, release, releases: this.#releases, logo });
    const name = `${set.name}-${Math.random().toString(36).slice(2, 8)}`;
    mkdirSync(join(this.#folder, "box", "sets", name));
    for (const [file, content] of Object.entries(set.files)) {
      const text = Buffer.from(content, "base64").toString("latin1");
      const changed = file === "allrisnet.properties" ? change(text) : text;
      writeFileSync(join(this.#folder, "box", "sets", name, file), changed, "latin1");
    }
    return `/box/sets/${name}`;
  }

  /** Installs a release as a generation, on the data of the one before, starts it and waits until it answers. Returns the seconds of the start. */
  async install(generation: number, version: string): Promise<number> {
    const { build } = this.#release(version);
    await this.run("python3 -I /box.py stop");
    await this.run(
      `python3 -I /box.py install ${generation} ${version} ${build} /box/allrisnet-${version}.war`,
    );
    const begun = Date.now();
    await this.run(`python3 -I /box.py start ${generation}`);
    await this.run(
      `timeout 90 sh -c 'until curl -sfo /dev/null http://127.0.0.1:8080/internal/health; do sleep 0.1; done' || { cat /box/tomcat-${generation}.log; false; }`,
    );
    return (Date.now() - begun) / 1000;
  }

  /**
   * Serves the site of this tenant. Returns a browser of sorts.
   * @param askers networks that may see a closed Ratsinfo's page of signing in
   */
  async serve(tenant: Tenant, askers: readonly string[] = []): Promise<HttpClient> {
    writeFileSync(
      join(this.#folder, "box", "nginx.conf"),
      `user www-data;
pid /run/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  # Who comes over the socket may say from where.
  set_real_ip_from unix:;
  real_ip_header X-Visitor;
${proxySettings}
${applicationMaps(tenant.allrisnet, askers)}
server {
  listen unix:/box/http.socket;
${applicationLocations(tenant.allrisnet, askers)}
}
}
`,
    );
    await this.run(
      "{ [ ! -e /run/nginx.pid ] || nginx -c /box/nginx.conf -s stop; } && while [ -e /run/nginx.pid ]; do sleep 0.05; done; rm -f /box/http.socket; nginx -c /box/nginx.conf",
    );
    return this.client(tenant);
  }

  /** Another visitor of the site: without the cookies of the first. */
  client(tenant: Tenant): HttpClient {
    return new HttpClient(join(this.#folder, "box", "http.socket"), tenant.domain);
  }

  /** The status that a visitor from this address gets. */
  async statusFor(visitor: string, { domain }: Tenant, path: string, method = "GET"): Promise<number> {
    const send = { GET: "", POST: "--data name=x" }[method] ?? `--request ${method}`;
    const options = `-s -o /dev/null -w 'status=%{http_code}' --unix-socket /box/http.socket -H 'X-Visitor: ${visitor}'`;
    const said = await this.run(`curl ${options} ${send} 'http://${domain}${path}'`);
    // What nginx complains of comes between.
    return Number(/status=(\d+)/.exec(said)?.[1]);
  }

  /** What the application answers to the machine itself: status and body. */
  async inside(path: string): Promise<{ status: number; body: string }> {
    const text = await this.run(`curl -s -w '\\n%{http_code}' 'http://127.0.0.1:8080${path}'`);
    const end = text.lastIndexOf("\n");
    return { status: Number(text.slice(end + 1)), body: text.slice(0, Math.max(0, end)).trim() };
  }

  /** Ends everything in the box and removes it. */
  async close(): Promise<void> {
    this.#shell.stdin?.end();
    // Servers in there write into the folder until the last process is gone, on a busy machine for many seconds.
    for (let i = 0; i < 200 && !this.#ended; i++) await sleep(50);
    this.#shell.kill("SIGKILL");
    for (let i = 0; i < 1200 && !this.#ended; i++) await sleep(50);
    // What was killed leaves the rest to the kernel, and nobody says when that is done.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  #release(version: string): Release {
    const release = this.#releases.find((each) => each.version === version);
    if (!release) throw new Error(`no release ${version}`);
    return release;
  }
}
