import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { describe } from "../../../model/describe.ts";

// `vitest run -u` on this file writes the page anew.
test("docs/reference/incident-file.md is what the doc comments of IncidentInput say", async () => {
  const text = describe({
    title: "The incident file",
    introduction: [
      "What people have to say about a stretch of an administration's time is one file, `incidents/<id>.ts`, that",
      "exports one `defineIncident({ … })`. Files are found, not listed; `./farm incident` writes them. Outages",
      "themselves are in no file: they follow from the probers' raw logs.",
      "",
      "- **Proposals and objections** have no effect. Rules can only propose.",
      "- **A decision** has its effect with one person's word for `unplanned`, and with two different people's for",
      "  `force-majeure` and `customer-instruction`. Names are compared without case, spaces, accents, titles, order",
      '  and mail domain, and an initial is anybody\'s who has it: "A. Berg" and "Anna Berg" are one person. Two of one',
      '  name say what tells them apart: "Anna Berg (Netz)", "Anja Berg (Technik)".',
      "- **Nothing is decided ahead**: `end` lies before `decidedAt`.",
      "- **A later decision** about the same time takes the place of the earlier one, whose file stays. So a time",
      "  that was excused counts again, and an outage that was added is taken back by a later `unplanned` without",
      "  `addsOutage` that two people decided.",
      "- **Announced windows** are no decision: they are recognised by their own files and proven notices.",
      "- **Of an administration that ended** the files lie in `incidents/ended/<id>/`, without effect:",
      "  `./farm tenant terminate` moves them there.",
      "- **Nothing makes unmeasured time good**: no decision says that a site was up.",
      "",
      "Instants carry Berlin's offset of their day or `Z`. [How to work with incidents](../how-to/incidents.md).",
    ].join("\n"),
    modules: [readFileSync(join(checkout, "model/incidents/incident-input.ts"), "utf8")],
    root: "IncidentInput",
  });
  await expect(text).toMatchFileSnapshot(join(checkout, "docs/reference/incident-file.md"));
});
