import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseRemoteUrl } from "../../../lab/xo/backup/remote-url.ts";
import { BackupScene } from "./support/backup-scene.ts";
import { temporaryFolder } from "./support/start.ts";

const marker = "obfuscated-q3oi6d9X8uenGvdLnHk2";
const key = "0123456789abcdef0123456789ABCDEF";
const otherKey = "ABCDEF0123456789abcdef0123456789";

let scene: BackupScene;
const backups = temporaryFolder();
beforeAll(async () => {
  scene = await BackupScene.begin({ backups });
});
afterAll(async () => {
  await scene.lab.remove();
  rmSync(backups, { recursive: true, force: true });
});

const encrypted = (path: string, secret: string): string =>
  `nfs://vault.example:${path}?useVhdDirectory=true&encryptionKey=${encodeURIComponent(JSON.stringify(secret))}`;

function allFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("a backup repository", () => {
  it.each([
    ["file:///srv/backups", { type: "file", path: "/srv/backups" }],
    ["nfs://vault.example:/export", { type: "nfs", host: "vault.example", path: "/export" }],
    ["nfs://vault.example:2049:/export/a", { host: "vault.example:2049", path: "/export/a" }],
    ["smb://u:p@domain\\\\host\0path", { type: "smb", user: "u", password: "p", path: "/path" }],
    [
      "s3://AKIA:s%2Fecret@s3.example/bucket/path#eu-central-1",
      { type: "s3", user: "AKIA", password: "s/ecret", path: "/bucket/path", region: "eu-central-1" },
    ],
    ["s3+http://a:b@localhost:9000/bucket/x", { scheme: "s3+http", host: "localhost:9000" }],
    ["azure://account:key@host/container/path", { type: "azure", path: "/container/path" }],
  ])("is at %s", (url, parts) => {
    expect(parseRemoteUrl(url)).toMatchObject(parts);
  });

  it.each([
    "ftp://host/path",
    "nfs://host/path",
    "file:///srv/xo-vm-backups",
    "file:///srv/../etc",
    `nfs://host:/x?encryptionKey="${key}"`,
    "nfs://host:/x?useVhdDirectory=yes",
  ])("is not at %s", async (url) => {
    expect(await scene.fail("remote.create", { name: "x", url })).toMatchObject({ code: 10 });
  });

  it("shows no secret, and keeps its own where the marker comes back", async () => {
    const url = "s3://AKIA:very-secret@s3.example/bucket/path?useVhdDirectory=true#eu";
    const { id } = await scene.call("remote.create", { name: "cloud", url, options: "a" });
    const shown = await scene.call("remote.get", { id });
    expect(shown).toEqual({
      id,
      name: "cloud",
      url: `s3://AKIA:${marker}@s3.example/bucket/path?useVhdDirectory=true#eu`,
      enabled: true,
      error: "",
      options: "a",
    });
    await scene.call("remote.set", { id, url: shown.url.replace("bucket", "other"), options: null });
    expect(scene.lab.built.simulator.backups.remotes.find(id).url).toBe(url.replace("bucket", "other"));
    expect(await scene.call("remote.get", { id })).not.toHaveProperty("options");
    expect(JSON.stringify(await scene.call("remote.getAll"))).not.toContain("very-secret");
    // The lab has no S3 server, and says so at the first use.
    expect((await scene.fail("remote.test", { id })).message).toContain("the lab has no s3 server");
    await scene.call("remote.delete", { id });
    expect(await scene.fail("remote.get", { id })).toMatchObject({ code: 1 });
  });

  it("is tested, remembers it, and tells its sizes", async () => {
    const tested = await scene.call("remote.test", { id: scene.remote });
    expect(tested).toMatchObject({
      success: true,
      readRate: expect.any(Number),
      writeRate: expect.any(Number),
    });
    expect((await scene.call("remote.get", { id: scene.remote })).benchmarks).toHaveLength(1);
    expect((await scene.call("remote.getAllInfo"))[scene.remote]).toMatchObject({
      size: expect.any(Number),
      encryption: { isEncrypted: false },
    });
    expect(existsSync(join(backups, "nfs", "vault.example", "backups"))).toBe(true);
  });

  it("holds archives in XO's places, each with its size and checksum, and nothing half", async () => {
    await scene.run(await scene.makeJob());
    const own = join(backups, "nfs/vault.example/backups/xo-vm-backups", scene.vm);
    const names = readdirSync(own);
    expect(names.map((name) => name.replace(/^\d{8}T\d{6}Z/, ""))).toEqual([".json", ".xva"]);
    const metadata = JSON.parse(readFileSync(join(own, names[0] ?? ""), "utf8"));
    expect(metadata).toMatchObject({ mode: "full", xva: `./${names[1]}`, vm: { uuid: scene.vm } });
    expect(metadata.parts[0].sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("with a key holds nothing that could be read without it", async () => {
    const id = await scene.makeRemote("sealed", encrypted("/sealed", key));
    expect((await scene.call("remote.get", { id })).url).not.toContain(key);
    const [disk] = await scene.disksOf(scene.vm);
    scene.write(disk.id, "a paper that is not public");
    await scene.run(await scene.makeJob({}, { remotes: { id } }));
    const [archive] = await scene.archives(scene.vm, id);
    const files = allFiles(join(backups, "nfs/vault.example/sealed"));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(readFileSync(file, "latin1")).not.toMatch(/not public|hohenbrueck/);
    const pool = await scene.lab.admin.named("pool", "nord");
    const settings = { newMacAddresses: true };
    const restored = await scene.call("backupNg.importVmBackup", {
      id: archive.id,
      sr: pool.default_SR,
      settings,
    });
    expect((await scene.contentsOf(restored))[0]).toBe("a paper that is not public");
    await scene.call("vm.delete", { id: restored });

    const wrong = await scene.makeRemote("wrong", encrypted("/sealed", otherKey));
    expect((await scene.fail("remote.test", { id: wrong })).message).toContain("encryption settings");
    const open = await scene.makeRemote("open", "nfs://vault.example:/sealed");
    expect((await scene.fail("remote.test", { id: open })).message).toContain("encryption settings");
    const short = await scene.makeRemote("short", encrypted("/short", "too short"));
    expect((await scene.fail("remote.test", { id: short })).message).toContain("32 characters");
  });

  it("notices an archive that was changed, and restores nothing of it", async () => {
    const id = await scene.makeRemote("changed", "file:///changed");
    await scene.run(await scene.makeJob({}, { remotes: { id } }));
    const [archive] = await scene.archives(scene.vm, id);
    const file = allFiles(join(backups, "file/changed")).find((each) => each.endsWith(".xva")) ?? "";
    const bytes = readFileSync(file);
    bytes[1500] = (bytes[1500] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const [vms, disks] = [await scene.lab.admin.all("VM"), await scene.lab.admin.all("VDI")];
    const pool = await scene.lab.admin.named("pool", "nord");
    const failed = await scene.fail("backupNg.importVmBackup", {
      id: archive.id,
      sr: pool.default_SR,
      settings: {},
    });
    expect(failed.message).toContain("the archive is damaged");
    expect(await scene.lab.admin.all("VM")).toHaveLength(vms.length);
    expect(await scene.lab.admin.all("VDI")).toHaveLength(disks.length);
    expect(await scene.lastLog()).toMatchObject({ message: "restore", status: "failure" });
  });

  it.each([
    ["full", "ENOSPC", "export"],
    ["read-only", "EROFS", "get remote adapter"],
    ["gone", "EHOSTDOWN", "get remote adapter"],
  ])("that is %s takes no backup, and the job fails with the system's reason", async (as, code, step) => {
    const id = await scene.makeRemote(as, `file:///${as}`);
    const job = await scene.makeJob({}, { remotes: { id } });
    await scene.run(job);
    await scene.call("lab.failRemote", { id, as });
    const log = await scene.run(job);
    expect(log.status).toBe("failure");
    expect(JSON.stringify(log)).toContain(`"code":"${code}"`);
    expect(JSON.stringify(log)).toContain(`"message":"${step}"`);
    const listed = await scene.call("backupNg.listVmBackups", { remotes: [id], _forceRefresh: true });
    if (as === "full") expect(listed[id][scene.vm]).toHaveLength(1);
    else expect(listed).toEqual({ [id]: null });
    await scene.call("lab.healRemote", { id });
    expect(await scene.archives(scene.vm, id)).toHaveLength(1);
    expect(allFiles(join(backups, "file", as)).filter((file) => /\/\.[^/]+$/.test(file))).toEqual([]);
    expect(await scene.run(job)).toMatchObject({ status: "success" });
    expect(await scene.archives(scene.vm, id)).toHaveLength(2);
  });

  it("beside another that fails still gets its backup; one that is switched off is passed over", async () => {
    const [one, two] = [
      await scene.makeRemote("one", "file:///one"),
      await scene.makeRemote("two", "file:///two"),
    ];
    const job = await scene.makeJob({}, { remotes: { id: { __or: [one, two] } } });
    await scene.call("lab.failRemote", { id: two, as: "full" });
    expect(await scene.run(job)).toMatchObject({ status: "failure" });
    expect([await scene.archives(scene.vm, one), await scene.archives(scene.vm, two)]).toMatchObject([
      [{ backupRepository: one }],
      [],
    ]);
    await scene.call("remote.set", { id: two, enabled: false });
    expect(await scene.run(job)).toMatchObject({ status: "success" });
    await scene.call("remote.set", { id: one, enabled: false });
    const off = await scene.fail("backupNg.runJob", { id: job.id, schedule: job.schedule });
    expect(off.message).toBe("couldn't instantiate any remote");
    expect(await scene.lastLog()).toMatchObject({ status: "failure" });
  });

  it("is listed anew only when asked, or after a run", async () => {
    const id = await scene.makeRemote("listed", "file:///listed");
    await scene.run(await scene.makeJob({}, { remotes: { id } }));
    expect(await scene.archives(scene.vm, id)).toHaveLength(1);
    rmSync(join(backups, "file/listed/xo-vm-backups"), { recursive: true });
    const stale = await scene.call("backupNg.listVmBackups", { remotes: [id] });
    expect(stale[id][scene.vm]).toHaveLength(1);
    expect(await scene.archives(scene.vm, id)).toEqual([]);
  });
});
