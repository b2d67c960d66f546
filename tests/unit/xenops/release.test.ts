import { existsSync, readdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startServer } from "../../../providers/kit/serve.ts";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";
import { xenops } from "../../../providers/xenops/provider.ts";
import { releaseWith } from "../../../providers/xenops/release.ts";
import type { XoClient } from "../../../providers/xenops/xo-client.ts";
import { Postgres } from "../guest/release/postgres.ts";
import type { TestRelease } from "../guest/release/scratch.ts";
import { testContext } from "../kit/context.ts";
import { TestEngine, wireSecret } from "../kit/engine.ts";
import { ReleaseSite, vmId } from "./release-site.ts";

const good: TestRelease = { version: "4.1.7", build: "4170039" };
const next: TestRelease = { version: "4.1.8", build: "4180012" };
const breaking: TestRelease = { version: "4.1.9", build: "4190003", behaviour: { breaksAfter: 0.3 } };
const release = releaseWith(3);
const urn = "urn:pulumi:lab::allris-farm::farm:site:TenantSite$xenops:index:Release::hohenbrueck-release";

let postgres: Postgres;
let site: ReleaseSite;
let at: ReturnType<typeof testContext<XoClient>>;

beforeAll(async () => {
  vi.stubEnv("SSH_AUTH_SOCK", "");
  postgres = await Postgres.start();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await postgres.stop();
});
beforeEach(async () => {
  site = await ReleaseSite.make(postgres);
  at = testContext(site.client, { urn });
});
afterEach(() => site.end());

async function install(): Promise<Properties> {
  const inputs = await site.inputs(good);
  const { id, outputs } = await release.create(at, inputs);
  expect([id, outputs]).toEqual([vmId, site.stored(inputs)]);
  await site.machine.write("kept");
  at.lines.length = 0;
  return outputs;
}

async function update(olds: Properties, wanted: TestRelease, more: Properties = {}): Promise<Properties> {
  return (await release.update?.(at, vmId, olds, await site.inputs(wanted, more))) ?? {};
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error("it did not fail"),
    (thrown: Error) => thrown,
  );
  return error.message;
}

/** The old release answers with its data. */
async function expectOld(): Promise<void> {
  expect(await site.machine.version()).toBe("4.1.7");
  expect(await site.machine.notes()).toEqual({ rows: ["kept"], files: ["kept.pdf"] });
  expect(site.fields).toEqual({ "allrisnet-release": "4.1.7" });
}

describe("preview", () => {
  it("says what will happen, and touches nothing", async () => {
    const before = testContext(site.client, { preview: true, urn });
    const inputs = await site.inputs(next, { window: "2026-05-12" });
    expect(await release.update?.(before, vmId, { version: "4.1.7" }, inputs)).toEqual(site.stored(inputs));
    expect(before.lines).toEqual([
      "info: 4.1.7 → 4.1.8 in the window 2026-05-12: snapshot, wait for running requests, install beside, copy and migrate the data, start, check; about 4 minutes away; back to the old release and its data by itself when a step fails",
    ]);
    expect(await release.create(before, { ...inputs, vmId: Unknown.value })).toMatchObject({ id: "" });
    expect(site.xo.calls).toEqual([]);
  });

  it("refuses an archive that is missing or another one", async () => {
    const before = testContext(site.client, { preview: true, urn });
    const inputs = await site.inputs(next);
    const other = failure(release.create(before, { ...inputs, sha256: "0".repeat(64) }));
    expect(await other).toMatch(
      /the archive is not release 4\.1\.8\n.*\n.*its SHA-256 is [0-9a-f]{64}, expected 0{64}/,
    );
    const gone = failure(release.create(before, { ...inputs, source: { file: "/nowhere/a.war" } }));
    expect(await gone).toMatch(/the archive of release 4\.1\.8 is not there\n {2}where: \/nowhere\/a\.war/);
  });
});

