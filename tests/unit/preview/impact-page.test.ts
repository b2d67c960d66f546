import { join } from "node:path";
import { expect, test } from "vitest";
import { checkout } from "../../../lib/paths.ts";
import { impactPage } from "../../../model/preview/impact-page.ts";

// `vitest run -u` on this file writes the page anew.
test("docs/reference/preview-impact.md is what the rules say", async () => {
  await expect(impactPage()).toMatchFileSnapshot(join(checkout, "docs/reference/preview-impact.md"));
});
