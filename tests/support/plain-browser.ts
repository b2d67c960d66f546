import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { requireDebianPackages } from "../../toolchain/debian.ts";

/** Debian's Chromium, without a window and without a lab, for pages that lie on this machine. */
export interface PlainBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Starts it, with a home of its own; installs it first where it is missing. */
export async function openPlainBrowser(): Promise<PlainBrowser> {
  await requireDebianPackages([{ package: "chromium", provides: "chromium" }], (line) =>
    console.log(`[tests] ${line}`),
  );
  const home = mkdtempSync(join(tmpdir(), "farm-browser-"));
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      // Root's Chromium has no sandbox; all that it is shown here is the farm's own.
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // No name is looked up: a page that asks for anything elsewhere does not get it.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: home, LANG: "C.UTF-8" },
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      // Its helpers end a moment after it, and may still write there.
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