describe("create", () => {
  it("installs, looks at the site from outside and notes the release in XO", async () => {
    await install();
    await expectOld();
    expect(site.xo.calls).toEqual(["session.signIn", "customField.set", "xo.getAllObjects"]);
    expect(readdirSync(site.machine.path("home"))).toEqual([]);
  });

  it("changes nothing where the release is installed already", async () => {
    await install();
    await release.create(at, await site.inputs(good));
    await expectOld();
    expect(site.machine.generations()).toEqual(["1"]);
  });

  it("fails when the site does not answer from outside, with the way out", async () => {
    site.outside = 502;
    const message = await failure(release.create(at, await site.inputs(good)));
    expect(message).toMatch(
      /release 4\.1\.7 is installed and answers on its machine, but not from outside\n.*\n {2}why: {3}https:\/\/ratsinfo\.example\/public\/ answers 502\n {2}next: {2}look at the certificate/,
    );
    expect(site.fields).toEqual({});
    site.outside = undefined;
    await install();
  });

  it("says that a machine without the program has to be rolled out first", async () => {
    site.removeProgram();
    expect(await failure(release.create(at, await site.inputs(good)))).toMatch(
      /has no release program\n(?:.*\n)*.*next: {2}roll out its settings first/,
    );
  });
});

describe("update", () => {
  it("takes a snapshot, tells each step, and removes snapshots of more than 72 hours", async () => {
    const olds = await install();
    site.addSnapshot("old", "allris-farm before 4.1.7", Date.now() / 1000 - 73 * 3600);
    site.addSnapshot("foreign", "by hand", Date.now() / 1000 - 99 * 3600);
    const outputs = await update(olds, next);
    expect(outputs).toMatchObject({ version: "4.1.8", build: "4180012" });
    expect(site.snapshots.map(({ name_label: name }) => name)).toEqual([
      "by hand",
      "allris-farm before 4.1.8",
    ]);
    expect(site.fields).toEqual({ "allrisnet-release": "4.1.8" });
    expect(await site.machine.notes()).toEqual({ rows: ["kept"], files: ["kept.pdf"] });
    const steps = at.lines.map((line) => /^info: (\w+) [\d.]+ s$/.exec(line)?.[1]).filter(Boolean);
    const inside = [
      "fetch",
      "verify",
      "unpack",
      "wait",
      "stop",
      "copy",
      "migrate",
      "start",
      "check",
      "commit",
      "open",
    ];
    expect(steps).toEqual(["snapshot", ...inside, "settle"]);
    expect(at.lines.join("\n")).not.toContain("PRIVATE KEY");
  });

  it("fails with the story when the release breaks, and leaves everything as it was", async () => {
    const olds = await install();
    const message = await failure(update(olds, breaking));
    expect(message).toMatch(
      /^ratsinfo\.example: release 4\.1\.9 went back by itself to 4\.1\.7 with its data\n/,
    );
    expect(message).toMatch(
      /failed at the step check: .*\/citizens\/ answers 500\. It went back by itself: 4\.1\.7 answers/,
    );
    expect(message).toMatch(
      /next: {2}have the release mended or name another one in the tenant's file, then run up again$/,
    );
    await expectOld();
    expect(site.snapshots).toEqual([]);
    await update(olds, next);
    expect(site.fields).toEqual({ "allrisnet-release": "4.1.8" });
  });

  it("goes on when the connection is lost in the middle", async () => {
    const olds = await install();
    const work = update(olds, next);
    let drops = 0;
    const dropper = setInterval(() => {
      if (!existsSync(site.machine.path("run/farm/maintenance")) || drops >= 3) return;
      drops++;
      site.dropConnections();
    }, 300);
    expect(await work).toMatchObject({ version: "4.1.8" });
    clearInterval(dropper);
    expect(drops).toBeGreaterThan(0);
    const steps = at.lines.map((line) => /^info: (\w+) [\d.]+ s$/.exec(line)?.[1]).filter(Boolean);
    expect(new Set(steps).size).toBe(steps.length);
  });

  it("waits for a machine that restarted in the middle, instead of putting its VM back", async () => {
    const olds = await install();
    site.machine.fault("copy", "cut");
    const work = failure(update(olds, next));
    await expect.poll(() => existsSync(site.machine.path("run/farm/fault-reached"))).toBe(true);
    await site.machine.crash();
    await expect.poll(() => at.lines.length).toBeGreaterThan(0);
    // The boot takes longer than following a run that is gone. It ends some time after the site answers.
    const booted = sleep(8000).then(() => site.machine.boot());
    const [message] = await Promise.all([work, booted]);
    expect(message).toMatch(
      /was cut off: the machine restarted in the middle\n.*\n {2}why: {3}the site runs 4\.1\.7 with its data/,
    );
    expect(site.reverted).toEqual([]);
    expect(site.snapshots).toEqual([]);
    await expectOld();
  });

  it("goes back when the release answers inside but not outside", async () => {
    const olds = await install();
    const opened = setInterval(() => {
      if (site.machine.current() === "generations/2") site.outside = 500;
      else if (site.outside === 500) site.outside = undefined;
    }, 20);
    const message = await failure(update(olds, next));
    clearInterval(opened);
    expect(message).toContain("release 4.1.8 went back to 4.1.7 with its data");
    expect(message).toContain("from outside: https://ratsinfo.example/public/ answers 500");
    expect(site.snapshots).toEqual([]);
    await expectOld();
  });

  it("puts the VM back to the snapshot when the machine cannot go back by itself", async () => {
    const olds = await install();
    const [folder] = site.machine.releases();
    const program = site.machine.path(`srv/allrisnet/releases/${folder}/application.py`);
    rmSync(program);
    const reverting = site.xo.methods["vm.revert"];
    site.xo.methods["vm.revert"] = async (params) => {
      // What the snapshot holds: the machine as it was, open and running.
      await site.machine.restoreApplication(program);
      return reverting?.(params);
    };
    const message = await failure(update(olds, breaking));
    expect(site.reverted).toEqual(["snapshot-1"]);
    expect(message).toContain("release 4.1.9 failed; the VM was put back to its snapshot");
    expect(message).toContain("Going back failed as well: 4.1.7 does not stay up");
    expect(message).toContain(
      "next:  tell the state about the disks: ./farm pulumi refresh -s lab --target 'urn:pulumi:lab::allris-farm::**::hohenbrueck-vm'",
    );
    expect(site.fields).toEqual({ "allrisnet-release": "4.1.7" });
  });
});

