import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
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
    modules: [source("tenant-input.ts")],
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
      'Sizes are written with a binary unit (`"2 GiB"`). `Pulumi.prod.yaml` is a pattern to fill in.',
    ].join("\n"),
    modules: [source("settings.ts"), source("tenant-input.ts")],
    root: "Settings",
  });
  await expect(text).toMatchFileSnapshot(page("settings.md"));
});
