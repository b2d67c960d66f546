import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { printPdf } from "../../../cli/report/pdf.ts";
import { run } from "../../../lib/run.ts";
import { slaHtml } from "../../../model/report/sla-html.ts";
import { requireDebianPackages } from "../../../toolchain/debian.ts";
import { checkAccessibility } from "../../support/accessibility.ts";
import { PageBrowser } from "../../support/page-browser.ts";
import { sampleFiles, sampleReports } from "../../support/sample-reports.ts";

const pages = [...sampleFiles()].filter(([name]) => name.endsWith(".html"));
let browser: PageBrowser;
let folder: string;

beforeAll(async () => {
  await requireDebianPackages([{ package: "poppler-utils", provides: "pdftotext" }], console.log);
  browser = await PageBrowser.open();
  folder = mkdtempSync(join(tmpdir(), "farm-pdf-test-"));
  // A new machine installs Chromium first.
}, 600_000);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

function htmlOf(name: string): string {
  return sampleFiles().get(name) ?? `no ${name}`;
}

/** axe measures no contrast of text in a picture; that is measured below. */
function isOfPicture(finding: string): boolean {
  const [rule = "", places = ""] = [finding, finding.slice(finding.lastIndexOf(": ") + 2)];
  return /: color-contrast /.test(rule) && places.split(", ").every((place) => place.startsWith("text["));
}

/** Contrast of two colours as browsers write them (WCAG 2.2, relative luminance). */
function contrast(...colours: readonly [string, string]): number {
  const [dark = 0, light = 0] = colours
    .map((colour) => {
      const parts = [...colour.matchAll(/\d+/g)].slice(0, 3).map(([value]) => Number(value) / 255);
      const [r = 0, g = 0, b = 0] = parts.map((v) =>
        v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    })
    .sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(["light", "dark"] as const)("%s", (scheme) => {
  test.each(pages.map(([name]) => name))("%s can be read by everybody", async (name) => {
    // What a wide table hides until it is scrolled cannot be measured.
    const width = name === "overview.html" ? 1900 : 1000;
    const page = await browser.show(htmlOf(name), { scheme, width });
    const { findings, checked } = await checkAccessibility(page);
    expect(findings.filter((finding) => !isOfPicture(finding))).toEqual([]);
    expect(checked).toEqual(expect.arrayContaining(["color-contrast", "document-title", "html-has-lang"]));
    await page.context().close();
  });
});

test.each(["light", "dark"] as const)("text and bars of the picture stand out, %s", async (scheme) => {
  const page = await browser.show(htmlOf("hohenbrueck.html"), { scheme });
  const colour = (selector: string, property: string): Promise<string> =>
    page.evaluate(`getComputedStyle(document.querySelector("${selector}")).${property}`);
  const ground = [await colour("body", "backgroundColor"), await colour(".zeitverlauf .st1", "fill")];
  for (const behind of ground) {
    expect(contrast(await colour(".zeitverlauf text", "fill"), behind)).toBeGreaterThan(4.5);
    // WCAG 2.2, 1.4.11: what is no text needs 3 to 1.
    for (const look of ["counted", "excused", "planned", "window", "unknown"]) {
      expect(contrast(await colour(`.zeitverlauf .${look} rect`, "stroke"), behind), look).toBeGreaterThan(3);
    }
  }
  await page.context().close();
});

test("the check finds a spoiled page", async () => {
  const spoiled = htmlOf("hohenbrueck.html")
    .replace('lang="de"', "")
    .replace("--quiet: #57606a", "--quiet: #dddddd");
  const page = await browser.show(spoiled);
  const { findings } = await checkAccessibility(page);
  expect(findings.join("\n")).toMatch(/html-has-lang/);
  expect(findings.join("\n")).toMatch(/color-contrast/);
});

test("a report fits a narrow window without scrolling sideways, and asks for nothing", async () => {
  for (const [, html] of pages) {
    const page = await browser.show(html, { width: 320 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
    await page.context().close();
  }
  expect(browser.asked).toEqual([]);
  expect(browser.complaints).toEqual([]);
});

test("the PDF has text, tags and few pages, and no picture of text", async () => {
  const [html, pdf] = [join(folder, "report.html"), join(folder, "report.pdf")];
  writeFileSync(html, htmlOf("amt-seenplatte-nord.html"));
  await printPdf(html, pdf);
  const text = (await run("pdftotext", ["-layout", pdf, "-"])).replaceAll(/[\s\u00a0]+/g, " ");
  for (const words of [
    "Die vereinbarte Betriebsfähigkeit wurde nicht eingehalten.",
    "97,4804 %",
    "515 min 30 s",
    "höhere Gewalt",
    "14.10.2026",
    "nicht gemessen",
    "Unterbrechung der Betriebsfähigkeit",
  ]) {
    expect(text).toContain(words);
  }
  const info = await run("pdfinfo", [pdf]);
  expect(info).toMatch(/Tagged: +yes/);
  expect(info).toMatch(/Page size: +59[45]\.\d+ x 84[12]/);
  expect(Number(/Pages: +(\d+)/.exec(info)?.[1])).toBeLessThanOrEqual(5);
  expect((await run("pdfimages", ["-list", pdf])).trim().split("\n").length).toBe(2);
  expect(statSync(pdf).size).toBeLessThan(400_000);
  expect(readFileSync(pdf).subarray(0, 5).toString()).toBe("%PDF-");
});

test("a month with 400 incidents is printed with its sums once, at the end, and many rows on a page", async () => {
  const [html, pdf] = [join(folder, "long.html"), join(folder, "long.pdf")];
  const [report] = sampleReports();
  const usual = report?.incidents.find(
    ({ shares, decisions }) => shares.length === 1 && decisions.length === 0,
  );
  if (report === undefined || usual === undefined) throw new Error("no sample");
  writeFileSync(html, slaHtml({ ...report, incidents: new Array(400).fill(usual) }));
  await printPdf(html, pdf);
  const text = await run("pdftotext", ["-raw", pdf, "-"]);
  expect(text.match(/^zusammen/gm)).toHaveLength(1);
  const pages = Number(/Pages: +(\d+)/.exec(await run("pdfinfo", [pdf]))?.[1]);
  expect(pages).toBeGreaterThan(5);
  expect(400 / pages).toBeGreaterThan(6);
});

test("the page about all is printed across, with every administration", async () => {
  const [html, pdf] = [join(folder, "overview.html"), join(folder, "overview.pdf")];
  writeFileSync(html, htmlOf("overview.html"));
  await printPdf(html, pdf);
  const info = await run("pdfinfo", [pdf]);
  expect(info).toMatch(/Page size: +84[12]\.\d* x 59[45]/);
  const text = await run("pdftotext", ["-raw", pdf, "-"]);
  const places = ["Amt", "Landkreis", "Stadt"].map((name) => text.indexOf(name));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});
