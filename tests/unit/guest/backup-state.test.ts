import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { sha256, tree, useScene } from "./backup/scene.ts";
import { next } from "./release/scene.ts";

// Each runs some dozens of programs one after the other, on a machine that has other tests to run.
vi.setConfig({ testTimeout: 180_000 });

const scene = useScene();

describe("backup state", () => {
  it("holds the application's files, its database and what the machine has made, with their checksums", async () => {
    await scene().furnish();
    scene().machine.put("etc/farm/site.json", JSON.stringify(site));
    scene().machine.put("etc/farm/tls/abc/key.pem", "KEY");
    symlinkSync("abc", scene().machine.path("etc/farm/tls/current"));
    scene().machine.put("var/lib/farm/traffic/2026.json", "{}");
    scene().machine.put("etc/allrisnet/secrets/ldap-bind-password", "secret words");
    const { result } = await scene().well(["state"]);
    expect(result).toMatchObject({ outcome: "done", release: { version: "4.1.7" }, dangling: 0 });
    expect(tree(scene().state("files"))).toEqual(scene().files());
    const manifest = scene().manifest();
    const paths = manifest["files"].map((entry: { path: string }) => entry.path);
    expect(paths).toEqual([
      "files/first.pdf",
      "files/motions/2026/one.pdf",
      "files/motions/2026/two.pdf",
      "machine/etc/farm/site.json",
      "machine/etc/farm/tls/abc/key.pem",
      "machine/generation.json",
      "machine/var/lib/farm/changes.jsonl",
      "machine/var/lib/farm/traffic/2026.json",
      "references.json",
    ]);
    expect(manifest["files"][2]).toMatchObject({ sha256: sha256("two"), size: 3, mode: "0640" });
    expect(manifest["links"]).toEqual([{ path: "machine/etc/farm/tls/current", target: "abc" }]);
    const dump = readFileSync(scene().state("database.dump"));
    expect(manifest["database"]).toMatchObject({
      name: "allrisnet_1",
      sha256: sha256(dump),
      size: dump.length,
      rows: { "public.note": 1, "public.farm_migrations": 1 },
      references: 1,
    });
    expect(Date.now() - Date.parse(manifest["takenAt"])).toBeLessThan(60_000);
    expect(statSync(scene().machine.path("var/backups/farm")).mode & 0o777).toBe(0o700);
    expect(JSON.stringify(tree(scene().machine.path("var/backups/farm")))).not.toContain("secret words");
    expect((await scene().well(["show"])).result).toMatchObject({ stamp: scene().current(), older: [] });
  });

  it("copies what is new and links the rest to the state before, of which one stays", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    const first = scene().state("files/motions/2026/one.pdf");
    scene().file("motions/2026/three.pdf", "three");
    expect((await scene().well(["state"])).result["copied"]).toBe(2);
    expect(statSync(scene().state("files/motions/2026/one.pdf")).ino).toBe(statSync(first).ino);
    // Never a link to the application's own file, which may write into it.
    expect(statSync(first).ino).not.toBe(statSync(scene().path("motions/2026/one.pdf")).ino);
    scene().file("motions/2026/one.pdf", "new");
    await scene().well(["state"]);
    expect(readFileSync(scene().state("files/motions/2026/one.pdf"), "utf8")).toBe("new");
    expect(scene().states()).toHaveLength(2);
    expect((await scene().well(["verify"])).result["faultCount"]).toBe(0);
    const older = scene()
      .states()
      .filter((name) => name !== scene().current());
    const folder = scene().machine.path(`var/backups/farm/${older[0]}`);
    expect((await scene().well(["verify", "--folder", folder])).result["faultCount"]).toBe(0);
  });

  it("reads a linked copy again every 30 days, and replaces a damaged one", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    const path = scene().state("files/motions/2026/one.pdf");
    const { atime, mtime } = statSync(path);
    writeFileSync(path, "xne");
    utimesSync(path, atime, mtime);
    // SCRATCH_REREAD=1: every file is due today.
    const { result } = await scene().call(["state"], { env: { SCRATCH_REREAD: "1" } });
    expect(result["notes"]).toEqual(["1 files of the state before were damaged; they were copied anew"]);
    expect(readFileSync(scene().state("files/motions/2026/one.pdf"), "utf8")).toBe("one");
  });

  it("copies nothing anew after a release change, which makes all files new ones", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    await scene().machine.call(["update"], await scene().machine.request(next));
    const { result } = await scene().well(["state"]);
    expect(result["release"]).toMatchObject({ version: "4.1.8" });
    expect(tree(scene().state("files"))).toEqual(scene().files());
    expect(result["copied"]).toBeLessThanOrEqual(2);
  });

  it("says how many rows name a file that is not there, and verify says which", async () => {
    await scene().furnish();
    await scene().machine.write("second");
    scene().removeFile("second.pdf");
    expect((await scene().well(["state"])).result["dangling"]).toBe(1);
    const { result } = await scene().well(["verify"]);
    expect(result).toMatchObject({ outcome: "done", dangling: 1, danglingNames: ["second.pdf"] });
  });

  it("loses no file that a row names, whatever is added and removed while it is written", async () => {
    await scene().furnish();
    for (let number = 0; number < 40; number++) await scene().machine.write(`old${number}`);
    let going = true;
    const work = (async () => {
      for (let number = 0; going; number++) {
        await scene().machine.write(`new${number}`);
        // As the application does it: the row goes first.
        await scene().machine.postgres.query(
          "allrisnet_1",
          `DELETE FROM note WHERE words = 'old${number % 40}'`,
        );
        rmSync(scene().path(`old${number % 40}.pdf`), { force: true });
      }
    })();
    for (let round = 0; round < 3; round++) {
      const { result } = await scene().well(["state"]);
      expect([result["dangling"], result["files"] > 0]).toEqual([0, true]);
      expect((await scene().well(["verify"])).result).toMatchObject({ faultCount: 0, danglingNames: [] });
    }
    going = false;
    await work;
  });

  it("leaves the state before when the power goes at any step", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    const before = scene().current();
    scene().file("later.pdf", "later");
    for (const step of ["files", "database", "added", "machine", "manifest"]) {
      await scene().cut(step, ["state"]);
      expect([step, scene().current()]).toEqual([step, before]);
    }
    expect((await scene().well(["verify"])).result["faultCount"]).toBe(0);
    expect((await scene().well(["state"])).result["outcome"]).toBe("done");
    expect(existsSync(scene().state("files/later.pdf"))).toBe(true);
    expect(scene().states()).toHaveLength(2);
  });

  it("is the new state when the power goes after its commit, and killed at any moment one or the other", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    const before = scene().current();
    await scene().cut("commit", ["state"]);
    expect(scene().current()).not.toBe(before);
    expect((await scene().well(["verify"])).result["faultCount"]).toBe(0);
    for (let after = 60; after < 500; after += 110) {
      const child = scene().spawn(["state"]);
      child.stdin.end();
      setTimeout(() => child.kill("SIGKILL"), after);
      await new Promise((resolve) => child.once("exit", resolve));
      expect((await scene().well(["verify"])).result["faultCount"]).toBe(0);
    }
    await scene().well(["state"]);
    expect(scene().states()).toHaveLength(2);
  });

  it("fails with figures when the disk is full, and keeps the old state", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    await scene().well(["state"]);
    const before = scene().current();
    scene().file("later.pdf", "later");
    const { code, result } = await scene().call(["state"], { env: { SCRATCH_MARGIN: String(1e15) } });
    expect([code, result["outcome"]]).toEqual([1, "failed"]);
    expect(result["story"]).toMatch(/has \d+ MB free; this takes 1 MB, and 1000000000 MB have to stay free/);
    // The older one was given up for the new one.
    expect(scene().states()).toEqual([before]);
    expect((await scene().well(["verify"])).result["faultCount"]).toBe(0);
    const states = (await scene().well(["show"])).result["states"];
    expect(states.map((line: { outcome: string }) => line.outcome)).toEqual(["done", "done", "failed"]);
    expect(JSON.stringify(states)).not.toContain("later.pdf");
  });

  it("gives way to a change of the release, which waits for it in turn", async () => {
    await scene().furnish();
    scene().machine.fault("copy-half", "cut");
    await scene().machine.call(["begin", "run-1", "update"], await scene().machine.request(next));
    await expect.poll(() => existsSync(scene().machine.path("run/farm/fault-reached"))).toBe(true);
    const { code, result } = await scene().call(["state"]);
    expect([code, result["outcome"]]).toEqual([75, "busy"]);
    expect(result["story"]).toContain(
      "a change of the release or of packages, or another state, is under way",
    );
    await scene().machine.crash();
    await scene().machine.boot();
    scene().machine.fault("files", "cut");
    const child = scene().spawn(["state"]);
    await expect.poll(() => existsSync(scene().machine.path("run/farm/fault-reached"))).toBe(true);
    const update = await scene().machine.call(["update"], await scene().machine.request(next));
    expect([update.code, update.result["story"]]).toEqual([
      75,
      expect.stringContaining("the state of a backup is being written"),
    ]);
    child.kill("SIGKILL");
  });

  it("is refused with a reason where nothing is installed", async () => {
    await scene().fresh();
    const { code, result } = await scene().call(["state"]);
    expect([code, result["story"]]).toEqual([
      1,
      "nothing is installed on this machine: there is no state to write",
    ]);
    expect((await scene().call(["show"])).result["story"]).toMatch(/^no state was written/);
    mkdirSync(scene().machine.path("x"));
    const { result: strange } = await scene().call(["verify", "--folder", scene().machine.path("x")]);
    expect(strange["story"]).toMatch(/holds no state/);
  });
});

