import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "../../../lib/lock.ts";
import { tryRecord } from "../../../lib/process-record.ts";

let folder: string;
let file: string;
let sentences: string[];
const onWait = (sentence: string): void => void sentences.push(sentence);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-lock-"));
  file = join(folder, "a", "lock");
  sentences = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("work never overlaps, and whoever waits says for whom, once", async () => {
  let inside = 0;
  const work = async (): Promise<void> => {
    expect(++inside).toBe(1);
    await sleep(250);
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(file, { onWait, doing: "counts" }, work)));
  expect(sentences).toHaveLength(2);
  expect(sentences[0]).toBe(`Another process (${process.pid}) counts: waiting for it`);
  expect(existsSync(file)).toBe(false);
});

test("a lock is given back when the work fails", async () => {
  const failing = withLock(file, { onWait, doing: "fails" }, async () => {
    throw new Error("broken");
  });
  await expect(failing).rejects.toThrow("broken");
  expect(await withLock(file, { onWait, doing: "works" }, async () => 5)).toBe(5);
});

test("a dead process's lock is taken over, a living one's is respected until the time is up", async () => {
  await withLock(file, { onWait, doing: "makes the folder" }, async () => {});
  const living = tryRecord(process.pid);
  writeFileSync(file, JSON.stringify({ ...living, startTime: "1" }));
  expect(await withLock(file, { onWait, doing: "works" }, async () => 6)).toBe(6);
  expect(sentences).toEqual([]);
  writeFileSync(file, JSON.stringify(living));
  const waiting = withLock(file, { onWait, doing: "works", timeout: 150 }, async () => 7);
  await expect(waiting).rejects.toThrow(/still works/);
});
