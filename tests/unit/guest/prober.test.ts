import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { run } from "../../../lib/run.ts";
import { ProberReader } from "../../../model/measurement/prober-view.ts";
import { letInMark } from "../../../model/measurement/targets.ts";
import { timelineOf, unknownIn } from "../../../model/measurement/timeline.ts";
import { lengthOf } from "../../../model/sla/spans.ts";
import { begun, kinds, said, settled, tenants, test } from "./prober-fixture.ts";
import { allrisPage } from "./prober-scene.ts";

test.concurrent("changes and the second failure are lines, in the order of time; all else is an `alive` a minute", async ({
  scene,
}) => {
  await begun(scene, 4);
  scene.answer = (domain, path) => {
    const tenant = domain.split(".")[0] ?? "";
    if (tenant === "hohenbrueck" && path === "/public/") return { status: 503, body: "closed" };
    if (tenant === "seenplatte" && path === "/ri/logon") return allrisPage("hohenbrueck");
    return allrisPage(tenant);
  };
  await scene.until("both failures are confirmed", (records) =>
    tenants.every((tenant) => said(records, tenant).some((text) => / no 2/.test(text))),
  );
  scene.answer = (domain) => allrisPage(domain.split(".")[0] ?? "", "9.9.9 (1)");
  await scene.until("both are back", (records) =>
    tenants.every((tenant) => said(records, tenant).length >= 6),
  );
  await scene.until("a minute has passed", (records) => kinds(records, "alive") >= 1);
  scene.shut();
  await scene.until("the web server is gone", (records) =>
    tenants.every((tenant) => said(records, tenant).length >= 12),
  );
  await expect(scene.end()).resolves.toEqual({ code: 0, words: "" });
  const records = scene.records();
  const closed = ["citizens no 1: status 503", "citizens no 2: status 503", "citizens yes 1"];
  expect(said(records, "hohenbrueck").slice(0, 6)).toEqual(
    ["citizens yes 1", "politicians yes 1", "tls yes 1"].concat(closed),
  );
  const strange = "another administration's page";
  expect(said(records, "seenplatte").slice(3, 6)).toEqual([
    `politicians no 1: ${strange}`,
    `politicians no 2: ${strange}`,
    "politicians yes 1",
  ]);
  const gone = said(records, "seenplatte").slice(6);
  const confirmed = gone.filter((text) => text.includes(" no 2"));
  expect(confirmed.map((text) => text.split(": ")[1])).toEqual(Array(3).fill("connection refused"));
  expect(records.map(({ at }) => at)).toEqual(records.map(({ at }) => at).sort());
  const rounds = records.flatMap((record) => (record.kind === "alive" ? [record.rounds] : []));
  // The one before the end is of less than a minute.
  expect(rounds.length).toBeGreaterThanOrEqual(2);
  expect(Math.min(...rounds.slice(0, -1))).toBeGreaterThanOrEqual(3);
  expect(records[0]).toMatchObject({ seq: 0, kind: "start", intervalSec: 15 });
  expect(records.at(-1)).toMatchObject({ kind: "stop" });
});

test.concurrent("a prober that is let in behind a list of networks takes a refusal only until the site knows of it", async ({
  scene,
}) => {
  const old = { status: 403, body: '<meta name="farm-site" content="hohenbrueck">' };
  const refusal = { status: 403, body: `${old.body}\n${letInMark} content="askers">` };
  const closed = {
    ...{ target: "politicians", decides: true, path: "/ri/logon", marker: "ALLRIS net Version " },
    ...{ statuses: [200, 403], letIn: letInMark },
  };
  const page = allrisPage("hohenbrueck");
  const stages = [old, { status: 502, body: "" }, page, refusal, old];
  scene.answer = () => stages[0];
  const site = { ...scene.site("hohenbrueck"), targets: [closed] };
  scene.write({}, [site]);
  scene.clock({ speed: 8 });
  scene.start();
  const wanted = ["yes 1", "no 2: status 502", "yes 1", "no 2: status 403", "yes 1"];
  for (const [index, stage] of stages.entries()) {
    scene.answer = () => stage;
    await scene.until(
      `stage ${index}`,
      (records) => said(records, "hohenbrueck").at(-1) === `politicians ${wanted[index]}`,
    );
  }
  await scene.end();
  expect(said(scene.records(), "hohenbrueck").filter((text) => text.includes("yes"))).toHaveLength(3);
});

