import { createReadStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writePages } from "../../../cli/status/write-pages.ts";
import { statusFiles } from "../../../model/status/files.ts";
import { providerFiles, providerPageOf } from "../../../model/status/provider-page.ts";
import { statusPageOf } from "../../../model/status/status-page.ts";
import { checkAccessibility } from "../../support/accessibility.ts";
import { openPlainBrowser, type PlainBrowser } from "../../support/plain-browser.ts";
import { sampleAt, sampleFacts, sampleProvider, sampleStatus } from "../../support/status-pages.ts";

const about = { at: sampleAt, provider: sampleProvider, key: "c".repeat(64) };
let folder: string;
let browser: PlainBrowser;
let server: Server;
let base: string;
/** What was asked of the web server. */
const asked: string[] = [];
let paths: readonly string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "farm-status-"));
  const inputs = sampleStatus();
  const sites = inputs.map((input) => ({ input, facts: sampleFacts }));
  const files = [
    ...statusFiles(
      inputs.flatMap((input) => statusPageOf(input) ?? []),
      about,
    ),
    ...providerFiles(
      providerPageOf({ stack: "prod", alarms: ["the log of rand-1 was changed"], sites, ...about }),
    ),
  ];
  writePages(folder, files, ["public", "customer", "provider"]);
  paths = files.map(({ path }) => path).filter((path) => path.endsWith(".html"));
  server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    asked.push(path);
    const file = join(folder, path);
    if (!existsSync(file)) response.writeHead(404).end();
    else {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      // A folder cannot be read: the visitor sees a connection that breaks.
      createReadStream(file)
        .on("error", () => response.destroy())
        .pipe(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openPlainBrowser();
  // A new machine installs Chromium first.
}, 600_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function withPage<Result>(
  options: BrowserContextOptions,
  work: (page: Page) => Promise<Result>,
): Promise<Result> {
  const context = await browser.browser.newContext({ locale: "de-DE", ...options });
  try {
    return await work(await context.newPage());
  } finally {
    await context.close();
  }
}

test.each(["light", "dark"] as const)(
  "no page has a serious finding, contrast included, in %s",
  async (colorScheme) => {
    expect(paths).toHaveLength(7);
    await withPage({ colorScheme }, async (page) => {
      for (const path of paths) {
        await page.goto(`${base}/${path}`);
        // What is folded away is read as well.
        await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
        const { findings, checked } = await checkAccessibility(page);
        expect(findings).toEqual([]);
        expect(checked).toEqual(
          expect.arrayContaining(["color-contrast", "document-title", "html-has-lang"]),
        );
      }
    });
  },
);

test("a page asks for nothing but itself, and works without scripts", async () => {
  await withPage({ javaScriptEnabled: false }, async (page) => {
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    asked.length = 0;
    for (const path of paths) {
      await page.goto(`${base}/${path}`);
      expect(await page.locator("script, img, iframe, link[rel=stylesheet]").count()).toBe(0);
    }
    expect(requests).toEqual(paths.map((path) => `${base}/${path}`));
    expect(asked).toEqual(paths.map((path) => `/${path}`));
    expect(complaints).toEqual([]);

    // German first; English is one link away and leads back; the days unfold without a script.
    await page.goto(`${base}/public/index.html`);
    await page.getByRole("link", { name: "Stadt Hohenbrück" }).click();
    expect(await page.locator("html").getAttribute("lang")).toBe("de");
    expect(await page.locator(".now strong").innerText()).toBe("Erreichbar");
    await page.getByText("Die Tage einzeln").click();
    expect(await page.getByRole("rowheader", { name: "20.08.2026" }).isVisible()).toBe(true);
    await page.getByRole("link", { name: "English" }).click();
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    expect(await page.locator(".now strong").innerText()).toBe("Reachable");
    await page.getByRole("link", { name: "Deutsch" }).click();
    expect(page.url()).toBe(`${base}/public/hohenbrueck/index.html`);
  });
});

test("unmeasured time has a look of its own and its own words", async () => {
  await withPage({}, async (page) => {
    await page.goto(`${base}/public/hohenbrueck/index.html`);
    const fills = await page.evaluate<string[]>(
      `["up", "outage", "short", "planned", "excused", "unknown", "none"].map((kind) => {
        const style = getComputedStyle(document.querySelector(".legend .k-" + kind));
        return style.fill + " " + style.stroke;
      })`,
    );
    expect(new Set(fills).size).toBe(7);
    const title = await page.locator(".bars g", { hasText: "20.08.2026" }).locator("title").textContent();
    expect(title).toBe("20.08.2026: nicht gemessen");
    expect(await page.locator(".bars").getAttribute("aria-label")).toMatch(/nicht gemessen 33,5 Std\.$/);
  });
});

test("a narrow window needs no scrolling to the side", async () => {
  await withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
    for (const path of paths) {
      await page.goto(`${base}/${path}`);
      expect([path, await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")]).toEqual([
        path,
        true,
      ]);
    }
  });
});
