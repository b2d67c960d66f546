import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run } from "../../../../lib/run.ts";
import { requireDebianPackages } from "../../../../toolchain/debian.ts";
import { freePort } from "../../../support/free-port.ts";

const programs = "/usr/lib/postgresql/15/bin";

/** A PostgreSQL server of the test's own: no password for its superuser, SCRAM for everybody else. */
export class Postgres {
  readonly folder: string;
  readonly port: number;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  static async start(): Promise<Postgres> {
    const path = [programs, process.env.PATH ?? ""].join(delimiter);
    await requireDebianPackages(
      [{ package: "postgresql-15", provides: "initdb" }],
      (line) => console.log(line),
      { path },
    );
    const folder = mkdtempSync(join(tmpdir(), "farm-postgres-"));
    chmodSync(folder, 0o711);
    const server = new Postgres(folder, await freePort());
    const data = join(folder, "data");
    mkdirSync(data);
    // The server refuses to run as root.
    if (server.asOwner.length > 0) await run("chown", ["postgres", data, folder]);
    const auth = ["--auth-local=trust", "--auth-host=scram-sha-256"];
    await server.run("initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--no-sync", ...auth);
    writeFileSync(
      join(data, "postgresql.auto.conf"),
      `port = ${server.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '${folder}'\nfsync = off\n`,
    );
    await server.run("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "start");
    return server;
  }

  /** Variables with which psql finds it. */
  get environment(): Record<string, string> {
    return { PGHOST: this.folder, PGPORT: String(this.port), PGUSER: "postgres" };
  }

  /** Rows of a query as its superuser, columns parted by `|`. */
  async query(database: string, sql: string): Promise<string[]> {
    const args = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql];
    return (await run("psql", args, { env: this.environment })).split("\n").slice(0, -1);
  }

  async stop(): Promise<void> {
    await this.run("pg_ctl", "-D", join(this.folder, "data"), "-m", "immediate", "stop");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get asOwner(): readonly string[] {
    return process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--"] : [];
  }

  private run(program: string, ...args: readonly string[]): Promise<string> {
    const [command = "", ...rest] = [...this.asOwner, join(programs, program), ...args];
    return run(command, rest, { cwd: "/" });
  }
}
