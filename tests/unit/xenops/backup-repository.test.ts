import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../providers/kit/wire.ts";
import { wireSecret } from "../kit/engine.ts";
import { secrets } from "../xo/support/start.ts";
import { BackupFarm } from "./backup-farm.ts";

const type = "xenops:index:BackupRepository";
const key = "0123456789abcdef0123456789ABCDEF";
const otherKey = "ABCDEF0123456789abcdef0123456789";
const marker = "obfuscated-q3oi6d9X8uenGvdLnHk2";

let farm: BackupFarm;
beforeAll(async () => {
  farm = await BackupFarm.begin();
});
afterAll(() => farm.end());

const vault = (path: string, more: JsonObject = {}): JsonObject => ({
  name: path.slice(1),
  url: `nfs://vault.example:${path}`,
  ...more,
});

describe("BackupRepository", () => {
  it("is made, tested, and found again without a change", async () => {
    const { id, outputs, inputs } = await farm.create(type, vault("/a", { options: "vers=4.1" }));
    expect(outputs).toEqual({ name: "a", url: "nfs://vault.example:/a", options: "vers=4.1", enabled: true });
    const remote = await farm.admin.call("remote.get", { id });
    expect(remote).toMatchObject({ name: "a", enabled: true, options: "vers=4.1", error: "" });
    expect(remote.benchmarks).toHaveLength(1);
    expect(await farm.drift(type, id, outputs, inputs)).toEqual({});
    await farm.engine.delete(type, id, outputs);
    await farm.engine.delete(type, id, outputs);
    expect(await farm.admin.fail("remote.get", { id })).toMatchObject({ code: 1 });
  });

  it("keeps its secrets secret, and compares none of them with what XO shows", async () => {
    const given = vault("/sealed", { encryptionKey: wireSecret(key) });
    const { id, outputs, inputs } = await farm.create(type, given);
    expect(outputs.encryptionKey).toEqual(wireSecret(key));
    expect(JSON.parse(new URLSearchParams(farm.stored(id).split("?")[1]).get("encryptionKey") ?? "")).toBe(
      key,
    );
    const read = await farm.engine.read(type, id, outputs, inputs);
    expect(read.outputs).toEqual(outputs);
    expect(await farm.drift(type, id, outputs, inputs)).toEqual({});
    await farm.engine.delete(type, id, outputs);
  });

  it("refuses another key while it holds archives of the first, and keeps what worked", async () => {
    const given = vault("/locked", { encryptionKey: key });
    const { id, outputs, inputs } = await farm.create(type, given);
    const vm = await farm.makeVm("locked");
    const job = await farm.create("xenops:index:BackupJob", {
      name: "locked",
      vmIds: [vm],
      repositories: [id],
      schedule: { cron: "0 3 * * *", timezone: "UTC" },
      retention: { last: 1 },
    });
    await farm.admin.call("backupNg.runJob", { id: job.id, schedule: job.outputs.scheduleId });
    const news = await farm.check(type, { ...given, encryptionKey: otherKey });
    const { detailed } = await farm.engine.diff(type, id, outputs, news, inputs);
    expect(detailed).toEqual({ encryptionKey: "update" });
    await expect(farm.engine.update(type, id, outputs, news)).rejects.toThrow(
      /cannot be used[\s\S]*encryption/,
    );
    expect(await farm.admin.call("remote.test", { id })).toMatchObject({ success: true });
    await farm.engine.delete("xenops:index:BackupJob", job.id, job.outputs);
    await farm.engine.delete(type, id, outputs);
  });

  it("shows what somebody changed in XO, and is repaired in place", async () => {
    const { id, outputs, inputs } = await farm.create(type, vault("/drift", { options: "vers=4.1" }));
    await farm.admin.call("remote.set", {
      id,
      name: "renamed",
      url: "nfs://elsewhere.example:/drift",
      options: null,
      enabled: false,
    });
    expect(await farm.drift(type, id, outputs, inputs)).toEqual({
      name: "update",
      url: "update",
      options: "add",
      enabled: "update",
    });
    const read = await farm.engine.read(type, id, outputs, inputs);
    const updated = await farm.engine.update(type, id, read.outputs, inputs);
    expect(await farm.drift(type, id, updated, inputs)).toEqual({});
    expect(await farm.admin.call("remote.get", { id })).toMatchObject({
      name: "drift",
      url: "nfs://vault.example:/drift",
      enabled: true,
      options: "vers=4.1",
    });
    await farm.engine.delete(type, id, updated);
  });

  it("is imported by its id alone; the program's key is taken for the one that it has", async () => {
    const url = `nfs://vault.example:/import?useVhdDirectory=true&encryptionKey=${encodeURIComponent(JSON.stringify(key))}`;
    const { id } = await farm.admin.call("remote.create", { name: "import", url });
    const read = await farm.engine.read(type, id);
    expect(read.inputs).toEqual({
      name: "import",
      url: "nfs://vault.example:/import",
      encryptionKey: wireSecret(marker),
      enabled: true,
    });
    const news = await farm.check(type, vault("/import", { encryptionKey: key }));
    expect((await farm.engine.diff(type, id, read.outputs, news)).detailed).toEqual({});
    const { encryptionKey: _key, ...open } = news;
    expect((await farm.engine.diff(type, id, read.outputs, open)).detailed).toEqual({
      encryptionKey: "delete",
    });
    await farm.engine.delete(type, id, read.outputs);
    expect((await farm.engine.read(type, id)).id).toBe("");
  });

  it("takes an address for the same however many slashes it has", async () => {
    const { id, outputs, inputs } = await farm.create(type, vault("/slashes//a/"));
    expect(await farm.drift(type, id, outputs, inputs)).toEqual({});
    await farm.engine.delete(type, id, outputs);
  });

  it("that cannot be used leaves nothing in XO, and says why", async () => {
    const given = { name: "cloud", url: "s3://s3.example/bucket/farm#eu", user: "AKIA", password: "s/e?c#r" };
    const before = await farm.admin.call("remote.getAll");
    await expect(farm.create(type, given)).rejects.toThrow(
      /cloud cannot be used[\s\S]*s3\.example[\s\S]*no s3 server/,
    );
    expect(await farm.admin.call("remote.getAll")).toEqual(before);
  });

  it("gives XO an S3 account in its own form, and finds it again", async () => {
    const given = { name: "cloud", url: "s3://s3.example/bucket/farm#eu", user: "AKIA", password: "s/e?c#r" };
    const url = "s3://AKIA:s%2Fe%3Fc%23r@s3.example/bucket/farm#eu";
    const { id } = await farm.admin.call("remote.create", { name: "cloud", url });
    const read = await farm.engine.read(type, id);
    expect(read.outputs).toEqual({
      name: "cloud",
      url: given.url,
      user: wireSecret("AKIA"),
      password: wireSecret(marker),
      enabled: true,
    });
    const news = await farm.check(type, given);
    expect((await farm.engine.diff(type, id, read.outputs, news)).detailed).toEqual({});
    await farm.engine.delete(type, id, read.outputs);
  });

  it("that a run which was cut off has made is taken over, not made twice", async () => {
    const { id } = await farm.admin.call("remote.create", vault("/twice"));
    const made = await farm.create(type, vault("/twice", { enabled: false }));
    expect(made.id).toBe(id);
    expect(await farm.admin.call("remote.get", { id })).toMatchObject({ enabled: false });
    await farm.engine.delete(type, id, made.outputs);
  });

  it("is planned without asking XO", async () => {
    const planned = await farm.engine.create(type, await farm.check(type, vault("/planned")), {
      preview: true,
    });
    expect(planned.id).toBe("");
    expect(JSON.stringify(await farm.admin.call("remote.getAll"))).not.toContain("planned");
  });

  it("is not removed while a job writes to it", async () => {
    const { id, outputs } = await farm.create(type, vault("/used"));
    await farm.admin.call("backupNg.createJob", {
      name: "Musterdorf",
      mode: "full",
      vms: { id: "x" },
      remotes: { id: { __or: [id, "other"] } },
      settings: {},
    });
    await expect(farm.engine.delete(type, id, outputs)).rejects.toThrow(
      /still used[\s\S]*backup jobs: Musterdorf/,
    );
    expect(await farm.admin.call("remote.get", { id })).toMatchObject({ name: "used" });
  });

  it.each<[string, JsonObject, string]>([
    ["a secret in the address", { url: "s3://user:secret@host/bucket/path" }, "url"],
    ["a key in the address", { url: 'nfs://host:/x?encryptionKey="a"' }, "url"],
    ["an unknown kind", { url: "smb://host/path" }, "url"],
    ["XO's own folder", { url: "file:///srv/xo-vm-backups" }, "url"],
    ["S3 without an account", { url: "s3://host/bucket/path" }, "user"],
    ["NFS with an account", { user: "a" }, "user"],
    ["a short key", { encryptionKey: "short" }, "encryptionKey"],
    ["mount options of a file", { url: "file:///srv/a", options: "vers=4" }, "options"],
  ])("refuses %s", async (_what, more, property) => {
    expect(Object.keys(await farm.problems(type, { ...vault("/x"), ...more }))).toContain(property);
  });
});

describe("without an administrator's token", () => {
  const none = /token of an XO administrator[\s\S]*"admin of Xen Orchestra"[\s\S]*XOA_ADMIN_TOKEN/;

  it("says what is missing before it does anything", async () => {
    const other = await BackupFarm.begin({ adminToken: "" });
    await expect(other.create(type, vault("/x"))).rejects.toThrow(none);
    await other.end();
  });

  it("names the right that another user's token lacks", async () => {
    const other = await BackupFarm.begin({ adminToken: secrets.token });
    await expect(other.create(type, vault("/x"))).rejects.toThrow(/lacks the right "admin of Xen Orchestra"/);
    await other.end();
  });
});
