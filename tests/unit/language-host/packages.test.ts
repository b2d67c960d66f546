import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { programDependencies } from "../../../toolchain/language-host/about.ts";
import {
  installedPackages,
  providerPackages,
  sdkConflict,
} from "../../../toolchain/language-host/packages.ts";
import { Folder } from "./host.ts";

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

function found(path = folder.path): string[] {
  return providerPackages(installedPackages(path)).map(({ name, version }) => `${name} ${version}`);
}

function writeProvider(path: string, name: string, pulumi: object = {}): void {
  folder.write(`${path}/package.json`, { name, version: "1.2.3", pulumi: { resource: true, ...pulumi } });
}

test("the packages of this checkout are found, the alias under the provider's own name", () => {
  const providers = providerPackages(installedPackages(checkout));
  const byName = Object.fromEntries(providers.map((provider) => [provider.name, provider]));
  expect(byName.xenorchestra).toMatchObject({
    version: "v2.4.0",
    server: "github://api.github.com/vatesfr/pulumi-xenorchestra",
  });
  expect(byName.cloudflare).toMatchObject({ version: "v6.22.1", server: "" });
  expect(Object.keys(byName)).toEqual(
    expect.arrayContaining(["cloudflare", "command", "tls", "xenorchestra"]),
  );
});

test("names, versions and parameters are read as the package says", () => {
  writeProvider("node_modules/@pulumi/one", "@pulumi/one");
  writeProvider("node_modules/@pulumi/two", "@other/two", {
    name: "second",
    version: "v9.0.0",
    server: "https://example",
  });
  writeProvider("node_modules/three", "three", {
    name: "terraform-provider",
    parameterization: { name: "three", version: "3.0.0", value: "e30=" },
    extensionParameterization: { name: "more", version: "1.0.0", value: "e31=" },
  });
  expect(providerPackages(installedPackages(folder.path))).toEqual([
    { name: "one", version: "v1.2.3", server: "", parameterization: undefined, extension: undefined },
    {
      name: "second",
      version: "v9.0.0",
      server: "https://example",
      parameterization: undefined,
      extension: undefined,
    },
    {
      name: "terraform-provider",
      version: "v1.2.3",
      server: "",
      parameterization: { name: "three", version: "3.0.0", value: "e30=" },
      extension: { name: "more", version: "1.0.0", value: "e31=" },
    },
  ]);
});

test("packages within packages, of members of a workspace and of pnpm are found, each once", () => {
  writeProvider("node_modules/a/node_modules/@pulumi/inner", "@pulumi/inner");
  writeProvider("node_modules/b/node_modules/@pulumi/inner", "@pulumi/inner");
  writeProvider("members/m/node_modules/@pulumi/member", "@pulumi/member");
  writeProvider("node_modules/.pnpm/x@1/node_modules/@pulumi/stored", "@pulumi/stored");
  folder.write("node_modules/a/package.json", { name: "a", version: "1.0.0" });
  expect(found().toSorted()).toEqual(["inner v1.2.3", "member v1.2.3", "stored v1.2.3"]);
});

test("links are followed, circles end", () => {
  writeProvider("members/shared", "@pulumi/shared");
  mkdirSync(join(folder.path, "node_modules/@pulumi"), { recursive: true });
  symlinkSync("../../members/shared", join(folder.path, "node_modules/@pulumi/shared"));
  symlinkSync("..", join(folder.path, "members/up"));
  symlinkSync("nowhere", join(folder.path, "node_modules/broken"));
  expect(found()).toEqual(["shared v1.2.3"]);
});

test("policy packs, hidden folders, broken and unnamed packages count for nothing", () => {
  folder.write("rules/PulumiPolicy.yaml", "runtime: nodejs\n");
  writeProvider("rules/node_modules/@pulumi/policed", "@pulumi/policed");
  writeProvider(".state/node_modules/@pulumi/hidden", "@pulumi/hidden");
  writeProvider("node_modules/.cache/@pulumi/cached", "@pulumi/cached");
  writeProvider("node_modules/third-party", "third-party");
  writeProvider("not-installed", "@pulumi/source");
  folder.write("node_modules/broken/package.json", "{");
  folder.write("node_modules/plain/package.json", {
    name: "plain",
    version: "1.0.0",
    pulumi: { resource: false },
  });
  expect(found()).toEqual([]);
});

test("two SDKs of different majors are worth a warning", () => {
  folder.write("node_modules/@pulumi/pulumi/package.json", { name: "@pulumi/pulumi", version: "3.259.0" });
  expect(sdkConflict(installedPackages(folder.path))).toBeUndefined();
  folder.write("node_modules/old/node_modules/@pulumi/pulumi/package.json", {
    name: "@pulumi/pulumi",
    version: "2.1.0",
  });
  folder.write("node_modules/old/package.json", { name: "old", version: "1.0.0" });
  const warning = sdkConflict(installedPackages(folder.path));
  expect(warning).toContain("version 3.259.0 in");
  expect(warning).toContain("version 2.1.0 in");
});

test("a program's dependencies: its own, or all of them", () => {
  folder.write("package.json", { dependencies: { a: "^1" }, devDependencies: { "@x/b": "2", absent: "1" } });
  folder.write("node_modules/a/package.json", { name: "a", version: "1.5.0" });
  folder.write("node_modules/a/node_modules/c/package.json", { name: "c", version: "0.1.0" });
  folder.write("node_modules/@x/b/package.json", { name: "b-under-its-own-name", version: "2.0.0" });
  folder.write("program/index.js", "");
  const direct = [
    { name: "@x/b", version: "2.0.0" },
    { name: "a", version: "1.5.0" },
  ];
  const program = join(folder.path, "program");
  expect(programDependencies(program, false)).toEqual(direct);
  expect(programDependencies(program, true)).toEqual([...direct, { name: "c", version: "0.1.0" }]);
});
