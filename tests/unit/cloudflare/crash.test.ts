import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { Simulator } from "./simulator.ts";

const simulator = new Simulator();
afterAll(() => simulator.remove());

test("what was acknowledged is there after kill -9, round after round", async () => {
  const present = new Map<string, string>();
  let zoneId: string | undefined;
  for (const round of [1, 2, 3, 4]) {
    await simulator.start();
    zoneId ??= await simulator.zone("absturz.example");
    const { dns } = simulator.client;
    let isKilled = false;
    const writer = async (number: number): Promise<void> => {
      for (let index = 0; !isKilled; index++) {
        const name = `r${round}-${number}-${index}.absturz.example`;
        try {
          const record = await dns.records.create({
            zone_id: zoneId ?? "",
            type: "TXT",
            name,
            content: '"x"',
            ttl: 60,
          });
          present.set(record.id, name);
          if (index % 5 !== 4) continue;
          present.delete(record.id);
          await dns.records.delete(record.id, { zone_id: zoneId ?? "" });
        } catch (error) {
          if (!isKilled) throw error;
        }
      }
    };
    const writers = [1, 2, 3, 4].map(writer);
    await sleep(300 + round * 37);
    isKilled = true;
    await simulator.stop("SIGKILL");
    await Promise.all(writers);
  }
  await simulator.start();
  const found = new Map<string, string>();
  for await (const record of simulator.client.dns.records.list({ zone_id: zoneId ?? "", per_page: 500 })) {
    found.set(record.id, record.name);
  }
  expect(present.size).toBeGreaterThan(100);
  for (const [id, name] of present) expect(found.get(id)).toBe(name);
  // At most one write of each writer and round was on its way without an answer.
  expect(found.size - present.size).toBeLessThanOrEqual(16);
  expect((await simulator.client.zones.get({ zone_id: zoneId ?? "" })).name).toBe("absturz.example");
  await simulator.stop();
});

test("it ends cleanly when asked to", async () => {
  await simulator.start();
  expect(await simulator.stop("SIGTERM")).toBe(0);
});

test("it says what is wrong with its command line", async () => {
  const other = new Simulator();
  await expect(other.start("--unknown")).rejects.toThrow("the Cloudflare simulator cannot start");
  await other.remove();
});
