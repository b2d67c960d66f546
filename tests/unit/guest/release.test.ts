import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { breaking, expectWhole, good, installed, next, useMachine } from "./release/scene.ts";

const machine = useMachine();

describe("install", () => {
  it("makes role, password, database and the first generation, without maintenance", async () => {
    const { code, result, told } = await machine().call(["install"], await machine().request(good));
    expect([code, result.outcome, result.awaySeconds]).toEqual([0, "done", 0]);
    const steps = [
      "fetch",
      "verify",
      "unpack",
      "copy",
      "migrate",
      "start",
      "check",
      "commit",
      "open",
      "settle",
    ];
    expect(told.filter((line) => "seconds" in line).map((line) => line.step)).toEqual(steps);
    expect(await machine().version()).toBe("4.1.7");
    expect(await machine().databases()).toEqual(["allrisnet_1"]);
    expect(statSync(machine().path("etc/allrisnet/database.password")).mode & 0o777).toBe(0o640);
    expect(machine().changes()).toMatchObject([{ from: null, to: "4.1.7", result: "done" }]);
    const environment = readFileSync(machine().path("srv/allrisnet/current/environment"), "utf8");
    expect(environment).toContain("-Dallrisnet.jdbc=jdbc:postgresql://127.0.0.1/allrisnet_1");
    expect(environment).toContain(`-Dallrisnet.parameters=${machine().path("etc/allrisnet/4.1.7")}`);
    const password = readFileSync(machine().path("etc/allrisnet/database.password"), "utf8").trim();
    expect(environment).not.toContain(password);
    expect(readFileSync(`${machine().postgres.folder}/log`, "utf8")).not.toContain(password);
    expect(existsSync(machine().path("upload-4.1.7.war"))).toBe(false);
  });

  it("does nothing when it is there, but sees to it that it runs", async () => {
    await installed(machine());
    const again = await machine().call(["update"], await machine().request(good));
    expect(again).toMatchObject({ code: 0, result: { outcome: "nothing", generation: 1 } });
    expect((await machine().call(["install"], await machine().request(next))).result).toMatchObject({
      outcome: "failed",
      story: "4.1.7 is installed already: ask for an update",
    });
    expect(machine().generations()).toEqual(["1"]);
  });

  it("leaves nothing of a first release that does not start", async () => {
    const dead = { ...good, behaviour: { dies: true } };
    const { code, result } = await machine().call(["install"], await machine().request(dead));
    expect([code, result.outcome, result.failedStep]).toEqual([1, "back", "start"]);
    expect(result.story).toContain("4.1.7 does not stay up (the database is not what this release expects)");
    expect(result.story).toMatch(/Nothing is installed$/);
    expect([machine().current(), machine().generations(), machine().releases()]).toEqual(["none", [], []]);
    expect(await machine().databases()).toEqual([]);
    await installed(machine());
  });
});

