import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { unwrapProperties } from "../../../providers/kit/secrets.ts";
import { Secret } from "../../../providers/kit/types.ts";
import { decodeProperties } from "../../../providers/kit/wire.ts";
import { backupJob } from "../../../providers/xenops/backup-job.ts";
import { backupRepository } from "../../../providers/xenops/backup-repository.ts";
import { xenops } from "../../../providers/xenops/provider.ts";
import { release } from "../../../providers/xenops/release.ts";
import { Release, VmSnapshot } from "../../../providers/xenops/release-sdk.ts";
import { findVms, getPoolFacts, Provider, SshHostKey } from "../../../providers/xenops/sdk.ts";
import { BackupJob, BackupRepository, getLastGoodBackup } from "../../../providers/xenops/sdk-backup.ts";
import { sshHostKey } from "../../../providers/xenops/ssh-host-key.ts";
import { vmSnapshot } from "../../../providers/xenops/vm-snapshot.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { makeKeyPair } from "../../support/key-pair.ts";
import { testContext } from "../kit/context.ts";

const registered: pulumi.runtime.MockResourceArgs[] = [];
const called: pulumi.runtime.MockCallArgs[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource(args) {
      registered.push(args);
      return { id: `${args.name}-id`, state: { ...args.inputs, publicKey: "ssh-ed25519 AAAA" } };
    },
    call(args) {
      called.push(args);
      return { vms: [], id: "pool-1" };
    },
  });
});

function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** For what must not ask XO. */
function never(): XoClient {
  return new XoClient({ url: "ws://127.0.0.1:1", token: "t", patience: 0 });
}

describe("the SDK", () => {
  it("registers a host key with inputs that the provider accepts", async () => {
    const proxy = { host: "jump", port: 22, user: "jump", hostKey: makeKeyPair().publicKey };
    const key = new SshHostKey("key", { host: "198.18.10.11", vmId: "vm-1", proxy });
    expect(await known(key.publicKey)).toBe("ssh-ed25519 AAAA");
    expect(await known(key.vmId)).toBe("vm-1");
    const [resource] = registered;
    expect(Object.keys(xenops.resources)).toContain(resource?.type);
    expect(resource?.inputs).toEqual({ host: "198.18.10.11", vmId: "vm-1", proxy });
    const { failures } = await sshHostKey.check(testContext(undefined), resource?.inputs, {});
    expect(failures).toEqual([]);
  });

  it("registers a release and a snapshot with inputs that the provider accepts", async () => {
    const installed = new Release("release", {
      vmId: "vm-1",
      connection: { host: "198.18.10.11" },
      domain: "ratsinfo.example",
      version: "4.1.7",
      build: "4170039",
      sha256: "a".repeat(64),
      source: { file: "allrisnet-4.1.7.war" },
      minimumBaseImage: 2,
      expectedMinutes: 4,
      checks: { citizens: "/public/" },
    });
    const snapshot = new VmSnapshot("snapshot", { vmId: "vm-1", name: "before" });
    expect(await known(installed.version)).toBe("4.1.7");
    await known(snapshot.id);
    for (const [type, resource] of [
      ["Release", release],
      ["VmSnapshot", vmSnapshot],
    ] as const) {
      const inputs = registered.find((made) => made.type === `xenops:index:${type}`)?.inputs;
      const context = { ...testContext(undefined), client: never() };
      const { failures } = await resource.check(context, unwrapProperties(decodeProperties(inputs)), {});
      expect(failures).toEqual([]);
    }
  });

  it("registers backups with inputs that the provider accepts, and their secrets as such", async () => {
    const key = "0123456789abcdef0123456789ABCDEF";
    const repository = new BackupRepository("vault", {
      name: "vault",
      url: "s3://s3.example/bucket/farm",
      user: "AKIA",
      password: "secret",
      encryptionKey: key,
    });
    const job = new BackupJob("job", {
      name: "Hohenbrück",
      vmIds: ["vm-1"],
      repositories: [repository.id],
      schedule: { cron: "30 22 * * *", timezone: "Europe/Berlin" },
      retention: { daily: 14 },
    });
    await known(job.id);
    for (const [type, resource] of [
      ["BackupRepository", backupRepository],
      ["BackupJob", backupJob],
    ] as const) {
      const inputs = decodeProperties(
        registered.find((made) => made.type === `xenops:index:${type}`)?.inputs,
      );
      const context = { ...testContext(undefined), client: never() };
      const { failures } = await resource.check(context, unwrapProperties(inputs), {});
      expect(failures).toEqual([]);
      for (const name of ["user", "password", "encryptionKey"])
        if (type === "BackupRepository") expect(inputs[name]).toBeInstanceOf(Secret);
    }
  });

  it("gives a provider its arguments as text", async () => {
    const provider = new Provider("xo", { url: "ws://xo", token: "t", insecure: true });
    await known(provider.urn);
    await expect
      .poll(() => registered.find(({ type }) => type === "pulumi:providers:xenops")?.inputs)
      .toMatchObject({
        url: "ws://xo",
        insecure: "true",
      });
  });

  it("calls functions that the provider has", async () => {
    expect(await findVms({ tags: ["farm=prod"] })).toMatchObject({ vms: [] });
    expect(await getPoolFacts({ pool: "nord" })).toMatchObject({ id: "pool-1" });
    expect(await getLastGoodBackup({ vmId: "vm-1" })).toMatchObject({ id: "pool-1" });
    expect(called.map(({ token, inputs }) => [token, inputs])).toEqual([
      ["xenops:index:findVms", { tags: ["farm=prod"] }],
      ["xenops:index:getPoolFacts", { pool: "nord" }],
      ["xenops:index:getLastGoodBackup", { vmId: "vm-1" }],
    ]);
    for (const { token } of called) expect(Object.keys(xenops.functions)).toContain(token);
  });
});
