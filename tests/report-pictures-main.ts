import { join } from "node:path";
import { checkout } from "../lib/paths.ts";
import { PageBrowser } from "./support/page-browser.ts";
import { sampleFiles } from "./support/sample-reports.ts";

// Pictures of reports for docs/images, of made-up months:
// ./farm exec -- node tests/report-pictures-main.ts
const pictures = [
  { file: "sla-report.png", of: "amt-seenplatte-nord.html", width: 1000 },
  { file: "sla-overview.png", of: "overview.html", width: 1600 },
] as const;
const browser = await PageBrowser.open();
try {
  for (const { file, of, width } of pictures) {
    const page = await browser.show(sampleFiles().get(of) ?? "", { width });
    const height = await page.evaluate<number>(
      "document.querySelector('main').getBoundingClientRect().bottom",
    );
    const path = join(checkout, "docs", "images", file);
    await page.screenshot({ path, clip: { x: 0, y: 0, width, height: Math.min(1300, Math.ceil(height)) } });
    console.log(join("docs", "images", file));
  }
} finally {
  await browser.close();
}
