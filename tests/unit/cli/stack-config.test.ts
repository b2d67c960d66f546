import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "farm-config-"));
const settings = "config:\n  allris-farm:settings:\n    stage: lab\n";

let withLabConfig: typeof import("../../../cli/stack-config.ts").withLabConfig;

beforeAll(async () => {
  vi.stubEnv("FARM_HOME", folder);
  vi.resetModules();
  ({ withLabConfig } = await import("../../../cli/stack-config.ts"));
  mkdirSync(join(folder, "project"));
  writeFileSync(join(folder, "project", "Pulumi.lab.yaml"), settings);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("the lab's own copy of its settings", () => {
  const copy = join(folder, "Pulumi.lab.yaml");

  it("is what the engine reads, and the committed file stays as it is", () => {
    expect(withLabConfig("lab", ["up", "-s", "lab"], join(folder, "project"))).toEqual([
      "up",
      "--config-file",
      copy,
      "-s",
      "lab",
    ]);
    expect(readFileSync(copy, "utf8")).toBe(settings);
    expect(readFileSync(join(folder, "project", "Pulumi.lab.yaml"), "utf8")).toBe(settings);
  });

  it("keeps the salt of this checkout's passphrase and follows the committed settings", () => {
    writeFileSync(copy, "encryptionsalt: v1:abc=:v1:def\n");
    writeFileSync(
      join(folder, "project", "Pulumi.lab.yaml"),
      `${settings}encryptionsalt: v1:of-somebody-else\n`,
    );
    withLabConfig("lab", ["preview", "-s", "lab"], join(folder, "project"));
    expect(readFileSync(copy, "utf8")).toBe(`${settings}encryptionsalt: v1:abc=:v1:def\n`);
  });

  it("is not named to commands that do not read settings", () => {
    expect(withLabConfig("lab", ["stack", "export", "-s", "lab"], join(folder, "project"))).toEqual([
      "stack",
      "export",
      "-s",
      "lab",
    ]);
  });
});
