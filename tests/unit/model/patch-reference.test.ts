import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { describe } from "../../../model/describe.ts";

const source = (name: string) => readFileSync(join(checkout, "model", name), "utf8");

// `vitest run -u` on this file writes the page anew.
test("docs/reference/patch-file.md is what the doc comments of PatchLevelInput say", async () => {
  const text = describe({
    title: "The patch file",
    introduction: [
      "The Debian packages that the machines of a ring shall have are one file, `patches/<ring>.ts`, that exports one",
      "`definePatchLevel({ … })`. Files are found, not listed; a ring without one is not patched. A tenant file names",
      "its ring (`allrisnet.ring`).",
      "",
      "- **The order of the rings** is pilot, standard, late. A package stands in a file only if the file of the ring",
      "  before names it too, in the same version or a newer one. Where a ring has no file, the one before it counts.",
      "- **Versions** are compared as dpkg does. A machine's package that is newer than its ring's stays as it is.",
      "- **Everything that a patch takes** is named: what apt would install besides is refused.",
      "",
      "[How to patch the machines](../how-to/patch-guests.md).",
    ].join("\n"),
    modules: [source("patch-input.ts"), source("allrisnet/allrisnet-input.ts")],
    root: "PatchLevelInput",
  });
  await expect(text).toMatchFileSnapshot(join(checkout, "docs/reference/patch-file.md"));
});
