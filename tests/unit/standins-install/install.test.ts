import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installPlugins } from "../../../lab/standins/install.ts";
import { FarmError } from "../../../lib/farm-error.ts";
import { run } from "../../../lib/run.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "farm-plugins-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const names = ["xenorchestra-v2.4.0", "cloudflare-v6.22.1", "tls-v5.6.1", "command-v1.2.1"];

function official(home: string, names: readonly string[]): void {
  for (const name of names) {
    const plugin = join(home, `resource-${name}`);
    mkdirSync(plugin, { recursive: true });
    writeFileSync(join(plugin, `pulumi-resource-${name.replace(/-v.*/, "")}`), "#!/bin/sh\necho official\n", {
      mode: 0o755,
    });
  }
}

describe("installPlugins", () => {
  it("puts a stand-in where the official plug-in is absent, at the version that the SDK asks for", async () => {
    expect(installPlugins(folder).map(({ kind }) => kind)).toEqual(names.map(() => "stand-in"));
    for (const name of names) {
      const manifest = name.startsWith("xenorchestra") ? "xenorchestra" : name.replace(/-v.*/, "");
      const sdk = JSON.parse(readFileSync(`node_modules/@pulumi/${manifest}/package.json`, "utf8")) as {
        version: string;
      };
      expect(name).toBe(`${manifest}-v${sdk.version}`);
      expect(existsSync(join(folder, "plugins", `resource-${name}`, `pulumi-resource-${manifest}`))).toBe(
        true,
      );
    }
    // The wrapper really is a program of the pinned Node.
    const wrapper = join(folder, "plugins", "resource-tls-v5.6.1", "pulumi-resource-tls");
    expect(await run("sh", ["-n", wrapper])).toBe("");
  });

  it("leaves an official plug-in that is there alone, also when run again", () => {
    official(join(folder, "plugins"), ["tls-v5.6.1"]);
    for (const _ of [1, 2]) {
      expect(installPlugins(folder).find(({ name }) => name === "tls")?.kind).toBe("official");
      expect(
        readFileSync(join(folder, "plugins", "resource-tls-v5.6.1", "pulumi-resource-tls"), "utf8"),
      ).toContain("official");
    }
  });

  it("takes all official plug-ins from a folder in place of its stand-ins", () => {
    installPlugins(folder);
    official(join(folder, "mine"), names);
    expect(installPlugins(folder, join(folder, "mine")).map(({ kind }) => kind)).toEqual(
      names.map(() => "official"),
    );
    expect(installPlugins(folder).map(({ kind }) => kind)).toEqual(names.map(() => "official"));
  });

  it("says which official plug-in is missing", () => {
    official(join(folder, "mine"), names.slice(1));
    expect(() => installPlugins(folder, join(folder, "mine"))).toThrow(FarmError);
    expect(() => installPlugins(folder, join(folder, "mine"))).toThrow(/xenorchestra/);
  });
});
