import { afterAll, describe, expect, it } from "vitest";
import { type Properties, Unknown } from "../../../providers/kit/types.ts";
import { release } from "../../../providers/xenops/release.ts";
import { XoClient } from "../../../providers/xenops/xo-client.ts";
import { testContext } from "../kit/context.ts";

const vmId = "5cbb0d05-3b4c-4c0b-9d5c-000000000001";
const client = new XoClient({ url: "ws://127.0.0.1:1", token: "t", patience: 0 });
const at = testContext(client);
afterAll(() => client.close());

describe("inputs of a release", () => {
  const inputs: Properties = {
    vmId,
    connection: { host: "a" },
    domain: "a.example",
    version: "4.1.7",
    build: "4170039",
    sha256: "a".repeat(64),
    source: { file: "x.war" },
    minimumBaseImage: 2,
    expectedMinutes: 4,
    checks: {},
  };

  it("names everything that is wrong", async () => {
    expect((await release.check(at, inputs, {})).failures).toEqual([]);
    const wrong = {
      ...inputs,
      version: "new",
      sha256: "A".repeat(64),
      source: { url: "http://x" },
      other: 1,
    };
    expect((await release.check(at, wrong, {})).failures).toEqual([
      { property: "other", reason: "is no property of this resource" },
      { property: "version", reason: 'must be a version like "4.1.7"' },
      { property: "sha256", reason: "must be a SHA-256 in 64 lower-case hexadecimal digits" },
      { property: "source.url", reason: "must be an https address" },
    ]);
    const both = { ...inputs, source: { file: "a", url: "https://x" } };
    expect((await release.check(at, both, {})).failures).toHaveLength(1);
    expect((await release.check(at, { ...inputs, vmId: Unknown.value }, {})).failures).toEqual([]);
  });

  it("differs by release and machine, and by nothing that says how to get there", async () => {
    const diff = async (more: Properties) =>
      (
        await release.diff(
          at,
          vmId,
          { vmId, version: "4.1.7", build: "4170039", sha256: "a".repeat(64) },
          { ...inputs, ...more },
          {},
        )
      ).differences;
    const how = { window: "w", emergency: "e", expectedMinutes: 9, domain: "b.example" };
    expect(
      await diff({ ...how, connection: { host: "b" }, source: { file: "y" }, checks: { oparl: "/" } }),
    ).toEqual({});
    expect(await diff({ version: "4.1.8", build: "4180012" })).toEqual({
      version: "update",
      build: "update",
    });
    expect(await diff({ vmId: Unknown.value })).toEqual({ vmId: "update-replace" });
  });
});
