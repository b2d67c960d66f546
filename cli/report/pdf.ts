import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FarmError } from "../../lib/farm-error.ts";
import { tryRun } from "../../lib/run.ts";

/** Milliseconds that Chromium has for a page. */
const patience = 120_000;

/**
 * Prints a page to a PDF by Debian's Chromium: with text, tags for screen readers, and nothing from the network.
 * Unlike the page itself a PDF is not the same byte for byte each time, for Chromium writes down when it was made.
 * @param html file of the page
 * @param pdf file that is written
 * @throws FarmError when Chromium is not installed or fails
 */
export async function printPdf(html: string, pdf: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "farm-pdf-"));
  // A run that is cut off leaves no part of a PDF under a name that is sent.
  const printed = `${resolve(pdf)}.tmp`;
  // Chromium has no sandbox for root; the page is the farm's own and loads nothing.
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const args = [
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    `--user-data-dir=${home}`,
    ...asRoot,
    "--no-pdf-header-footer",
    `--print-to-pdf=${printed}`,
    pathToFileURL(resolve(html)).href,
  ];
  try {
    const { code, stderr } = await tryRun("chromium", args, { timeout: patience, env: { HOME: home } });
    if (code === 0 && existsSync(printed)) return renameSync(printed, pdf);
    const why = stderr.trim().split("\n").slice(-3).join("\n");
    throw new FarmError({ what: "Chromium did not print the report", where: html, why });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new FarmError(
      {
        what: "There is no Chromium to print a PDF",
        where: "--pdf",
        next: "apt install chromium, or print the page from any browser",
      },
      { cause: error },
    );
  } finally {
    rmSync(home, { recursive: true, force: true });
    rmSync(printed, { force: true });
  }
}
