import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { loadFarm } from "../../../loading/farm.ts";
import { loadSettings } from "../../../loading/settings.ts";
import { loadTenants } from "../../../loading/tenants.ts";
import { environment, settings, tenant } from "./fixtures.ts";

function folderWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "farm-tenants-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folder = join(root, "tenants");
  mkdirSync(folder);
  for (const name of ["model", "releases"]) symlinkSync(join(checkout, name), join(root, name));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const exported = (value: object) => `export const one: object = ${JSON.stringify(value)};\n`;

describe("tenant files", () => {
  test("are found, not listed", async () => {
    const folder = folderWith({
      "b.ts": exported({ id: "b" }),
      "a.ts": exported({ id: "a" }),
      "notes.md": "x",
      ".c.ts": "x",
    });
    expect(await loadTenants(folder)).toEqual([
      { file: "tenants/a.ts", value: { id: "a" } },
      { file: "tenants/b.ts", value: { id: "b" } },
    ]);
  });

  test.each([
    ["export const = 1;", /^cannot be loaded(, line \d+)?: ./],
    ['throw new Error("no luck\\nsecond line");', /^cannot be loaded, line 1: no luck$/],
    ["throw Object.create(null);", /^cannot be loaded: it throws something that has no message$/],
    ["throw undefined;", /^cannot be loaded: undefined$/],
    ['import "./nothing.ts";', /^cannot be loaded(, line \d+)?: ./],
    ["const hidden = 1; void hidden;", /^exports no tenant/],
    ["export const one = 1; export const two = 2;", /^exports one, two; it must export one tenant only$/],
  ])("%s", async (text, failure) => {
    const [found] = await loadTenants(folderWith({ "x.ts": text }));
    expect(found).toEqual({ file: "tenants/x.ts", failure: expect.stringMatching(failure) });
  });

  test("Node itself says where a file is wrong, and goes on with the others", () => {
    const folder = folderWith({
      "a.ts": exported({ id: "a" }),
      "b.ts": "\nexport const = 1;",
      "c.ts": "\n\nundefinedName;",
    });
    const script = `import(process.argv[1]).then(async (m) => console.log(JSON.stringify(await m.loadTenants(process.argv[2]))))`;
    const loader = join(checkout, "loading/tenants.ts");
    const found = JSON.parse(
      execFileSync(process.execPath, ["-e", script, loader, folder], { encoding: "utf8" }),
    );
    expect(found).toEqual([
      { file: "tenants/a.ts", value: { id: "a" } },
      { file: "tenants/b.ts", failure: expect.stringMatching(/^cannot be loaded, line 2: Unexpected token/) },
      { file: "tenants/c.ts", failure: "cannot be loaded, line 3: undefinedName is not defined" },
    ]);
  });

  test("a file that was edited is read again in the same process", async () => {
    const folder = folderWith({ "x.ts": exported({ id: "before" }) });
    await loadTenants(folder);
    writeFileSync(join(folder, "x.ts"), exported({ id: "after" }));
    utimesSync(join(folder, "x.ts"), new Date(), new Date(Date.now() + 5000));
    expect(await loadTenants(folder)).toEqual([{ file: "tenants/x.ts", value: { id: "after" } }]);
  });

  test.each([{}, { "notes.md": "x" }])("an empty folder stops the run: %j", async (files) => {
    await expect(loadTenants(folderWith(files))).rejects.toThrow(
      /There is no tenant file.*\n.*where: .*tenants/,
    );
  });

  test("a folder that is not there stops the run", async () => {
    await expect(loadTenants("/nowhere/tenants")).rejects.toThrow(/The tenants folder cannot be read/);
  });
});

describe("the settings of a shard", () => {
  const project = (shard: string): string => {
    const root = mkdtempSync(join(tmpdir(), "farm-settings-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const file = (lines: string): string => `config:\n  allris-farm:settings: ${lines}\n`;
    writeFileSync(join(root, "Pulumi.prod.yaml"), file("{stage: production, shards: {nord: {}}}"));
    writeFileSync(join(root, "Pulumi.prod-nord.yaml"), file(shard));
    return root;
  };

  test("are those of its farm, and which shard it is", async () => {
    expect(await loadSettings("prod-nord", project("{shard: nord}"))).toEqual({
      file: "Pulumi.prod-nord.yaml",
      value: { stage: "production", shards: { nord: {} }, shard: "nord" },
    });
  });

  test("are refused where they are its own", async () => {
    const loading = loadSettings("prod-nord", project("{shard: nord, stage: lab, zones: {}}"));
    await expect(loading).rejects.toThrow(
      /A shard has no settings of its own\n.*stage, zones in Pulumi\.prod-nord\.yaml/,
    );
  });
});

describe("the farm", () => {
  test("of this checkout loads with the lab's settings", async () => {
    const { file, value } = await loadSettings("lab");
    const farm = await loadFarm({
      settings: value,
      settingsFile: file,
      environment,
      at: "2026-11-01T09:00:00+01:00",
    });
    expect(farm.tenants.length).toBeGreaterThanOrEqual(3);
    expect(farm.tenants[0]?.file).toMatch(/^tenants\//);
    expect(farm.at.toISOString()).toBe("2026-11-01T08:00:00.000Z");
    expect(file).toBe("Pulumi.lab.yaml");
  });

  test("reports what cannot be loaded and what does not fit together", async () => {
    const folder = folderWith({
      "broken.ts": "export {",
      "hohenbrueck.ts": exported(tenant({ pool: "süd" })),
    });
    const loading = loadFarm({ settings: settings(), environment, folder });
    await expect(loading).rejects.toThrow(
      /2 problems in 2 files\n {2}tenants\/broken\.ts: cannot be loaded.*\n {2}tenants\/hohenbrueck\.ts: pool is no pool/,
    );
  });

  test.each(["tomorrow", "2026-11-01", "2026-11-01T09:00:00", "2026-13-01T09:00:00Z"])(
    "an instant is not %s",
    async (at) => {
      await expect(loadFarm({ settings: settings(), environment, at })).rejects.toThrow(/instant of the run/);
    },
  );

  test("without an instant it is now", async () => {
    const folder = folderWith({ "hohenbrueck.ts": exported(tenant()) });
    const { at } = await loadFarm({ settings: settings(), environment, folder });
    expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(10_000);
  });
});

test("the folder of the checkout is the default", async () => {
  const names = (await loadTenants(join(checkout, "tenants"))).map(({ file }) => file);
  expect(names).toContain("tenants/hohenbrueck.ts");
});
