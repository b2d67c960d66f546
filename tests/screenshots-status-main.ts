import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writePages } from "../cli/status/write-pages.ts";
import { checkout } from "../lib/paths.ts";
import { pageFolder, statusFiles } from "../model/status/files.ts";
import { providerFiles, providerPageOf } from "../model/status/provider-page.ts";
import { statusPageOf } from "../model/status/status-page.ts";
import { openPlainBrowser } from "./support/plain-browser.ts";
import { sampleAt, sampleFacts, sampleProvider, sampleStatus } from "./support/status-pages.ts";

// Pictures of the sample status pages for docs/images: node tests/screenshots-status-main.ts
const images = join(checkout, "docs", "images");
const folder = mkdtempSync(join(tmpdir(), "farm-status-"));
mkdirSync(images, { recursive: true });
const about = { at: sampleAt, provider: sampleProvider, key: "docs".repeat(16) };
// The second one has something of everything.
const inputs = sampleStatus(["customer", "public", "customer"]);
const pages = inputs.flatMap((input) => statusPageOf(input) ?? []);
const sites = inputs.map((input) => ({ input, facts: sampleFacts }));
const files = [
  ...statusFiles(pages, about),
  ...providerFiles(providerPageOf({ stack: "prod", alarms: [], sites, ...about })),
];
writePages(folder, files, ["public", "customer", "provider"]);
const shown = pages.find(({ audience }) => audience === "public");
if (shown === undefined) throw new Error("no public page");
const { browser, close } = await openPlainBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 900, height: 700 }, colorScheme: "light" });
  for (const [path, file, width] of [
    [`${pageFolder(shown, about.key)}/index.html`, "status-page.png", 900],
    ["provider/index.html", "status-provider.png", 1400],
  ] as const) {
    await page.setViewportSize({ width, height: 400 });
    await page.goto(pathToFileURL(join(folder, path)).href);
    await page.screenshot({ path: join(images, file), fullPage: true });
    console.log(join("docs", "images", file));
  }
} finally {
  await close();
  rmSync(folder, { recursive: true, force: true });
}
