import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type LabFile, readLab } from "../../lab/lab-file.ts";
import { trustedRoots } from "../../lab/probe.ts";
import { run } from "../../lib/run.ts";
import { requireDebianPackages } from "../../toolchain/debian.ts";

/** A visitor's window, in CSS pixels. */
const windowSize = { width: 1280, height: 800 };

/**
 * Debian's Chromium, without a window, as a visitor of the lab: it reaches nothing but the lab's proxy, and trusts
 * the roots that a visitor of the lab trusts, and no certificate beyond them that is not public.
 */
export class LabBrowser {
  readonly #browser: Browser;
  readonly #home: string;
  readonly #visitors: Visitor[] = [];

  private constructor(browser: Browser, home: string) {
    this.#browser = browser;
    this.#home = home;
  }

  /**
   * Starts it, with a home of its own; installs it first where it is missing.
   * @param roots certificates to trust, PEM. @default - those that a visitor of the lab trusts
   */
  static async open(lab: LabFile = readLab(), roots = trustedRoots(lab)): Promise<LabBrowser> {
    await requireDebianPackages(
      [
        { package: "chromium", provides: "chromium" },
        { package: "libnss3-tools", provides: "certutil" },
      ],
      (line) => console.log(`[tests] ${line}`),
    );
    const home = mkdtempSync(join(tmpdir(), "farm-browser-"));
    await trust(home, roots);
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [
        // Root's Chromium has no sandbox; all that it is shown here is the farm's own.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Names are the proxy's business: nothing is asked of the machine's own DNS.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      ],
      // As in a visitor's browser, Back may bring back a page as it stood in memory.
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
      proxy: { server: lab.proxy },
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: home, LANG: "C.UTF-8" },
    });
    return new LabBrowser(browser, home);
  }

  /** Somebody who was never here before. */
  async visitor(): Promise<Visitor> {
    const context = await this.#browser.newContext({
      locale: "de-DE",
      viewport: windowSize,
      // What gets the focus stands in the window at once instead of gliding there.
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(60_000);
    const visitor = new Visitor(context, await context.newPage());
    this.#visitors.push(visitor);
    return visitor;
  }

  /** What the browser complained about since it was started, for all visitors. */
  get complaints(): readonly string[] {
    return this.#visitors.flatMap(({ complaints }) => complaints);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    // Its helpers end a moment after it, and may still write there.
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** An answer to a visitor, in the order in which they came. */
export interface Seen {
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** One visitor with one page, and all that came to it. */
export class Visitor {
  readonly page: Page;
  readonly seen: Seen[] = [];
  /** Errors and warnings of the console, errors of scripts, requests that failed. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    // What the test itself asked for has a status that the test looks at.
    const documents = new Set<string>();
    page.on("response", (response) => {
      if (response.request().isNavigationRequest()) documents.add(response.url());
      const { pathname, search } = new URL(response.url());
      this.seen.push({ path: pathname + search, status: response.status(), headers: response.headers() });
    });
    page.on("console", (message) => {
      const { url } = message.location();
      const status = /^Failed to load resource: the server responded with a status of/.test(message.text());
      if (!["error", "warning"].includes(message.type()) || (status && documents.has(url))) return;
      this.complaints.push(`${page.url()}: ${message.text()} (${url})`);
    });
    page.on("pageerror", (error) => this.complaints.push(`${page.url()}: ${error.message}`));
    page.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      // Who goes on before a page's icon has come gives it up.
      if (why !== "net::ERR_ABORTED") this.complaints.push(`${page.url()}: ${request.url()} failed: ${why}`);
    });
  }

  /** Goes to an address. @returns the status of its answer */
  async visit(address: string): Promise<number> {
    const response = await this.page.goto(address);
    return response?.status() ?? 0;
  }

  /** What stands on the page, as a reader sees it. */
  text(): Promise<string> {
    return this.page.locator("body").innerText();
  }

  close(): Promise<void> {
    return this.#context.close();
  }
}

/** Chromium takes roots of its user from the NSS database in the home folder. */
async function trust(home: string, roots: readonly string[]): Promise<void> {
  const folder = join(home, ".pki", "nssdb");
  mkdirSync(folder, { recursive: true });
  const database = `sql:${folder}`;
  await run("certutil", ["-N", "-d", database, "--empty-password"]);
  for (const [index, root] of roots.entries()) {
    const args = ["-A", "-d", database, "-n", `root ${index + 1}`, "-t", "C,,", "-a"];
    await run("certutil", args, { input: root });
  }
}
