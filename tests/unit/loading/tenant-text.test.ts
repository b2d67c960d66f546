import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { editTenantText, newTenantText, readTenantText } from "../../../loading/tenant-text.ts";
import type { TenantInput } from "../../../model/tenant-input.ts";

const commented = `import { defineTenant } from "../model/tenant.ts";

// Above the constant.
export const x = defineTenant({
  id: "x", // never changes
  // The name as the contract has it.
  name: "Stadt X",
  /* in their zone */ dns: { mode: "theirs" },
  aliases: [
    "a.x.example", // since 2024
    // the old one
    "b.x.example",
  ],
  allrisnet: {
    release: "4.1.7", // see ticket 12
    citizens: { modules: { minutes: false /* council of 3 May */ } },
  },
  // At the end.
});
// Below.
`;

const edit = (path: (string | number)[], value: unknown, text = commented) =>
  editTenantText(text, [{ path, value }], "tenants/x.ts");

describe("an edit of a tenant file", () => {
  test("changes the one literal and nothing else", () => {
    expect(edit(["name"], "Stadt Y")).toBe(commented.replace("Stadt X", "Stadt Y"));
    expect(edit(["allrisnet", "citizens", "modules", "minutes"], true)).toBe(
      commented.replace("minutes: false", "minutes: true"),
    );
    expect(edit(["aliases", 1], "c.x.example")).toBe(commented.replace("b.x.example", "c.x.example"));
  });

  test("of what is there already returns the text as it was", () => {
    expect(edit(["name"], "Stadt X")).toBe(commented);
    expect(edit(["dns"], { mode: "theirs" })).toBe(commented);
    expect(edit(["dns"], Object.assign(Object.create(null), { mode: "theirs" }))).toBe(commented);
    expect(edit(["size"], undefined)).toBe(commented);
    expect(edit(["backup", "retention", "daily"], undefined)).toBe(commented);
  });

  test("writes a new field where the reference has it, and leaves comments with their fields", () => {
    expect(edit(["kind"], "stadt")).toBe(commented.replace('"Stadt X",\n', '"Stadt X",\n  kind: "stadt",\n'));
    expect(edit(["allrisnet", "ring"], "pilot")).toContain(
      '    release: "4.1.7", // see ticket 12\n    ring: "pilot",\n',
    );
    expect(edit(["backup", "retention", "daily"], 30)).toContain(
      "  backup: { retention: { daily: 30 } },\n  allrisnet: {\n",
    );
    expect(edit(["allrisnet", "citizens", "modules", "papers"], false)).toContain(
      "modules: { papers: false, minutes: false /* council of 3 May */ }",
    );
  });

  test("adds to a list, takes from it, and keeps what is said about the others", () => {
    expect(edit(["aliases", 2], "c.x.example")).toContain('    "b.x.example",\n    "c.x.example",\n  ],');
    expect(edit(["aliases"], ["b.x.example"])).toContain(
      '  aliases: [\n    // since 2024\n    // the old one\n    "b.x.example",\n  ],',
    );
    expect(edit(["aliases"], ["a.x.example", "c.x.example"])).toContain(
      '    "a.x.example", // since 2024\n    "c.x.example",\n    // the old one\n',
    );
  });

  test("takes a field out and keeps the comments around and inside it", () => {
    const text = edit(["allrisnet", "citizens"], undefined);
    expect(text).toContain("/* council of 3 May */");
    expect(text).not.toContain("minutes");
    expect(edit(["id"], undefined)).toContain("// never changes");
    expect(edit(["allrisnet"], 7)).toMatch(/see ticket 12[\s\S]*council of 3 May[\s\S]*allrisnet: 7/);
  });

  test("of an object goes into it field by field", () => {
    const wanted = { release: "4.1.8", citizens: { modules: { minutes: false } }, ring: "late" };
    expect(edit(["allrisnet"], wanted)).toBe(
      commented.replace('"4.1.7", // see ticket 12\n', '"4.1.8", // see ticket 12\n    ring: "late",\n'),
    );
  });

  test("several edits follow each other", () => {
    const text = editTenantText(commented, [
      { path: ["aliases", 2], value: "old.x.example" },
      { path: ["aliases", 3], value: "older.x.example" },
      { path: ["aliases", 0], value: undefined },
    ]);
    expect(readTenantText(text, "x")).toMatchObject({
      aliases: ["b.x.example", "old.x.example", "older.x.example"],
    });
  });
});

describe("a file that an edit does not understand", () => {
  const file = (fields: string) => `// one\n// two\nexport const x = defineTenant({\n${fields}\n});\n`;
  test.each([
    [file("  ...common,"), /tenants\/x\.ts:4\n.*no field with a value/],
    [file('  id: "x",\n  name,'), /tenants\/x\.ts:5\n.*"name" is no field/],
    [file("  name: nameOf(1),"), /tenants\/x\.ts:4\n.*"nameOf\(1\)" is not plain data/],
    [file(`  name: \`a\${1}\`,`), /tenants\/x\.ts:4\n/],
    [file('  ["name"]: "a",'), /tenants\/x\.ts:4\n.*computed/],
    [file("  name: ,"), /tenants\/x\.ts:4\n.*syntax error/],
    ["export const x = defineTenant(common);", /tenants\/x\.ts:1\n.*not given an object/],
    ["export const x = { };", /tenants\/x\.ts:1\n.*does not call defineTenant/],
    ["export const x = defineTenant({});\nexport const y = defineTenant({});", /x\.ts:2\n.*second time/],
  ])("is refused with its line: %s", (text, message) => {
    expect(() => edit(["name"], "Stadt Y", text)).toThrow(message);
  });

  test("lists of other shapes and steps into values are refused too", () => {
    expect(() => edit(["aliases", 1], "b", file("  aliases: [...others],"))).toThrow(/no entry of its own/);
    expect(() => edit(["aliases", 3], "b", file('  aliases: ["a"],'))).toThrow(
      /does not follow its 1 entries/,
    );
    expect(() => edit(["size", "cpus"], 4, file('  size: "small",'))).toThrow(/"cpus" has no place in/);
  });
});

describe("a new tenant file", () => {
  test("is what the files of this checkout are", async () => {
    const folder = join(checkout, "tenants");
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts"))) {
      const [input] = Object.values(await import(join(folder, name))) as [TenantInput];
      const text = newTenantText(input);
      expect(readTenantText(text, name)).toEqual(input);
      const written = readFileSync(join(folder, name), "utf8");
      expect(text.split("\n").slice(0, 5)).toEqual(written.split("\n").slice(0, 5));
    }
  });

  test.each([
    ["amt-see-2", "amtSee2"],
    ["public", "publicTenant"],
    ["define-tenant", "defineTenantTenant"],
    ["arguments", "argumentsTenant"],
  ])("of the id %s exports %s", (id, name) => {
    const text = newTenantText({ id } as TenantInput);
    expect(text).toContain(`export const ${name} = defineTenant({`);
  });
});
