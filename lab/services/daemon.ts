import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../../lib/farm-error.ts";
import {
  isAlive,
  type ProcessRecord,
  saveRecord,
  stopRecorded,
  tryLoadAlive,
  tryRecord,
} from "../../lib/process-record.ts";
import type { LabPlaces } from "../lab-file.ts";
import { namespaceFile } from "../network/ip.ts";

const mostLogBytes = 8_000_000;

/** A process that serves the lab until it is stopped. */
export interface Daemon {
  /** Name of its record and its log. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Added to the environment. @default - nothing */
  readonly env?: Readonly<Record<string, string>>;
  /** Listening sockets that it finds as fd 3, 4, …; a socket stays in the namespace that it was opened in. */
  readonly sockets?: readonly Server[];
  /** Whether it lives in the lab's namespace. @default true */
  readonly inside?: boolean;
}

/** File of a daemon's process record. */
export function recordFile(places: LabPlaces, name: string): string {
  return join(places.run, `${name}.json`);
}

/** Log of a daemon. */
export function logFile(places: LabPlaces, name: string): string {
  return join(places.log, `${name}.log`);
}

/** The process of a daemon while it runs. */
export function tryRunning(places: LabPlaces, name: string): ProcessRecord | undefined {
  return tryLoadAlive(recordFile(places, name));
}

/** Starts a daemon in a session of its own, with its log and its sockets as only open files. */
export async function startDaemon(places: LabPlaces, daemon: Daemon): Promise<ProcessRecord> {
  mkdirSync(places.log, { recursive: true });
  const log = openLog(logFile(places, daemon.name));
  const inside = daemon.inside ?? true;
  const enter = inside ? ["nsenter", `--net=${namespaceFile(places.namespace)}`] : [];
  const [command = "", ...args] = [...enter, ...daemon.command];
  const sockets = daemon.sockets ?? [];
  let child: ChildProcess;
  try {
    child = spawn(command, args, {
      detached: true,
      stdio: ["ignore", log, log, ...sockets.map(descriptorOf)],
      cwd: "/",
      env: { ...process.env, FARM_HOME: places.farm, ...daemon.env },
    });
    await spawned(child);
  } finally {
    closeSync(log);
    for (const server of sockets) server.close();
  }
  child.unref();
  const record = child.pid === undefined ? undefined : tryRecord(child.pid);
  if (!record) throw died(places, daemon.name);
  saveRecord(recordFile(places, daemon.name), record);
  return record;
}

/** Stops a daemon, if it runs. */
export async function stopDaemon(places: LabPlaces, name: string, grace?: number): Promise<void> {
  await stopRecorded(recordFile(places, name), grace);
}

/**
 * Waits until a daemon answers.
 * @param answers throws or says false as long as it does not
 * @throws FarmError with the end of its log when it dies or is silent for too long
 */
export async function waitForDaemon(
  places: LabPlaces,
  name: string,
  record: ProcessRecord,
  answers: () => Promise<boolean>,
  milliseconds = 30_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await answers().catch(() => false))) {
    if (!isAlive(record)) throw died(places, name);
    if (Date.now() > deadline) {
      throw new FarmError({
        what: `${name} of the lab does not answer after ${milliseconds / 1000} s`,
        where: logFile(places, name),
        why: lastLines(logFile(places, name)),
        next: "./farm lab down && ./farm lab up",
      });
    }
    await sleep(50);
  }
}

function died(places: LabPlaces, name: string): FarmError {
  return new FarmError({
    what: `${name} of the lab ended while it was starting`,
    where: logFile(places, name),
    why: lastLines(logFile(places, name)),
  });
}

/** Node gives a server's descriptor to its own child processes only, over a channel that would have to stay open. */
function descriptorOf(server: Server): number {
  const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
  return fd;
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
}

function lastLines(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").slice(-5).join("\n") : "no log";
}

function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > mostLogBytes) renameSync(path, `${path}.1`);
  return openSync(path, "a", 0o600);
}
