import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findLogs, linesOf } from "../../cli/measurements/log-files.ts";
import { pullAll } from "../../cli/measurements/pull.ts";
import { verifyFolder } from "../../cli/measurements/verify.ts";
import { onMachine } from "../../cli/site/on-machine.ts";
import { pebbleName } from "../../lab/acme/pebble.ts";
import { issueCustomerCertificate } from "../../lab/ca/customer.ts";
import { type LabFile, type LabPlaces, labPlaces } from "../../lab/lab-file.ts";
import { labDown } from "../../lab/lifecycle/down.ts";
import { labUp } from "../../lab/lifecycle/up.ts";
import { namespaceFile } from "../../lab/network/ip.ts";
import { packagesName } from "../../lab/packages/service.ts";
import { cloudflareName, xoName } from "../../lab/services/simulators.ts";
import { installPlugins } from "../../lab/standins/install.ts";
import { checkout } from "../../lib/paths.ts";
import { run } from "../../lib/run.ts";
import { ProberReader } from "../../model/measurement/prober-view.ts";
import type { MeasurementRecord } from "../../model/measurement/record.ts";
import type { ProberSettings } from "../../model/measurement/settings.ts";
import { timelineOf, unknownIn } from "../../model/measurement/timeline.ts";
import { Project, prepareEngine } from "../engine/language-host/project.ts";
import { provenUp, said, starts } from "../support/prober-answers.ts";
import { neighbour, settingsWith, tenant } from "../unit/model/fixtures.ts";
import { lastingTraces, progress, until } from "./own-lab.ts";

// Two hosts at the edge boot; the engine rolls the probers out to them through the jump host. What they ask is a web
// server behind the lab's router, at the address of an administration's machine.
let places: LabPlaces;
let lab: LabFile;
let project: Project;
let root: string;
let site: ChildProcess | undefined;

const domain = "ratsinfo.hohenbrueck.de";
const address = "10.20.0.11";
const names = ["rand-1", "rand-2"];

const server = `
const { readFileSync } = require("node:fs");
const [folder, address] = process.argv.slice(1);
const read = (name) => readFileSync(folder + "/" + name);
const page = '<meta name="description" content="ALLRIS net Version 4.1.7 (4170039)"><meta name="farm-site" content="hohenbrueck">';
require("node:https").createServer({ cert: read("chain.pem"), key: read("key.pem") }, (_, answer) => answer.end(page)).listen(443, address);
`;

function openSite(): void {
  const enter = `--net=${namespaceFile(places.namespace)}`;
  const command = [enter, process.execPath, "-e", server, join(root, "certificate"), address];
  site = spawn("nsenter", command, { stdio: "inherit" });
}

function writeFarm(tenants: readonly object[]): void {
  const probers = lab.edgeHosts?.map(({ host, hostKey }, index) => {
    return { name: names[index], failureDomain: `Brandabschnitt ${index + 1}`, host, hostKey };
  });
  const measurement = { probers, tls: "decides", caFile: join(root, "customer-ca.pem") };
  const given = { ...settingsWith(["measurement"], measurement) } as Record<string, object>;
  given["access"] = { ...given["access"], jump: { ...lab.jump } };
  project.write("farm.json", JSON.stringify({ settings: given, tenants }));
}

beforeAll(async () => {
  await prepareEngine();
  places = labPlaces(mkdtempSync(join(tmpdir(), "farm-lab-")));
  root = mkdtempSync(join(tmpdir(), "farm-prober-"));
  const without = [xoName, cloudflareName, pebbleName, packagesName];
  ({ lab } = await labUp({ progress, places, edgeHosts: true, without }));
  process.env["SSH_AUTH_SOCK"] = join(places.run, "agent.sock");
  await issueCustomerCertificate({
    folder: join(root, "certificate"),
    names: [domain],
    days: 3,
    authorities: join(root, "ca"),
    roots: root,
  });
  await run("ip", ["-n", places.namespace, "addr", "add", `${address}/32`, "dev", "lo"]);
  openSite();
  project = await Project.create(`
import { readFileSync } from "node:fs";
import { Probers } from "${checkout}/components/probers.ts";
import { parse } from "${checkout}/tests/unit/model/fixtures.ts";
const { settings, tenants } = JSON.parse(readFileSync("farm.json", "utf8"));
new Probers("platform-probers", parse(tenants, settings));
`);
  installPlugins(join(project.folder, "home"));
  writeFarm([tenant()]);
  await until("both hosts let the operators in", async () => {
    for (const index of names.keys()) await onHost(index, "systemctl is-active ssh");
    return true;
  });
}, 600_000);