describe("update", () => {
  it("brings the data along, migrated, and keeps the old generation as it was", async () => {
    await installed(machine());
    await machine().write("kept");
    const request = await machine().request(next, { window: "2026-05-12" });
    const { code, result } = await machine().call(["update"], request);
    expect([code, result.outcome, result.from, result.to]).toEqual([0, "done", "4.1.7", "4.1.8"]);
    expect(result.awaySeconds).toBeGreaterThan(0);
    await expectWhole(machine(), "4.1.8", 2);
    expect(await machine().postgres.query("allrisnet_2", "SELECT author FROM note")).toEqual(["Büro"]);
    const owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'note'";
    expect(await machine().postgres.query("allrisnet_2", owner)).toEqual(["allrisnet"]);
    const columns = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'note'";
    expect(await machine().postgres.query("allrisnet_1", columns)).toEqual(["2"]);
    expect(machine().changes().at(-1)).toMatchObject({
      from: "4.1.7",
      to: "4.1.8",
      window: "2026-05-12",
      result: "done",
    });
  });

  it("waits for requests that run", async () => {
    await installed(machine());
    const slow = fetch(`http://127.0.0.1:${machine().port}/slow`).then(({ status }) => status);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { result } = await machine().call(["update"], await machine().request(next));
    expect([await slow, result.outcome, result.notes]).toEqual([200, "done", []]);
  });

  it("goes back by itself, with all data, from a release that breaks some time after its start", async () => {
    await installed(machine());
    await machine().write("kept");
    const { code, result } = await machine().call(["update"], await machine().request(breaking));
    expect([code, result.outcome, result.failedStep]).toEqual([1, "back", "check"]);
    expect(result.story).toMatch(
      /^4\.1\.9 failed at the step check: 0 s after 4\.1\.9 answered first: \/citizens\/ answers 500\. It went back by itself: 4\.1\.7 answers again with its data, after [\d.]+ s away$/,
    );
    await expectWhole(machine(), "4.1.7", 1);
    expect([machine().generations(), machine().releases().length]).toEqual([["1"], 1]);
    expect(await machine().databases()).toEqual(["allrisnet_1"]);
    expect(machine().changes().at(-1)).toMatchObject({ from: "4.1.7", to: "4.1.9", result: "back" });
  });

  it("goes back at whatever step it fails", async () => {
    await installed(machine());
    await machine().write("kept");
    for (const step of ["wait", "stop", "copy-half", "migrate", "start", "check"]) {
      machine().fault(step, "fail");
      const { code, result } = await machine().call(["update"], await machine().request(next));
      expect([code, result.outcome, result.failedStep]).toEqual([1, "back", step.split("-")[0]]);
      expect(result.reason).toBe(`the fault point ${step} was set`);
      await expectWhole(machine(), "4.1.7", 1);
      expect([machine().generations(), await machine().databases()]).toEqual([["1"], ["allrisnet_1"]]);
    }
  });

  it("names the statement that a migration fails at, and none of its statements stays", async () => {
    await installed(machine());
    await machine().write("kept");
    const migrations = {
      "002-one": "CREATE TABLE other (id int);",
      "003-two": "ALTER TABLE nothing ADD author text;",
    };
    const { result } = await machine().call(["update"], await machine().request({ ...next, migrations }));
    expect(result).toMatchObject({ outcome: "back", failedStep: "migrate" });
    expect(result.reason).toContain('relation "nothing" does not exist');
    await expectWhole(machine(), "4.1.7", 1);
  });

  it("does not demand of the old release what it did not do before", async () => {
    await installed(machine());
    await machine().cut("verify", ["update"], await machine().request(next));
    const { code, result } = await machine().call(["update"], await machine().request(breaking));
    expect([code, result.outcome]).toEqual([1, "back"]);
    expect(result.story).toMatch(/It went back by itself to 4\.1\.7, which did not answer before either$/);
  });

  it("says so when the old release does not come back, and leaves the site closed", async () => {
    await installed(machine());
    rmSync(machine().path(`srv/allrisnet/releases/${machine().releases()[0]}/application.py`));
    const { code, result } = await machine().call(["update"], await machine().request(breaking));
    expect([code, result.outcome]).toEqual([2, "stuck"]);
    expect(result.story).toMatch(
      /answers 500\. Going back failed as well: 4\.1\.7 does not stay up \(.*application\.py/,
    );
    expect(existsSync(machine().path("run/farm/maintenance"))).toBe(true);
    expect(machine().current()).toBe("generations/1");
  });
});

describe("what is refused before the site is touched", () => {
  it.each([
    ["another sha256", { sha256: "0".repeat(64) }, /the archive has the sha256 [0-9a-f]{64}, expected 0{64}/],
    [
      "another build",
      { build: "4180013" },
      /the archive holds 4\.1\.8 \(4180012\), expected 4\.1\.8 \(4180013\)/,
    ],
    ["an old template", { minimumBaseImage: 3 }, /made from template 2, 4\.1\.8 needs 3 or newer/],
    ["an address without TLS", { archive: "", url: "http://x/a.war" }, /comes from a file or over https/],
  ])("%s", async (_what, more, reason) => {
    await installed(machine());
    const { code, result } = await machine().call(["update"], await machine().request(next, more));
    expect([code, result.outcome, result.awaySeconds]).toEqual([1, "refused", 0]);
    expect(result.reason).toMatch(reason);
    expect(result.story).toMatch(/The site was not touched, it runs 4\.1\.7$/);
    expect(await machine().version()).toBe("4.1.7");
    expect(machine().releases()).toHaveLength(1);
  });

  it("a release whose parameters were not rolled out", async () => {
    await installed(machine());
    rmSync(machine().path("etc/allrisnet/4.1.8"), { recursive: true });
    const { result } = await machine().call(["update"], await machine().request(next));
    expect(result.reason).toMatch(
      /etc\/allrisnet\/4\.1\.8 does not exist: the parameters for 4\.1\.8 were not rolled out/,
    );
  });

  it("an older release", async () => {
    await installed(machine(), next);
    const { code, result } = await machine().call(["update"], await machine().request(good));
    expect([code, result.outcome]).toEqual([1, "refused"]);
    expect(result.reason).toMatch(/^4\.1\.7 is older than 4\.1\.8 and would not understand its data/);
  });

  it("a fault point on a machine that is not the lab's", async () => {
    rmSync(machine().path("usr/share/farm/lab"));
    machine().fault("copy", "cut");
    const { code, result } = await machine().call(["install"], await machine().request(good));
    expect([code, result.outcome]).toEqual([1, "failed"]);
    expect(result.story).toMatch(/this machine is not the lab's: remove the file/);
  });
});
