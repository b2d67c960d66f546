import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entry, TrafficMachine } from "./traffic-log.ts";

let machine: TrafficMachine;
beforeEach(() => {
  machine = new TrafficMachine();
});
afterEach(() => machine.remove());

/** Numbers below a bound, the same at each run of the test. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * bound);
  };
}

test("kill -9 at any moment: the next run makes the sums exact, rotated, packed or aged as the logs are", async () => {
  const below = numbers(20_261_125);
  const expected = new Map<string, [number, number, number]>();
  const start = Date.parse("2026-08-01T00:30:00Z");
  const instant = (day: number, second = 0) =>
    new Date(start + day * 86_400_000 + second * 1000).toISOString();
  let written = 0;
  /** nginx serves a day: lines of the last hours, in the order of time. */
  const serve = (day: number): void => {
    let text = "";
    for (let i = 0, count = 200 + below(400); i < count; i++) {
      const time = instant(day, i).slice(0, 19);
      const bytes = below(1_000_000);
      const path = `/public/vo020-${below(900)}`;
      text += entry({ time: `${time}+00:00`, bytes, path, seconds: written++ });
      const sum = expected.get(time.slice(0, 10)) ?? [0, 0, 0];
      expected.set(time.slice(0, 10), [sum[0] + 1, sum[1] + bytes, sum[2] + 100]);
    }
    appendFileSync(machine.live, text);
  };
  /** Somebody else's rotation, now and then. */
  const meddle = (day: number): void => {
    const aside = join(machine.logs, `access.json.${day}`);
    if (below(4) === 0 && existsSync(machine.live)) renameSync(machine.live, aside);
    if (below(2) === 0 && existsSync(aside)) {
      writeFileSync(`${aside}.gz`, gzipSync(readFileSync(aside)));
      rmSync(aside);
    }
  };
  const [program = "", ...fixed] = machine.command;
  let [killed, whole] = [0, 0];
  for (let day = 0; day < 60; day++) {
    serve(day);
    meddle(day);
    if (day % 10 === 0) {
      const before = performance.now();
      await machine.run(instant(day, 1800));
      whole = performance.now() - before;
    }
    for (let attempt = 0; attempt < 2; attempt++) {
      const child = spawn(program, [...fixed, "--at", instant(day, 3600), "run"], { stdio: "ignore" });
      const ended = once(child, "exit");
      // From the start of the interpreter to behind the end, as long as that takes on this machine.
      await Promise.race([sleep(Math.random() * 1.3 * whole), ended]);
      child.kill("SIGKILL");
      const [code] = await ended;
      if (code === null) killed++;
    }
  }
  await machine.run(instant(59, 3600));
  for (const [day, sum] of expected) expect([day, machine.total(day)]).toEqual([day, sum]);
  expect(killed).toBeGreaterThan(20);
  const logs = readdirSync(machine.logs).filter((name) => name.startsWith("access.json"));
  expect(logs.filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(5);
  for (const name of logs) {
    const old = machine
      .text(name)
      .split("\n")
      .filter((line) => line.slice(9, 28) <= instant(52).slice(0, 19));
    expect(old.filter((line) => line.includes("203.0.113.77"))).toEqual([]);
  }
});