afterAll(async () => {
  site?.kill("SIGKILL");
  project?.remove();
  await labDown({ progress, places });
  const left = await lastingTraces(places);
  for (const folder of [places.farm, root]) rmSync(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

function wayTo(index: number) {
  const edge = lab.edgeHosts?.[index];
  if (edge === undefined) throw new Error("the lab has no such host");
  return { machine: { ...edge, port: 22 }, jump: lab.jump };
}

const onHost = (index: number, command: string): Promise<string> =>
  onMachine(wayTo(index), command, AbortSignal.timeout(30_000));

const folder = (): string => join(root, "measurements");

/** Fetches both logs. @returns all lines of one */
async function pull(index: number): Promise<readonly MeasurementRecord[]> {
  const probers = names.map((name) => ({ name }) as ProberSettings);
  const logs = await pullAll(
    folder(),
    probers,
    ({ name }) => wayTo(names.indexOf(name)),
    AbortSignal.timeout(60_000),
  );
  expect(logs.map(({ failure }) => failure)).toEqual([undefined, undefined]);
  const found = findLogs(folder()).find(({ prober }) => prober === names[index]);
  return found?.files.flatMap(linesOf).map((line) => JSON.parse(line)) ?? [];
}

test("the engine rolls both out, a second run changes nothing, and the state holds no targets", async () => {
  const up = await project.must("up", "--yes");
  expect(up).toMatch(/5 created|6 created/);
  for (const index of names.keys()) {
    await expect(onHost(index, "systemctl is-active farm-prober")).resolves.toBe("active");
    const records = await pull(index);
    expect(said(records, "citizens")).toEqual(["yes 1"]);
    expect(said(records, "politicians")).toEqual(["yes 1"]);
    expect(said(records, "tls")).toEqual(["yes 1"]);
  }
  await expect(project.must("preview", "--diff", "--expect-no-changes")).resolves.toContain("unchanged");
  const state = await project.must("stack", "export");
  expect(state).toContain("rand-2");
  expect(state).not.toContain(domain);
});

test("it is nobody there: it writes to its log and to nothing else, and the operators cannot write to that", async () => {
  const whose = await onHost(0, "ps -o user:20= -C prober.py");
  expect(whose.trim()).toBe("farm-prober");
  await expect(onHost(0, "test -w /var/lib/farm-prober || echo no")).resolves.toBe("no");
  const score = await onHost(
    0,
    "systemctl show -p NoNewPrivileges -p ProtectSystem -p CapabilityBoundingSet farm-prober",
  );
  expect(score.split("\n").sort()).toEqual([
    "CapabilityBoundingSet=",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
  ]);
});

test("a site that is stopped for some time, and a prober that is killed: both logs say so and stay whole", async () => {
  site?.kill("SIGKILL");
  await until("both have confirmed it", async () => {
    const [first, second] = [await pull(0), await pull(1)];
    // Each target is asked at a moment of its own.
    const confirmed = [said(first, "tls"), said(first, "citizens"), said(second, "citizens")];
    return confirmed.every((answers) => answers.includes("no 2"));
  });
  openSite();
  await until("both see it again", async () => said(await pull(0), "citizens").at(-1) === "yes 1");
  const before = (await pull(1)).length;
  await onHost(1, "sudo -n systemctl kill --signal=KILL farm-prober");
  await until("it begins anew", async () => starts(await pull(1)).length === 2);
  await until("and asks", async () => said((await pull(1)).slice(before), "citizens").includes("yes 1"));
  expect(said(await pull(0), "citizens")).toEqual(["yes 1", "no 1", "no 2", "yes 1"]);
  const found = verifyFolder(folder());
  expect(found.logs.map(({ fault }) => fault)).toEqual([undefined, undefined]);
  expect(found.witnesses).toEqual([]);
});

test("a further administration: the probers begin anew one after the other, so that one always measures", async () => {
  const begun = Date.now();
  writeFarm([tenant(), neighbour("neustadt", 12)]);
  const up = await project.must("up", "--yes");
  expect(up).toMatch(/2 updated|4 updated/);
  const [first, second] = [await pull(0), await pull(1)];
  const apart = Math.abs((starts(first).at(-1) ?? 0) - (starts(second).at(-1) ?? 0));
  expect(apart).toBeGreaterThan(20_000);
  const last = first.findLast(({ kind }) => kind === "start");
  expect(last).toMatchObject({
    targets: expect.arrayContaining([{ tenant: "neustadt", target: "citizens", decides: true }]),
  });
  await expect(project.must("preview", "--expect-no-changes")).resolves.toContain("unchanged");
  const again = Math.max(starts(first).at(-1) ?? 0, starts(second).at(-1) ?? 0);
  let logs: readonly (readonly MeasurementRecord[])[] = [];
  await until("both have proven what they measured since", async () => {
    logs = [await pull(0), await pull(1)];
    return logs.every((records) => provenUp(records, starts(records).at(-1) ?? 0));
  });
  const views = logs.map((records, index) => {
    const reader = new ProberReader(names[index] ?? "");
    for (const record of records) reader.read(record);
    return reader.view();
  });
  const rollOut = { start: Math.ceil(begun / 1000) * 1000, end: Math.floor(again / 1000) * 1000 + 20_000 };
  expect(unknownIn(timelineOf(views, "hohenbrueck"), [rollOut])).toEqual([]);
}, 400_000);

test("a log that lost lines on its host is refused; what was fetched before stays", async () => {
  await onHost(0, "sudo -n systemctl stop farm-prober");
  const records = await pull(0);
  expect(records.at(-1)).toMatchObject({ kind: "stop" });
  await onHost(0, "sudo -n sed -i 6,9d /var/lib/farm-prober/20*.jsonl");
  const [refused] = await pullAll(
    folder(),
    [{ name: "rand-1" } as ProberSettings],
    () => wayTo(0),
    AbortSignal.timeout(60_000),
  );
  expect(refused?.failure).toMatch(/shorter on its host/);
  expect(verifyFolder(folder()).logs[0]).toMatchObject({ prober: "rand-1", lines: records.length });
});
