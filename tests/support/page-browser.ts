import type { Page } from "playwright-core";
import { openPlainBrowser, type PlainBrowser } from "./plain-browser.ts";

/** How a page is looked at. */
export interface Look {
  /** @default "light" */
  readonly scheme?: "light" | "dark";
  /** CSS pixels. @default 1000 */
  readonly width?: number;
}

/** Shows pages that need no network: whatever they ask for and complain about is written down. */
export class PageBrowser {
  readonly #plain: PlainBrowser;
  /** Addresses that pages asked for. */
  readonly asked: string[] = [];
  /** Errors and warnings of the console. */
  readonly complaints: string[] = [];

  private constructor(plain: PlainBrowser) {
    this.#plain = plain;
  }

  static async open(): Promise<PageBrowser> {
    return new PageBrowser(await openPlainBrowser());
  }

  /** Shows a page. @param html its text */
  async show(html: string, { scheme = "light", width = 1000 }: Look = {}): Promise<Page> {
    const context = await this.#plain.browser.newContext({
      locale: "de-DE",
      viewport: { width, height: 1300 },
      colorScheme: scheme,
    });
    const page = await context.newPage();
    page.on("request", (request) => this.asked.push(request.url()));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    await page.setContent(html);
    return page;
  }

  close(): Promise<void> {
    return this.#plain.close();
  }
}
