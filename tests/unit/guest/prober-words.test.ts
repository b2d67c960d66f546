import { createServer } from "node:net";
import { expect } from "vitest";
import { run } from "../../../lib/run.ts";
import { kinds, test } from "./prober-fixture.ts";
import { ProberScene } from "./prober-scene.ts";

test.concurrent("whatever a site says, the line stays short and in plain characters", async ({ scene }) => {
  const location = `https://x\u2028${"y".repeat(300)}.example/`;
  scene.answer = () => ({ status: 302, body: "", location });
  scene.write({}, [scene.site("hohenbrueck")]);
  scene.clock({ speed: 8 });
  scene.start();
  const records = await scene.until("all have answered", (lines) => kinds(lines, "probe") >= 3);
  await scene.end();
  const reasons = records.flatMap((record) => (record.kind === "probe" ? [record.reason ?? ""] : []));
  const led = reasons.filter((reason) => reason.startsWith("leads to x"));
  expect(led.length).toBeGreaterThanOrEqual(2);
  for (const reason of led) expect(reason).toHaveLength(120);
  expect(scene.lines().join("")).toMatch(/^[ -~]*$/);
});

test.concurrent("what another prober says and no number of a line is, is not written down", async ({
  scene,
}) => {
  const numbers = [true, 2 ** 53, -1, 1.5, "7", 7];
  let asked = 0;
  const other = createServer((socket) => {
    // A prober that waited too long, or has ended, takes no answer.
    socket.on("error", () => undefined);
    const seq = numbers[Math.min(asked, numbers.length - 1)];
    asked += 1;
    socket.end(`${JSON.stringify({ prober: "rand-2", seq, hash: "a".repeat(64) })}\n`);
  });
  await new Promise<void>((resolve) => other.listen(9616, "127.0.0.4", resolve));
  try {
    const peers = [{ prober: "rand-2", address: "127.0.0.4:9616" }];
    scene.write({ witnessSec: 8, peers }, [scene.site("hohenbrueck")]);
    scene.clock({ speed: 8 });
    scene.start();
    const records = await scene.until("it says a number", (lines) => kinds(lines, "witness") > 0);
    expect(records.find(({ kind }) => kind === "witness")).toMatchObject({ of: "rand-2", seenSeq: 7 });
    expect(asked).toBeGreaterThanOrEqual(numbers.length);
    await scene.end();
  } finally {
    other.close();
  }
});

test.concurrent("probers show each other the end of their logs, and nobody else", async ({ scene }) => {
  const site = [scene.site("hohenbrueck"), scene.site("seenplatte")];
  const other = new ProberScene("rand-2");
  try {
    const [first, second] = ["127.0.0.2:9616", "127.0.0.3:9616"];
    scene.write({ listen: first, witnessSec: 20, peers: [{ prober: "rand-2", address: second }] }, site);
    other.write({ listen: second, witnessSec: 20, peers: [{ prober: "rand-1", address: first }] }, site);
    for (const each of [scene, other]) {
      each.clock({ speed: 8 });
      each.start();
    }
    for (const [seer, seen] of [
      [scene, other],
      [other, scene],
    ] as const) {
      const records = await seer.until("it saw the other", (lines) => kinds(lines, "witness") > 0);
      const witness = records.find((record) => record.kind === "witness");
      expect(seen.records().find(({ seq }) => seq === witness?.seenSeq)?.hash).toBe(witness?.seenHash);
    }
    // From another address than the other prober's it says nothing.
    const curl = await run("curl", ["--silent", "--max-time", "5", "--http0.9", `http://${first}/`]).catch(
      String,
    );
    expect(curl).not.toContain("hash");
    for (const each of [scene, other]) await each.end();
  } finally {
    await other.remove();
  }
});
