import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { flatten } from "../../../model/allrisnet/keys.ts";
import { defaultAllrisnet } from "../../../model/allrisnet/read.ts";
import { parameterKeys } from "../../../model/allrisnet/release-keys.ts";
import { describe } from "../../../model/describe.ts";

const source = (name: string) => readFileSync(join(checkout, "model", name), "utf8");
const page = (name: string) => join(checkout, "docs/reference", name);

// `vitest run -u` on this file writes the pages anew.
test("docs/reference/tenant-file.md is what the doc comments of TenantInput say", async () => {
  const text = describe({
    title: "The tenant file",
    introduction: [
      "One administration with its site is one file, `tenants/<id>.ts`, that exports one `defineTenant({ … })`.",
      "Files are found, not listed. Everything that is not written has the default of this page, and a key that",
      "is not on this page is refused with the name that was probably meant. All problems of all files come in",
      "one report, before anything is registered.",
      "",
      "Between administrations, ids, host names (domains and aliases), addresses and delivery folders are unique.",
      'Stacks of the stage `production` refuse made-up names ("Muster…", "Beispiel…", "Example", "Test"), reserved',
      "domains (`.example`, `.test`, `.invalid`, `.localhost`, `example.com`, …) and addresses of networks for",
      "documentation. In production every VM has the HA priority `restart`; there is no field for another one.",
    ].join("\n"),
    modules: ["tenant-input.ts", "lifecycle-input.ts"].map(source),
    root: "TenantInput",
  });
  await expect(text).toMatchFileSnapshot(page("tenant-file.md"));
});

test("docs/reference/settings.md is what the doc comments of Settings say", async () => {
  const text = describe({
    title: "The stack settings",
    introduction: [
      "The settings of a stack are the object `allris-farm:settings` in `Pulumi.<stack>.yaml`. They hold no",
      "secret: tokens come from the environment, the ssh key from the ssh agent.",
      "",
      "In place of any text, `{ env: NAME }` takes the value of an environment variable; spaces and line ends",
      "around it are dropped. A variable that is not set, or is empty, is a problem of that field, and the value",
      "of a variable is never repeated in a message.",
      "",
      "Below `ifEnv` stand fields by the name of a variable: `ifEnv: { NAME: { measurement: … } }`. They count as",
      "settings while the variable is set, unless the settings have them anyway. So one file serves a lab with",
      "hosts at its edge and one without.",
      "",
      'Sizes are written with a binary unit (`"2 GiB"`). `Pulumi.prod.yaml` is a pattern to fill in.',
    ].join("\n"),
    modules: [
      "monitoring/settings.ts",
      "settings.ts",
      "pool-settings.ts",
      "backup-settings.ts",
      "mail-settings.ts",
      "measurement/settings.ts",
      "shards.ts",
      "tenant-input.ts",
    ].map(source),
    root: "Settings",
  });
  await expect(text).toMatchFileSnapshot(page("settings.md"));
});

test("docs/reference/allrisnet-parameters.md is what the doc comments of AllrisnetInput say", async () => {
  await expect(parameterPage()).toMatchFileSnapshot(page("allrisnet-parameters.md"));
});

test("the keys and defaults on the page of the parameters are those that the model has", () => {
  const rows = new Map<string, { readonly standard: string; readonly meaning: string }>();
  for (const line of parameterPage().split("\n")) {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const [key] = /(?<=^`)[\w.]+(?=`$)/.exec(cells[1] ?? "") ?? [];
    if (key !== undefined) rows.set(key, { standard: cells.at(-3) ?? "", meaning: cells.at(-2) ?? "" });
  }
  const required = [...rows].filter(([, { standard }]) => standard === "required").map(([key]) => key);
  for (const [key, value] of flatten(defaultAllrisnet())) {
    if (key === "politicians.auth.method.kind") continue;
    const standard = rows.get(key)?.standard;
    if (/accessibility\.(feedback|enforcement|statement)/.test(key)) expect(required).toContain(key);
    else if (/label$|contactEmail$/.test(key)) expect(standard).toMatch(/kind|contact/);
    else expect([key, standard?.replaceAll(", ", ",")]).toEqual([key, JSON.stringify(value)]);
  }
  const keys = new Set(rows.keys());
  expect(parameterKeys().filter((key) => !keys.has(key))).toEqual([]);
});

function parameterPage(): string {
  return describe({
    title: "The parameters of ALLRIS net",
    introduction: [
      "What stands below `allrisnet` in a tenant file: the release of the site and the system parameters of its two",
      "presentations. A file says only what differs from the defaults of this page; the three fields without a",
      "default belong to the accessibility statement, which nobody can guess.",
      "",
      "Keys are the farm's own and the same for every release. How they are called in the files of a release is",
      "known to `guest/allrisnet/` alone. A parameter that is set and that the release of the site does not know",
      "is a problem that names both. Cookies are those of the session only, and there is no parameter for others.",
      "",
      "There is no field for a generation: every site runs ALLRIS 4. ALLRIS 3 is another platform (ASP programs on",
      "IIS, with MS SQL).",
    ].join("\n"),
    modules: ["allrisnet-input.ts", "citizens-input.ts", "politicians-input.ts"].map((name) =>
      source(`allrisnet/${name}`),
    ),
    root: "AllrisnetInput",
    wholeKeys: true,
  });
}
