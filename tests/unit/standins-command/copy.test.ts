import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { copyToRemote } from "../../../lab/standins/command/copy-to-remote.ts";
import { command } from "../../../lab/standins/command/provider.ts";
import { startServer } from "../../../providers/kit/serve.ts";
import { Asset, type Properties } from "../../../providers/kit/types.ts";
import { makeKeyPair } from "../../support/key-pair.ts";
import { testContext } from "../kit/context.ts";
import { TestEngine, wireAsset, wireSecret } from "../kit/engine.ts";
import { SshServer } from "./ssh-server.ts";

const context = testContext(undefined);
let server: SshServer;
let connection: Properties;
let here: string;
let there: string;

beforeAll(async () => {
  const [hostKey, user] = [makeKeyPair(), makeKeyPair()];
  server = await SshServer.start({ hostKeys: [hostKey], authorizedKeys: [user.publicKey] });
  connection = {
    host: "127.0.0.1",
    port: server.port,
    privateKey: user.privateKey,
    hostKey: hostKey.publicKey,
    dialErrorLimit: 0,
  };
  vi.stubEnv("SSH_AUTH_SOCK", "");
  here = mkdtempSync(join(tmpdir(), "copy-from-"));
  there = mkdtempSync(join(tmpdir(), "copy-to-"));
  mkdirSync(join(here, "site/deep"), { recursive: true });
  writeFileSync(join(here, "site/index.html"), "hello");
  writeFileSync(join(here, "site/deep/data"), Buffer.alloc(300_000, 7));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  for (const folder of [here, there]) rmSync(folder, { recursive: true });
});

function fileAsset(name: string, hash = "h1"): Asset {
  return new Asset("asset", hash, join(here, name));
}

async function copy(source: Asset, remotePath: string): Promise<void> {
  await copyToRemote.create(context, { connection, source, remotePath });
}

function read(path: string): string {
  return readFileSync(join(there, path), "utf8");
}

describe("CopyToRemote", () => {
  it("copies a file and makes the folders above it", async () => {
    const { id } = await copyToRemote.create(context, {
      connection,
      source: fileAsset("site/index.html"),
      remotePath: join(there, "a/b/page"),
    });
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(read("a/b/page")).toBe("hello");
  });

  it("copies a file into a folder, and a text over a file", async () => {
    await copy(fileAsset("site/index.html"), join(there, "a"));
    expect(read("a/index.html")).toBe("hello");
    await copy(new Asset("asset", "h", undefined, "grün"), join(there, "a/index.html"));
    expect(read("a/index.html")).toBe("grün");
    await expect(copy(new Asset("asset", "h", undefined, "x"), join(there, "a"))).rejects.toThrow(
      "needs the name of a file",
    );
  });

  it("copies a folder below its name, or its content when it ends with a slash", async () => {
    await copy(new Asset("archive", "h", join(here, "site")), join(there, "www"));
    expect(read("www/site/index.html")).toBe("hello");
    expect(readFileSync(join(there, "www/site/deep/data"))).toEqual(Buffer.alloc(300_000, 7));
    await copy(new Asset("archive", "h", `${join(here, "site")}/`), join(there, "flat"));
    expect(read("flat/index.html")).toBe("hello");
    await expect(
      copy(new Asset("archive", "h", `${join(here, "site")}/`), join(there, "a/b/page")),
    ).rejects.toThrow("is no folder");
  });

  it("says what is missing", async () => {
    await expect(copy(fileAsset("none"), join(there, "none"))).rejects.toThrow("ENOENT");
  });

  it("copies again only when the content or the target changed", async () => {
    const target = join(there, "again");
    const olds = { connection, source: fileAsset("site/index.html"), remotePath: target };
    const update = (news: Properties) => copyToRemote.update?.(context, "id", olds, { ...olds, ...news });
    const appeared = () => tryRead(target);
    await update({ connection: { ...connection, host: "localhost" } });
    expect(appeared()).toBe(undefined);
    await update({ source: fileAsset("site/index.html", "h2") });
    expect(appeared()).toBe("hello");
    await update({ remotePath: `${target}-2` });
    expect(read("again-2")).toBe("hello");
    await copyToRemote.delete(context, "id", olds);
    expect(appeared()).toBe("hello");
  });

  it("compares by hash and replaces by triggers", async () => {
    const olds = { connection, source: fileAsset("x"), remotePath: "/x", triggers: ["1"] };
    const diff = (news: Properties) => copyToRemote.diff(context, "id", olds, { ...olds, ...news }, {});
    expect(await diff({ source: new Asset("asset", "h1") })).toEqual({ differences: {} });
    expect(await diff({ source: fileAsset("x", "h2"), triggers: ["2"] })).toEqual({
      differences: { source: "update", "triggers[0]": "update-replace" },
    });
  });

  it("refuses sources that the official provider refuses", async () => {
    const check = async (source: Asset) =>
      (await copyToRemote.check(context, { connection: { host: "a" }, source, remotePath: "/x" }, {}))
        .failures;
    expect(await check(new Asset("asset", "h"))).toEqual([
      { property: "source", reason: "must be a file of this machine or a text" },
    ]);
    expect(await check(new Asset("archive", "h"))).toHaveLength(1);
    expect(await check(new Asset("archive", "h", "/tmp"))).toEqual([]);
  });

  it("copies over the protocol, an empty text as well, and echoes the asset", async () => {
    const provider = await startServer(command);
    const engine = new TestEngine(provider.port);
    await engine.configure({});
    const type = "command:remote:CopyToRemote";
    const source = wireAsset({ hash: createHash("sha256").update("").digest("hex") });
    const inputs = { connection: wireSecret(connection), source, remotePath: join(there, "empty") };
    const checked = await engine.check(type, inputs);
    expect(checked.failures).toEqual([]);
    expect((await engine.create(type, checked.inputs)).outputs.source).toMatchObject({
      hash: source.hash as string,
    });
    expect(read("empty")).toBe("");
    engine.close();
    await provider.stop();
  });
});

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
