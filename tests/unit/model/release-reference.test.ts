import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { describe } from "../../../model/describe.ts";

const source = (name: string) => readFileSync(join(checkout, "model", name), "utf8");
const page = (name: string) => join(checkout, "docs/reference", name);

// `vitest run -u` on this file writes the pages anew.
test("docs/reference/release-file.md is what the doc comments of ReleaseInput say", async () => {
  const text = describe({
    title: "The release file",
    introduction: [
      "One release of ALLRIS net that may be installed is one file, `releases/<version>.ts`, that exports one",
      "`defineRelease({ … })`. Files are found, not listed. A tenant file names a release by its version",
      "(`allrisnet.release`); one without a file here is refused, and so are parameters that the release does not",
      "know. A file stays as long as a site runs its release: what is held keeps running it.",
      "",
      "`parameters` says what changed against the release before, so a new file names only its own changes.",
      "[How to update](../how-to/update-allrisnet.md).",
    ].join("\n"),
    modules: [source("release-input.ts")],
    root: "ReleaseInput",
  });
  await expect(text).toMatchFileSnapshot(page("release-file.md"));
});

test("docs/reference/window-file.md is what the doc comments of WindowInput say", async () => {
  const text = describe({
    title: "The window file",
    introduction: [
      "One announced maintenance is one file, `maintenance/<id>.ts`, that exports one `defineWindow({ … })`. Files",
      "are found, not listed. In an open window a release changes and a machine may be stopped, for the",
      "administrations that it names and for nobody else.",
      "",
      "- **Announced** means: the notice was sent at least 7 calendar days before the start, at the same time of day",
      "  in Europe/Berlin. Where that time exists twice or not at all a week earlier, the earlier instant counts. A",
      "  window whose notice is late, or that has none when its week begins, is an error, for it never becomes right.",
      "- **Each administration** has a notice of its own. `./farm window announce` sends it and writes down what became",
      "  of it: [proof of the notices](notices.md). One that was refused or came back leaves the window unproven for",
      "  that administration alone: a warning, and its release, its patches and its stops wait.",
      "- **The quota** is 120 minutes from 7 to 18 o'clock (service time 1) and 420 minutes from 18 to 7 o'clock",
      "  (service time 2) a month and administration. Each window takes its `expectedMinutes` from its start on, split",
      "  at 7 and 18 o'clock and at the end of a month. A plan above it stops unless the window has `acceptExcess`.",
      "- **Two windows** at the same time for the same administration are an error.",
      "- **Past windows** stop no run as long as they can be read. They stay as the record, and the minutes of",
      "  announced ones count against their month.",
      "",
      "Instants carry Berlin's offset of their day (`+01:00` in winter, `+02:00` in summer) or `Z`.",
      "[How to announce work](../how-to/announce-work.md), [how to update](../how-to/update-allrisnet.md).",
    ].join("\n"),
    modules: [source("window-input.ts"), source("allrisnet/allrisnet-input.ts")],
    root: "WindowInput",
  });
  await expect(text).toMatchFileSnapshot(page("window-file.md"));
});