test.concurrent("names, certificates, OParl and versions only show, each for itself", async ({ scene }) => {
  const shown = [
    { target: "version", decides: false, expected: "4.1.8" },
    { target: "oparl", decides: false, path: "/public/oparl/system" },
    { target: "dns", decides: false, nameservers: ["127.0.0.1"], port: 9, patience: 0.2 },
  ];
  scene.answer = (_, path) =>
    path.endsWith("system") ? { status: 200, body: '{"oparlVersion": "x"}' } : allrisPage("hohenbrueck");
  // The certificate is for another name: the visitor is warned, the site answers.
  const own = { ...scene.site("hohenbrueck", shown), domain: "alt.example" };
  scene.write({}, [own]);
  scene.clock({ speed: 8 });
  scene.start();
  const records = await scene.until("all are asked", (lines) => said(lines, "hohenbrueck").length >= 6);
  expect(said(records, "hohenbrueck").slice(0, 6).sort()).toEqual([
    "citizens yes 1",
    "dns no 1: connection refused",
    "oparl yes 1",
    "politicians yes 1",
    "tls no 1: certificate: Hostname mismatch, certificate is not valid for 'alt.example'.",
    "version no 1: version 4.1.7",
  ]);
  await scene.end();
});

test.concurrent("a stepped clock, either way, is a line of its own, and the chain goes on", async ({
  scene,
}) => {
  scene.write({}, [scene.site("hohenbrueck"), scene.site("seenplatte")]);
  scene.clock({ speed: 8 });
  scene.start();
  await scene.until("all have answered", settled);
  for (const [number, stepMs] of [600_000, 0, -600_000].entries()) {
    scene.clock({ speed: 8, stepMs });
    await scene.until("the step is seen", (records) => kinds(records, "clock") > number);
  }
  await scene.end();
  const steps = scene.records().flatMap((record) => (record.kind === "clock" ? [record.stepMs] : []));
  expect(steps.map((step) => Math.round(step / 1000))).toEqual([600, -600, -600]);
});