describe("backup verify", () => {
  it("names what is missing, changed, cut off, added, or another link", async () => {
    await scene().furnish();
    scene().machine.put("etc/allrisnet/sets/x/presentations.xml", "<x/>");
    symlinkSync("sets/x", scene().machine.path("etc/allrisnet/4.1.6"));
    await scene().well(["state"]);
    rmSync(scene().state("files/first.pdf"));
    writeFileSync(scene().state("files/motions/2026/one.pdf"), "xne");
    writeFileSync(scene().state("files/motions/2026/two.pdf"), "tw");
    writeFileSync(scene().state("files/strange.pdf"), "");
    rmSync(scene().state("machine/etc/allrisnet/4.1.6"));
    symlinkSync("sets/y", scene().state("machine/etc/allrisnet/4.1.6"));
    const dump = readFileSync(scene().state("database.dump"));
    writeFileSync(scene().state("database.dump"), dump.subarray(0, 100));
    const { code, result } = await scene().call(["verify"]);
    expect([code, result["outcome"], result["faultCount"]]).toEqual([1, "failed", 6]);
    const faults = result["faults"].map(
      (fault: Record<string, string>) => `${fault["path"]} ${fault["fault"]}`,
    );
    expect(faults.sort()).toEqual([
      `database.dump has 100 bytes, expected ${dump.length}`,
      "files/first.pdf is missing",
      "files/motions/2026/one.pdf has another content",
      "files/motions/2026/two.pdf has 2 bytes, expected 3",
      "files/strange.pdf is not in the manifest",
      "machine/etc/allrisnet/4.1.6 is another link",
    ]);
  });
});

describe("backup self-check", () => {
  it("is well when the application answers, the state verifies and the dump can be read back", async () => {
    await scene().furnish();
    await scene().well(["state"]);
    const { result } = await scene().well(["self-check"]);
    expect(result["parts"]).toEqual({
      application: { well: true, version: "4.1.7", pages: [] },
      state: { well: true },
      database: { well: true, tables: 2, rows: 2 },
    });
    expect(await scene().machine.databases()).toEqual(["allrisnet_1"]);
    writeFileSync(scene().state("files/first.pdf"), "x");
    await scene().machine.crash();
    const ill = await scene().call(["self-check"]);
    expect([ill.code, ill.result["outcome"]]).toEqual([1, "failed"]);
    expect(ill.result["parts"]).toMatchObject({
      application: { well: false },
      state: { well: false },
      database: { well: true },
    });
  });
});

const site = {
  domain: "ratsinfo.example",
  issuer: "acme",
  allrisnet: { citizens: { enabled: true }, politicians: { enabled: true } },
};
