import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildReleases } from "../../lab/allrisnet/build.ts";
import { labPlaces, writeLab } from "../../lab/lab-file.ts";
import { makeKeyPair } from "../support/key-pair.ts";
import { startDaemon } from "../unit/standins-xenorchestra/daemon.ts";
import { startPaperMachines } from "./machines.ts";

/** GiB of each simulated host: room for every machine of a bench. */
const hostMemory = "4096";

/** A lab in which everything answers and nothing boots. */
export interface PaperLab {
  /** Given to the engine besides what the farm gives it. */
  readonly env: Readonly<Record<string, string>>;
  /** What XO was asked for until now: "user method", each once. */
  readonly calls: ReadonlySet<string>;
  /** The input that each command on a machine had the last time, by the machine's address and the command. */
  readonly told: ReadonlyMap<string, ReadonlyMap<string, string>>;
  stop(): Promise<void>;
}

/** Starts simulators and machines on paper, and writes the lab's files below FARM_HOME. Needs no root. */
export async function startPaperLab(): Promise<PaperLab> {
  const places = labPlaces();
  for (const folder of [places.keys, places.roots, places.acme]) mkdirSync(folder, { recursive: true });
  buildReleases(places.releases);
  const token = (): string => randomBytes(24).toString("hex");
  const secrets = {
    xo: { token: token(), adminToken: token() },
    xapi: { password: token(), readOnlyPassword: token() },
    cloudflare: { token: token() },
  };
  writeFileSync(places.secretsFile, JSON.stringify(secrets), { mode: 0o600 });
  writeFileSync(join(places.keys, "farm_ed25519.pub"), `${makeKeyPair().publicKey}\n`);
  const calls = new Set<string>();
  const note = (line: string): void => {
    const { message, method, user } = JSON.parse(line) as Record<string, unknown>;
    if (message === "call") calls.add(`${String(user)} ${String(method)}`);
  };
  const [xo, cloudflare, machines] = await Promise.all([
    startDaemon(
      "lab/xo/main.ts",
      secrets,
      () => [
        ...["--hypervisor", "paper", "--boot-delay", "0", "--facts-interval", "50"],
        ...["--host-memory", hostMemory],
      ],
      note,
    ),
    startDaemon("lab/cloudflare/main.ts", secrets, () => ["--roots", places.roots]),
    startPaperMachines(),
  ]);
  writeLab(places, {
    version: 1,
    namespace: places.namespace,
    xo: { url: `ws://127.0.0.1:${xo.port}`, statusPage: `http://127.0.0.1:${xo.port}/` },
    cloudflare: { baseUrl: `http://127.0.0.1:${cloudflare.port}/client/v4` },
    jump: { host: "127.0.0.1", port: machines.port, user: "jump", hostKey: machines.hostKey },
    // Nobody restores anything here.
    quarantine: { host: "127.0.0.1", port: machines.port, user: "jump", hostKey: machines.hostKey },
    proxy: "http://127.0.0.1:9",
    // No machine asks it; the program reads the file, and any certificate is of the size of one.
    acme: {
      directory: "https://198.18.0.14:14000/dir",
      caFile: join(places.roots, "origin-pull-ca.pem"),
    },
    roots: { folder: places.roots },
  });
  return {
    // The machines let in whoever comes: no agent, which would be asked for a key each time.
    env: { SSH_AUTH_SOCK: "" },
    calls,
    told: machines.told,
    async stop() {
      machines.stop();
      await Promise.all([xo.stop(), cloudflare.stop()]);
    },
  };
}
