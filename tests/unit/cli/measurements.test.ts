import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { notePulled } from "../../../cli/measurements/folder.ts";
import { type PulledLog, pullAll } from "../../../cli/measurements/pull.ts";
import { verifyFolder } from "../../../cli/measurements/verify.ts";
import { checkout } from "../../../lib/paths.ts";
import { tryRun } from "../../../lib/run.ts";
import type { ProberSettings } from "../../../model/measurement/settings.ts";
import { isSound } from "../../../model/measurement/verify.ts";
import { makeKeyPair } from "../../support/key-pair.ts";
import { type Entry, sealLog } from "../../support/prober-log.ts";
import { withAgent } from "../standins-command/agent.ts";
import { SshServer } from "../standins-command/ssh-server.ts";

const [operator, hostKey, jumpKey, strangeKey] = [makeKeyPair(), makeKeyPair(), makeKeyPair(), makeKeyPair()];
let jump: SshServer;
let host: SshServer;
let root: string;
/** The log on the prober's host, and what is here. */
let there: string;
let here: string;

beforeAll(async () => {
  const authorizedKeys = [operator.publicKey];
  jump = await SshServer.start({ hostKeys: [jumpKey], authorizedKeys });
  host = await SshServer.start({ hostKeys: [hostKey], authorizedKeys });
});
afterAll(() => Promise.all([jump.stop(), host.stop()]));
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "measurements-"));
  there = join(root, "host");
  here = join(root, "here");
  mkdirSync(there);
});
afterEach(() => rmSync(root, { recursive: true }));

const alive = (minute: number): Entry => ({
  at: new Date(Date.parse("2026-11-25T23:58:00.000Z") + minute * 60_000).toISOString(),
  kind: "alive",
  rounds: 4,
  monotonicMs: minute * 60_000,
});

/** A log of two days. */
const log = sealLog("rand-1", [0, 1, 2, 3, 4].map(alive));

function write(lines: readonly string[], rest = ""): void {
  for (const day of ["2026-11-25", "2026-11-26"]) {
    const own = lines.filter((line) => line.includes(`"at":"${day}`)).map((line) => `${line}\n`);
    writeFileSync(join(there, `${day}.jsonl`), own.join("") + (day === "2026-11-26" ? rest : ""));
  }
}

const prober = { name: "rand-1" } as ProberSettings;

async function pull(key: string = hostKey.publicKey): Promise<readonly PulledLog[]> {
  let logs: readonly PulledLog[] = [];
  await withAgent(operator.privateKey, async (agentSocket) => {
    const server = { host: "127.0.0.1", agentSocket };
    const machine = { ...server, port: host.port, user: "farm", hostKey: key };
    const way = { machine, jump: { ...server, port: jump.port, user: "jump", hostKey: jumpKey.publicKey } };
    logs = await pullAll(here, [prober], () => way, AbortSignal.timeout(120_000), there);
  });
  return logs;
}

const kept = (): string =>
  readdirSync(join(here, "rand-1"))
    .filter((name) => name.endsWith(".jsonl"))
    .sort()
    .map((name) => readFileSync(join(here, "rand-1", name), "utf8"))
    .join("");
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

test("a pull brings whole lines through the jump host, and the next one what is new", async () => {
  write(log.slice(0, 3), (log[3] ?? "").slice(0, 40));
  await expect(pull()).resolves.toEqual([{ prober: "rand-1", added: 3 }]);
  expect(kept()).toBe(text(log.slice(0, 3)));
  await expect(pull()).resolves.toEqual([{ prober: "rand-1", added: 0 }]);
  write(log);
  await expect(pull()).resolves.toEqual([{ prober: "rand-1", added: 2 }]);
  expect(kept()).toBe(text(log));
  expect(jump.forwarded.length).toBeGreaterThan(0);
});

test("what an interrupted pull left of a line is replaced by the line", async () => {
  write(log.slice(0, 4));
  await pull();
  const file = join(here, "rand-1", "2026-11-26.jsonl");
  appendFileSync(file, (log[4] ?? "").slice(0, 40));
  write(log);
  await expect(pull()).resolves.toEqual([{ prober: "rand-1", added: 1 }]);
  expect(kept()).toBe(text(log));
  expect(isSound(verifyFolder(here))).toBe(true);
});

