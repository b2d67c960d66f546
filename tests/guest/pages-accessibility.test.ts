import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { toHtml } from "../../model/preview/html.ts";
import { reportOf } from "../../model/preview/report.ts";
import type { Tenant } from "../../model/tenant.ts";
import { checkAccessibility } from "../support/accessibility.ts";
import { LabBrowser, type Visitor } from "../support/browser.ts";
import { fleetEnvelope } from "../support/preview-envelopes.ts";
import { labTenants } from "../support/tenants.ts";

const ids = ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"];
let tenants: ReadonlyMap<string, Tenant>;
let browser: LabBrowser;
let visitor: Visitor;

beforeAll(async () => {
  tenants = new Map((await labTenants()).map((tenant) => [tenant.id, tenant]));
  browser = await LabBrowser.open();
  visitor = await browser.visitor();
});
afterAll(() => browser?.close());

/** Addresses of the pages that are looked at, by what they are. */
async function pagesOf(id: string): Promise<Readonly<Record<string, string>>> {
  const tenant = tenants.get(id);
  if (tenant === undefined) throw new Error(`no tenant ${id}`);
  const { citizens, politicians } = tenant.allrisnet;
  const base = `https://${tenant.domain}${citizens.basePath}`;
  // The agenda that this paper was on: it has a paper and a resolution.
  await visitor.visit(`${base}/vo020?VOLFDNR=2002`);
  await visitor.page.locator("main .list a").first().click();
  const agenda = await visitor.page.locator("main dl a[href*=to010]").getAttribute("href");
  return {
    start: `${base}/`,
    calendar: `${base}/si010`,
    agenda: new URL(agenda ?? "", base).href,
    paper: `${base}/vo020?VOLFDNR=2002`,
    persons: `${base}/kp040`,
    search: `${base}/yw010?q=Radweg`,
    statement: `${base}/barrierefreiheit`,
    refused: `${base}/gibt-es-nicht`,
    login: `https://${tenant.domain}${politicians.basePath}/logon`,
  };
}

/** What has the focus: its tag and what it says, whether that can be seen, and whether it is in the window. */
interface Focus {
  readonly what: string;
  readonly outline: boolean;
  readonly inside: boolean;
}

const nameOf = "(e) => [e.tagName, e.id || e.textContent.trim(), e.getAttribute('href')].join(' ')";
const focus = (): Promise<Focus> =>
  visitor.page.evaluate(`(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return {
      what: (${nameOf})(element),
      outline: outlineStyle === "solid" && parseFloat(outlineWidth) >= 2,
      inside: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && right > left && bottom > top,
    };
  })()`);

/** Presses Tab until something with these words has the focus. */
async function tabTo(words: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    await visitor.page.keyboard.press("Tab");
    const { what } = await focus();
    if (words.test(what)) return;
    passed.push(what);
  }
  throw new Error(`Tab never reaches ${words}: ${passed.join(", ")}`);
}

describe.each(ids)("%s", (id) => {
  let pages: Readonly<Record<string, string>>;
  const open = (page: string): Promise<number> => visitor.visit(pages[page] ?? `no page ${page}`);

  beforeAll(async () => {
    pages = await pagesOf(id);
  });

  test("no page has a serious finding, contrast included", async () => {
    expect(Object.keys(pages).length).toBe(9);
    for (const page of Object.keys(pages)) {
      expect([page, await open(page)]).toEqual([page, page === "refused" ? 404 : 200]);
      const { findings, checked } = await checkAccessibility(visitor.page);
      expect(findings).toEqual([]);
      expect(checked).toEqual(expect.arrayContaining(["color-contrast", "document-title", "bypass"]));
    }
  });

  test("Tab goes through everything in the order of the page, and what has the focus is seen", async () => {
    for (const page of ["start", "login"]) {
      await open(page);
      const all = await visitor.page.evaluate<string[]>(
        `[...document.querySelectorAll("a[href], input:not([type=hidden]), button")].map(${nameOf})`,
      );
      expect(all.length).toBeGreaterThan(8);
      const passed: Focus[] = [];
      for (const _ of all) {
        await visitor.page.keyboard.press("Tab");
        passed.push(await focus());
      }
      expect(passed).toEqual(all.map((what) => ({ what, outline: true, inside: true })));
    }
  });

  test("the first Tab offers to skip to the content, which goes there", async () => {
    await open("start");
    await visitor.page.keyboard.press("Tab");
    expect(await focus()).toEqual({ what: "A Zum Inhalt springen #inhalt", outline: true, inside: true });
    await visitor.page.keyboard.press("Enter");
    expect((await focus()).what).toBe("MAIN inhalt ");
    await visitor.page.keyboard.press("Tab");
    expect((await focus()).what).toBe("INPUT q ");
  });

  test("navigation and search need no mouse", async () => {
    const { page } = visitor;
    await open("start");
    await tabTo(/^A Vorlagen /);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/vo040");
    await tabTo(/^A Textsuche /);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/yw010");
    await tabTo(/^INPUT q /);
    await page.keyboard.type("Radweg");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/yw010?q=Radweg");
    await tabTo(/VO.\d{4}.002: Radweg an der Seestraße/);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/vo020?VOLFDNR=2002");
    expect(await page.locator("h1").innerText()).toBe("Radweg an der Seestraße");
  });

  test("fits a narrow window without scrolling sideways", async () => {
    const before = visitor.page.viewportSize();
    // WCAG 2.1, 1.4.10: 320 CSS pixels.
    await visitor.page.setViewportSize({ width: 320, height: 640 });
    try {
      for (const page of Object.keys(pages)) {
        await open(page);
        const width = await visitor.page.evaluate("document.documentElement.scrollWidth");
        expect([page, width]).toEqual([page, 320]);
      }
    } finally {
      if (before !== null) await visitor.page.setViewportSize(before);
    }
  });
});

describe("the check itself", () => {
  beforeEach(async () => {
    await visitor.visit((await pagesOf("landkreis-auental"))["start"] ?? "");
  });

  test.each([
    ["color-contrast", 'document.querySelector(".name").style.color = "#ffffff"'],
    ["label", 'document.querySelector("label[for=q]").remove()'],
    ["html-has-lang", 'document.documentElement.removeAttribute("lang")'],
  ])("finds what is spoiled: %s", async (rule, spoil) => {
    await visitor.page.evaluate(spoil);
    const { findings } = await checkAccessibility(visitor.page);
    expect(findings).toEqual([expect.stringContaining(`: ${rule} (`)]);
  });

  test("left nothing in the browser's console", () => {
    expect(browser.complaints).toEqual([]);
  });
});

test.each(["light", "dark"] as const)(
  "the page of a preview's report can be read by everybody, %s",
  async (colorScheme) => {
    const { page } = await browser.visitor();
    await page.emulateMedia({ colorScheme });
    await page.setContent(toHtml(reportOf([fleetEnvelope(3)])));
    for (const block of await page.locator("details > summary").all()) await block.click();
    const { findings, checked } = await checkAccessibility(page);
    expect(findings).toEqual([]);
    expect(checked).toEqual(expect.arrayContaining(["color-contrast", "summary-name"]));
  },
);