describe("read", () => {
  it("finds what is really installed, and keeps what is known of a machine that is away", async () => {
    const olds = await install();
    const inputs = await site.inputs(good);
    expect(await release.read(at, vmId, olds, inputs)).toEqual({ outputs: olds, inputs });
    await site.machine.call(["update"], await site.machine.request(next));
    expect(await release.read(at, vmId, olds, inputs)).toMatchObject({ outputs: { version: "4.1.8", vmId } });
    const away = { ...inputs, connection: { host: "127.0.0.1", port: 1 } };
    expect(await release.read(at, vmId, olds, away)).toEqual({ outputs: olds, inputs: away });
    expect(at.lines.at(-1)).toMatch(/^warning: cannot be asked for its release, what is known stays/);
    await expect(release.read(at, vmId, {}, {})).rejects.toThrow("cannot be imported");
  });

  it("finds that nothing is installed", async () => {
    const inputs = await site.inputs(good);
    expect(await release.read(at, vmId, site.stored(inputs), inputs)).toBeUndefined();
  });
});

describe("over the protocol", () => {
  it("plans and creates, and keeps a connection secret that came as one", async () => {
    const running = await startServer(xenops);
    const engine = new TestEngine(running.port);
    await engine.configure({ url: site.xo.url, token: "good" });
    const type = "xenops:index:Release";
    const { connection, ...plain } = (await site.inputs(good)) as Record<string, string>;
    const inputs = { ...plain, connection: wireSecret(connection) };
    const checked = await engine.check(type, inputs);
    expect(checked.failures).toEqual([]);
    expect(checked.inputs.connection).toHaveProperty("4dabf18193072939515e22adb298388d");
    expect(await engine.create(type, inputs, { preview: true })).toMatchObject({
      outputs: { version: "4.1.7" },
    });
    const made = await engine.create(type, inputs);
    expect([made.id, Object.keys(made.outputs).sort()]).toEqual([
      vmId,
      ["build", "sha256", "version", "vmId"],
    ]);
    const changed = await engine.diff(type, vmId, made.outputs, { ...inputs, version: "4.1.8" });
    expect(changed.detailed).toEqual({ version: "update" });
    engine.close();
    await running.stop();
  });
});
