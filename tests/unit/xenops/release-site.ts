import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { run } from "../../../lib/run.ts";
import type { Properties } from "../../../providers/kit/types.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { makeKeyPair } from "../../support/key-pair.ts";
import type { Postgres } from "../guest/release/postgres.ts";
import { ScratchMachine, type TestRelease } from "../guest/release/scratch.ts";
import { SshServer } from "../standins-command/ssh-server.ts";
import { inventory, XoServer } from "./xo-server.ts";

/** XO id of the machine. */
export const vmId = "5cbb0d05-3b4c-4c0b-9d5c-000000000001";
const domain = "ratsinfo.example";

/**
 * A site for the resource `Release`: the release program on a scratch machine behind a real ssh server and jump
 * host, its web server on the other side of TLS, and an XO that keeps snapshots and custom fields.
 */
export class ReleaseSite {
  readonly machine: ScratchMachine;
  readonly xo: XoServer;
  readonly client: XoClient;
  /** The snapshots that XO has. */
  readonly snapshots: Record<string, unknown>[] = [];
  /** Custom fields by name. */
  readonly fields: Record<string, unknown> = {};
  readonly reverted: unknown[] = [];
  /** Answers outside with this status instead of the application's page. */
  outside: number | undefined;
  private ssh: SshServer | undefined;
  private jump: SshServer | undefined;
  private web: Server | undefined;
  private connection: Properties = {};

  private constructor(machine: ScratchMachine, xo: XoServer) {
    this.machine = machine;
    this.xo = xo;
    this.client = new XoClient({ url: xo.url, token: "good", patience: 0 });
  }

  static async make(postgres: Postgres): Promise<ReleaseSite> {
    const machine = await ScratchMachine.make(postgres);
    const xo = new XoServer();
    await xo.start();
    const site = new ReleaseSite(machine, xo);
    site.serveXo();
    await site.serveSsh(await site.serveWeb());
    return site;
  }

  /** Inputs of the resource for an archive that is made here. */
  async inputs(release: TestRelease, more: Properties = {}): Promise<Properties> {
    const { version, build, sha256, archive } = await this.machine.request(release);
    return {
      vmId,
      connection: this.connection,
      domain,
      version: String(version),
      build: String(build),
      sha256: String(sha256),
      source: { file: String(archive) },
      minimumBaseImage: 2,
      expectedMinutes: 4,
      checks: { citizens: "/public/", politicians: "/ri/", oparl: "/public/oparl/system" },
      ...more,
    };
  }

  /** Breaks every ssh connection to the machine. */
  dropConnections(): void {
    this.ssh?.drop();
  }

  /** What the state keeps of inputs. */
  stored({ vmId: vm, version, build, sha256 }: Properties): Properties {
    return { vmId: vm ?? "", version: version ?? "", build: build ?? "", sha256: sha256 ?? "" };
  }

  async end(): Promise<void> {
    this.client.close();
    this.web?.close();
    this.web?.closeAllConnections();
    await this.ssh?.stop();
    await this.jump?.stop();
    await this.xo.stop();
    await this.machine.end();
  }

  private serveXo(): void {
    this.xo.methods["xo.getAllObjects"] = (params) => inventory(this.snapshots)(params);
    this.xo.methods["vm.snapshot"] = ({ id, name, description }) => {
      const snapshot = `snapshot-${this.snapshots.length + 1}`;
      this.addSnapshot(snapshot, String(name), Date.now() / 1000, {
        $snapshot_of: id,
        name_description: description,
      });
      return snapshot;
    };
    this.xo.methods["vm.delete"] = ({ id }) => {
      const index = this.snapshots.findIndex((snapshot) => snapshot.id === id);
      if (index < 0) throw { code: 1, message: `no such object ${id}` };
      this.snapshots.splice(index, 1);
    };
    this.xo.methods["vm.set"] = ({ id, ...changes }) => {
      Object.assign(this.snapshots.find((snapshot) => snapshot.id === id) ?? {}, changes);
    };
    this.xo.methods["vm.revert"] = ({ snapshot }) => this.reverted.push(snapshot);
    this.xo.methods["customField.set"] = ({ id, name, value }) => {
      if (id !== vmId) throw { code: 1, message: `no such object ${id}` };
      this.fields[String(name)] = value;
    };
  }

  addSnapshot(id: string, name: string, time: number, more: object = {}): void {
    const common = { id, type: "VM-snapshot", name_label: name, name_description: "", $snapshot_of: vmId };
    this.snapshots.push({ ...common, snapshot_time: Math.floor(time), ...more });
  }

  /** As nginx before the application: TLS, the page of the maintenance, the paths that visitors see. */
  private async serveWeb(): Promise<number> {
    const key = this.machine.path("web.key");
    const certificate = this.machine.path("web.pem");
    const subject = ["-subj", "/CN=x", "-addext", `subjectAltName=DNS:${domain}`];
    const form = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    await run("openssl", ["req", ...form, ...subject, "-keyout", key, "-out", certificate]);
    const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
    this.web = createServer(tls, async (asked, answer) => {
      const closed = existsSync(this.machine.path("run/farm/maintenance")) ? 503 : undefined;
      const status = closed ?? this.outside;
      if (status !== undefined || !asked.url?.startsWith("/public/")) {
        answer.writeHead(status ?? 404).end();
        return;
      }
      const inside = `http://127.0.0.1:${this.machine.port}${asked.url.replace("/public/", "/citizens/")}`;
      // An application that is ended may break off in the middle of its page.
      const page = await fetch(inside)
        .then(async (response) => ({ status: response.status, text: await response.text() }))
        .catch(() => undefined);
      answer.writeHead(page?.status ?? 502).end(page?.text);
    });
    const { web } = this;
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    return (web.address() as AddressInfo).port;
  }

  private async serveSsh(webPort: number): Promise<void> {
    const [hostKey, jumpKey, user] = [makeKeyPair(), makeKeyPair(), makeKeyPair()];
    const home = this.machine.path("home");
    mkdirSync(home);
    // sudo -n PROGRAM …: the program is the scratch machine's.
    const sudo = this.machine.path("bin/sudo");
    writeFileSync(sudo, `#!/bin/sh\nshift 2\nexec '${this.machine.path("bin/release")}' "$@"\n`, {
      mode: 0o755,
    });
    const keys = { authorizedKeys: [user.publicKey] };
    const { environment } = this.machine;
    this.ssh = await SshServer.start({ ...keys, hostKeys: [hostKey], home, environment });
    const ports = { 443: webPort };
    this.jump = await SshServer.start({ ...keys, hostKeys: [jumpKey], ports });
    const common = { host: "127.0.0.1", user: "farm", privateKey: user.privateKey };
    this.connection = {
      ...common,
      port: this.ssh.port,
      hostKey: hostKey.publicKey,
      proxy: { ...common, port: this.jump.port, hostKey: jumpKey.publicKey },
    };
  }

  /** Takes the release program off the machine. */
  removeProgram(): void {
    rmSync(this.machine.path("bin/release"));
  }
}