test("a log that was sealed anew is refused, and both are kept", async () => {
  write(log.slice(0, 3));
  await pull();
  const other = sealLog("rand-1", [0, 1, 2.5, 3, 4].map(alive));
  write(other);
  const [refused] = await pull();
  expect(refused?.failure).toMatch(/does not go on with what was fetched before/);
  expect(kept()).toBe(text(log.slice(0, 3)));
  const [aside = ""] = readdirSync(join(here, "rand-1", "refused"));
  const came = readFileSync(join(here, "rand-1", "refused", aside, "2026-11-26.jsonl"), "utf8");
  expect(came).toBe(text(other.slice(3)));
});

test("a log whose end was cut off on its host is refused", async () => {
  write(log);
  await pull();
  write(log.slice(0, 4));
  expect((await pull())[0]?.failure).toMatch(/shorter on its host/);
  expect(kept()).toBe(text(log));
});

test("nothing is added to a log that was changed here", async () => {
  write(log.slice(0, 4));
  await pull();
  const file = join(here, "rand-1", "2026-11-25.jsonl");
  writeFileSync(file, readFileSync(file, "utf8").replace('"rounds":4', '"rounds":9'));
  write(log);
  expect((await pull())[0]?.failure).toMatch(/is not whole, so nothing is added/);
});

test("a host with another key gets nothing, and gives nothing", async () => {
  write(log);
  expect((await pull(strangeKey.publicKey))[0]?.failure).toMatch(/another ssh host key/);
  expect(existsSync(join(here, "rand-1"))).toBe(false);
});

test("verify and heads say what is there, for people and as JSON, and fail when a log was changed", async () => {
  const farm = (...args: string[]) =>
    tryRun(process.execPath, [
      join(checkout, "cli/main.ts"),
      "measurements",
      ...args,
      "--measurements",
      here,
    ]);
  write(log);
  await pull();
  const sound = await farm("verify", "--json");
  expect([sound.code, JSON.parse(sound.stdout)]).toMatchObject([0, { sound: true, logs: [{ lines: 5 }] }]);
  const heads = await farm("heads");
  expect(heads.stdout).toContain(/"hash":"(\w{64})"\}$/.exec(log[4] ?? "")?.[1]);
  const file = join(here, "rand-1", "2026-11-26.jsonl");
  writeFileSync(file, readFileSync(file, "utf8").replace('"rounds":4', '"rounds":9'));
  const changed = await farm("verify");
  expect([changed.code, changed.stdout]).toEqual([
    1,
    expect.stringContaining("CHANGED at line 3: line 2 is not"),
  ]);
  rmSync(here, { recursive: true });
  await expect(farm("verify")).resolves.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/measurements pull/),
  });
});

test("where no log is nothing is sound", () => {
  mkdirSync(here, { recursive: true });
  expect(isSound(verifyFolder(here))).toBe(false);
});

test("a line that another prober saw after the pull is not missing; one that it saw before is", async () => {
  write(log.slice(0, 3));
  await pull();
  const seen = /"hash":"(\w{64})"\}$/.exec(log[4] ?? "")?.[1] ?? "";
  const witness: Entry = {
    at: "2026-11-26T00:02:30.000Z",
    kind: "witness",
    of: "rand-1",
    seenSeq: 4,
    seenHash: seen,
  };
  mkdirSync(join(here, "rand-2"));
  writeFileSync(join(here, "rand-2", "2026-11-26.jsonl"), text(sealLog("rand-2", [witness])));
  notePulled(here, "rand-1", new Date("2026-11-26T00:01:00Z"));
  expect(isSound(verifyFolder(here))).toBe(true);
  notePulled(here, "rand-1", new Date("2026-11-26T06:00:00Z"));
  expect(verifyFolder(here).witnesses).toMatchObject([{ by: "rand-2", of: "rand-1", seq: 4, kind: "cut" }]);
});