test.concurrent("killed at any moment: what the cut left is put aside, the chain goes on with a new start", async ({
  scene,
}) => {
  await begun(scene, 8);
  await scene.end("SIGKILL");
  const before = scene.lines().length;
  const file = readdirSync(scene.log).find((name) => name.endsWith(".jsonl")) ?? "";
  const path = join(scene.log, file);
  appendFileSync(path, '{"seq":99,"prober":"rand-1","at":"2026-');
  scene.start();
  await scene.until("it goes on", (records) => kinds(records, "start") === 2 && settled(records));
  await scene.end("SIGKILL");
  const records = scene.records();
  expect(records[before]).toMatchObject({ seq: before, kind: "start" });
  expect(readFileSync(path.replace("jsonl", "torn"), "utf8")).toContain('"seq":99');
  // Only the end of the line was missing: it stays a line.
  const last = scene.lines().length;
  writeFileSync(path, readFileSync(path, "utf8").slice(0, -1));
  scene.start();
  await scene.until("it goes on after it", (lines) => lines[last]?.kind === "start");
  await scene.end("SIGKILL");
  // Whoever changes the last line does not get rid of it by a restart.
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(/"at":"20\d\d(?=[^\n]*\n$)/, '"at":"2020'));
  const edited = scene.lines().length;
  scene.start();
  const goesOn = (): boolean => scene.lines().length > edited;
  for (const deadline = Date.now() + 30_000; !goesOn() && Date.now() < deadline; ) await sleep(50);
  expect(goesOn()).toBe(true);
  expect(() => scene.records()).toThrow(/is not the text/);
  const head = await scene.call("head");
  expect([head.code, JSON.parse(head.stdout)]).toMatchObject([0, { prober: "rand-1" }]);
});

test.concurrent("a second prober on the same log does not start", async ({ scene }) => {
  scene.write({}, [scene.site("hohenbrueck"), scene.site("seenplatte")]);
  scene.start();
  await scene.until("it runs", (records) => records.length > 0);
  await expect(scene.call("run")).resolves.toMatchObject({ code: 75 });
  await scene.end();
});

test.concurrent("a full disk: nothing is lost, no half line is left, and it does not end", async ({
  scene,
}) => {
  await begun(scene, 8);
  // The kernel writes up to the limit and refuses the rest, as a full disk does.
  const limit = scene.lines().join("\n").length + 100;
  await run("prlimit", ["--pid", String(scene.pid), `--fsize=${limit}:unlimited`]);
  scene.shut();
  await sleep(2000);
  expect(kinds(scene.records(), "probe")).toBe(6);
  await run("prlimit", ["--pid", String(scene.pid), "--fsize=unlimited:unlimited"]);
  const records = await scene.until("there is room", (lines) => kinds(lines, "probe") === 18);
  expect(kinds(records, "start")).toBe(1);
  const { code, words } = await scene.end();
  expect(code).toBe(0);
  expect(words).toMatch(/cannot be written, \d+ lines wait/);
});

test.concurrent("held up itself it blames nobody: it starts anew", async ({ scene }) => {
  await begun(scene, 8);
  scene.signal("SIGSTOP");
  await sleep(3500);
  scene.signal("SIGCONT");
  const records = await scene.until(
    "it starts anew",
    (lines) => kinds(lines, "start") === 2 && settled(lines),
  );
  expect(records.filter((record) => record.kind === "probe" && !record.ok)).toEqual([]);
  await scene.end();
});

test.concurrent("new targets on SIGHUP are a new start; unusable ones change nothing", async ({ scene }) => {
  scene.write({}, [scene.site("hohenbrueck"), scene.site("seenplatte")]);
  scene.clock({ speed: 8 });
  scene.start();
  await scene.until("all have answered", settled);
  writeFileSync(join(scene.root, "targets.json"), "{");
  scene.signal("SIGHUP");
  await sleep(500);
  scene.write({}, [scene.site("hohenbrueck")]);
  scene.signal("SIGHUP");
  const records = await scene.until("it starts anew", (lines) => kinds(lines, "start") === 2);
  expect(records.findLast(({ kind }) => kind === "start")).toMatchObject({
    targets: [
      { tenant: "hohenbrueck" },
      { tenant: "hohenbrueck" },
      { tenant: "hohenbrueck", decides: false },
    ],
  });
  expect((await scene.end()).words).toMatch(/cannot be used, the old ones stay/);
});

test.concurrent("new targets and a stop leave nothing unknown but the time until the first answers", async ({
  scene,
}) => {
  scene.write({}, [scene.site("hohenbrueck"), scene.site("seenplatte")]);
  scene.clock({ speed: 8 });
  scene.start();
  const first = await scene.until("all have answered", settled);
  // 24 seconds of the prober's, far from its next sign of life of its own.
  await sleep(3000);
  scene.write({}, [scene.site("hohenbrueck")]);
  scene.signal("SIGHUP");
  await scene.until("it starts anew", (lines) => kinds(lines, "start") === 2);
  await sleep(4000);
  await scene.end();
  const reader = new ProberReader(scene.name);
  const records = scene.records();
  for (const record of records) reader.read(record);
  const instants = (of: string) => records.flatMap(({ kind, at }) => (kind === of ? [Date.parse(at)] : []));
  const start = Math.ceil(Date.parse(first.at(-1)?.at ?? "") / 1000) * 1000;
  const end = Math.floor((instants("stop")[0] ?? 0) / 1000) * 1000;
  const unknown = unknownIn(timelineOf([reader.view()], "hohenbrueck"), [{ start, end }]);
  const again = instants("start")[1] ?? 0;
  // One second at both ends is what rounding leaves, and a question that was under way.
  const around = unknown.filter((span) => span.end >= again - 1000 && span.start <= again + 1000);
  expect(around).toHaveLength(1);
  expect(lengthOf(around)).toBeLessThanOrEqual(18_000);
  expect(lengthOf(unknown) - lengthOf(around)).toBeLessThanOrEqual(2000);
});

test("an answer at the very moment of a new start is not taken, and nobody asks the old targets on", async () => {
  const trial = join(import.meta.dirname, "prober-late-answer.py");
  const said = JSON.parse(await run("python3", ["-I", trial, join(checkout, "guest")]));
  expect(said).toEqual({
    asked: ["old", "new"],
    left: 0,
    kinds: ["start", "alive", "start"],
    probed: [],
  });
});
