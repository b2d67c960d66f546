import { mkdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { saveRecord, tryLoadAlive, tryRecord } from "../../lib/process-record.ts";
import type { Hypervisor } from "../hypervisor/types.ts";
import { buildSimulator } from "./build.ts";
import type { LabSecrets } from "./fixture/fixture.ts";
import { log } from "./log.ts";

const secretsSchema = z.object({
  xo: z.object({
    token: z.string().min(16),
    adminToken: z.string().min(16),
    adminPassword: z.string().min(8).optional(),
  }),
  xapi: z.object({ password: z.string().min(16), readOnlyPassword: z.string().min(16) }).optional(),
});

const { values } = parseArgs({
  options: {
    "listen-fd": { type: "string" },
    port: { type: "string" },
    state: { type: "string" },
    secrets: { type: "string" },
    hypervisor: { type: "string", default: "nspawn" },
    "boot-delay": { type: "string" },
    "facts-interval": { type: "string" },
    "host-memory": { type: "string" },
    backups: { type: "string" },
    "sign-in-throttle": { type: "string" },
    takeover: { type: "string" },
  },
});

function number(name: keyof typeof values, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0))
    throw new FarmError({ what: `--${name} must be a number, 0 or more` });
  return value;
}

function required(name: keyof typeof values, text: string | undefined): string {
  if (text === undefined || text === "") throw new FarmError({ what: `--${name} is missing` });
  return text;
}

function readSecrets(path: string): LabSecrets {
  try {
    const { xo, xapi } = secretsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return { ...xo, xapi };
  } catch (error) {
    // The cause may quote the file; its message of a missing file does not.
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new FarmError({ what: `the secrets file cannot be used${code}`, where: path });
  }
}

/** One simulator a folder: two would overwrite each other's data. */
function lock(state: string): () => void {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const path = join(state, "process.json");
  const other = tryLoadAlive(path);
  if (other)
    throw new FarmError({
      what: `a simulator runs on this data already (process ${other.pid})`,
      where: state,
    });
  const own = tryRecord(process.pid);
  if (own) saveRecord(path, own);
  return () => rmSync(path, { force: true });
}

/** Loaded when chosen only: guests on paper need nothing of what real ones do. */
async function loadHypervisor(name: string, state: string): Promise<Hypervisor> {
  if (name === "paper") {
    const { createPaperHypervisor } = await import("../hypervisor/paper.ts");
    return createPaperHypervisor({ stateFile: join(state, "paper-guests.json") });
  }
  if (name === "nspawn") return (await import("../hypervisor/nspawn.ts")).createNspawnHypervisor();
  throw new FarmError({ what: `unknown hypervisor "${name}"`, next: "choose nspawn or paper" });
}

async function main(): Promise<void> {
  const state = required("state", values.state);
  const secrets = readSecrets(required("secrets", values.secrets));
  const fd = number("listen-fd", values["listen-fd"]);
  const port = number("port", values.port);
  if ((fd === undefined) === (port === undefined)) {
    throw new FarmError({ what: "give either --listen-fd or --port" });
  }
  const bootDelay = number("boot-delay", values["boot-delay"]);
  const factsInterval = number("facts-interval", values["facts-interval"]);
  const hostMemory = number("host-memory", values["host-memory"]);
  const signInThrottle = number("sign-in-throttle", values["sign-in-throttle"]);
  const takeover = number("takeover", values.takeover);
  const unlock = lock(state);
  const { server, close } = await buildSimulator({
    state,
    secrets,
    hypervisor: await loadHypervisor(values.hypervisor, state),
    ...(bootDelay === undefined ? {} : { bootDelay }),
    ...(factsInterval === undefined ? {} : { factsInterval }),
    ...(hostMemory === undefined ? {} : { hostMemory }),
    ...(values.backups === undefined ? {} : { backups: values.backups }),
    ...(signInThrottle === undefined ? {} : { signInThrottle }),
    ...(takeover === undefined ? {} : { takeover }),
  });
  const end = (): void => {
    log("info", "ends");
    void close().then(() => {
      unlock();
      process.exit(0);
    });
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (fd !== undefined) server.listen({ fd });
  else server.listen({ port, host: "127.0.0.1" });
  server.on("listening", () => {
    log("info", "listens");
    if (port !== undefined) process.stdout.write(`{"port":${(server.address() as AddressInfo).port}}\n`);
  });
  server.on("error", (error) => {
    log("error", "cannot listen", { why: error.message });
    process.exit(1);
  });
}

main().catch((error: unknown) => {
  log("error", error instanceof FarmError ? error.message : "the simulator cannot start", {
    why: error instanceof FarmError ? null : messageOf(error),
  });
  process.exit(1);
});
