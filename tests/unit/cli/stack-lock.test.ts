import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findTorn, mendTorn } from "../../../cli/heal/state-files.ts";
import { locksOf, ownerState } from "../../../cli/stack-lock.ts";
import { unlock } from "../../../cli/unlock.ts";

let root: string;
let backend: string;
let locks: string;
let stacks: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "farm-lock-"));
  backend = pathToFileURL(root).href;
  locks = join(root, ".pulumi", "locks", "organization", "allris-farm", "prod");
  stacks = join(root, ".pulumi", "stacks", "allris-farm");
  mkdirSync(locks, { recursive: true });
  mkdirSync(stacks, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function lock(pid: number, host = hostname(), name = "one.json"): void {
  const content = { pid, username: "root", hostname: host, timestamp: "2026-11-01T08:00:00.123456789Z" };
  writeFileSync(join(locks, name), JSON.stringify(content));
  writeFileSync(join(locks, `${name}.attrs`), "{}");
}

/** A process that is called like an engine, or like anything else. */
async function running(name: string, env: NodeJS.ProcessEnv = {}) {
  const program = join(mkdtempSync(join(root, "bin-")), name);
  copyFileSync("/bin/sleep", program);
  const child = spawn(program, ["60"], { env });
  await once(child, "spawn");
  return {
    pid: child.pid ?? 0,
    async end() {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}

function verdict(): string[] {
  return locksOf(backend, "prod").map((each) => ownerState(each, backend).state);
}

it("the lock of a process that is gone is taken off, with what the engine noted beside it", async () => {
  const engine = await running("pulumi");
  await engine.end();
  lock(engine.pid);
  expect(verdict()).toEqual(["gone"]);
  expect(unlock(backend, "prod")).toEqual([
    `root@${hostname()} (process ${engine.pid}) since 2026-11-01T08:00:00Z`,
  ]);
  expect(readdirSync(locks)).toEqual([]);
});

it("an engine that runs keeps its lock, and every other lock beside it", async () => {
  const engine = await running("pulumi", { PULUMI_BACKEND_URL: backend });
  const gone = await running("pulumi");
  await gone.end();
  lock(engine.pid, hostname(), "two.json");
  lock(gone.pid);
  expect(verdict()).toEqual(["gone", "runs"]);
  expect(() => unlock(backend, "prod")).toThrow(/is locked by[\s\S]*process \d+ runs[\s\S]*wait until/);
  expect(readdirSync(locks)).toHaveLength(4);
  await engine.end();
  expect(unlock(backend, "prod")).toHaveLength(2);
});

it("a number that another program has now, or an engine with another state, is not the owner", async () => {
  const other = await running("backup-tool");
  lock(other.pid);
  expect(verdict()).toEqual(["gone"]);
  const elsewhere = await running("pulumi", { PULUMI_BACKEND_URL: "file:///srv/other" });
  lock(elsewhere.pid);
  expect(verdict()).toEqual(["gone"]);
  // Without a word about its state nothing is certain.
  const silent = await running("pulumi", {});
  lock(silent.pid);
  expect(verdict()).toEqual(["runs"]);
  for (const each of [other, elsewhere, silent]) await each.end();
});

it("a lock of another machine is never taken off, nor one that nobody can read", () => {
  lock(1, "other-machine");
  expect(() => unlock(backend, "prod")).toThrow(/look on other-machine whether that process runs/);
  rmSync(join(locks, "one.json"));
  writeFileSync(join(locks, "one.json"), "{");
  expect(() => unlock(backend, "prod")).toThrow(/its file cannot be read[\s\S]*find out who wrote/);
  expect(existsSync(join(locks, "one.json"))).toBe(true);
});

it("locks that are not kept on this machine are the engine's own matter", () => {
  expect(() => unlock("s3://states", "prod")).toThrow(/not kept on this machine[\s\S]*pulumi cancel/);
  expect(locksOf("s3://states", "prod")).toEqual([]);
});

it("what a killed engine left unfinished is removed, and nothing else", () => {
  writeFileSync(join(stacks, "prod.json"), '{"version":3}');
  writeFileSync(join(stacks, "prod.json.attrs"), "");
  writeFileSync(join(stacks, "prod.json.bak"), '{"version":3}');
  writeFileSync(join(stacks, "prod.json.bak.attrs"), '{"md5":"');
  writeFileSync(join(stacks, "prod.json.18eb7ddc65557499.tmp"), '{"vers');
  writeFileSync(join(locks, "one.json.18eb7ddc65557499.tmp"), "");
  expect(findTorn(backend, "prod")).toHaveLength(4);
  expect(mendTorn(backend, "prod")).toHaveLength(4);
  expect(readdirSync(stacks).sort()).toEqual(["prod.json", "prod.json.bak"]);
  expect(readdirSync(locks)).toEqual([]);
  expect(mendTorn(backend, "prod")).toEqual([]);
});

it("a state that cannot be read gives way to the one before, and is kept", () => {
  writeFileSync(join(stacks, "prod.json"), "");
  expect(() => mendTorn(backend, "prod")).toThrow(/neither can the one before/);
  writeFileSync(join(stacks, "prod.json.bak"), '{"version":3}');
  expect(mendTorn(backend, "prod")).toEqual([expect.stringContaining("the one before took its place")]);
  expect(readdirSync(stacks).sort()).toEqual(["prod.json", "prod.json.bak", "prod.json.torn"]);
  expect(findTorn(backend, "prod")).toEqual([]);
});
