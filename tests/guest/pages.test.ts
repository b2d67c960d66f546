import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readLab } from "../../lab/lab-file.ts";
import type { Tenant } from "../../model/tenant.ts";
import { LabBrowser, type Visitor } from "../support/browser.ts";
import { councilMembers } from "../support/council.ts";
import {
  citizensFrame,
  type Frame,
  frameOf,
  month,
  personColumns,
  programsOff,
} from "../support/site-pages.ts";
import { labTenants } from "../support/tenants.ts";

const ids = ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"];
const members = councilMembers();
let tenants: ReadonlyMap<string, Tenant>;
let browser: LabBrowser;
let visitor: Visitor;

beforeAll(async () => {
  tenants = new Map((await labTenants()).map((tenant) => [tenant.id, tenant]));
  browser = await LabBrowser.open();
  visitor = await browser.visitor();
});
afterAll(() => browser?.close());

function tenant(id: string): Tenant {
  const found = tenants.get(id);
  if (found === undefined) throw new Error(`no tenant ${id}`);
  return found;
}

/** The address of a program of the citizens' presentation. */
const address = ({ domain, allrisnet }: Tenant, program: string): string =>
  `https://${domain}${allrisnet.citizens.basePath}/${program}`;

/** Addresses of the site itself that the open page links to. */
const links = (): Promise<string[]> =>
  visitor.page.evaluate(
    "[...document.links].filter(({ origin }) => origin === location.origin).map(({ href }) => href)",
  );

/** One page of each program that can be reached from the given ones, with its frame and its links. */
async function walk(starts: readonly string[]): Promise<Map<string, { frame: Frame; links: string[] }>> {
  const walked = new Map<string, { frame: Frame; links: string[] }>();
  const known = new Set<string>();
  const queue = [...starts];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { pathname } = new URL(next);
    // What is no page is not walked to.
    if (known.has(pathname) || /\/(ics|oparl)\/|\/(do027|rss)$/.test(pathname)) continue;
    known.add(pathname);
    expect([next, await visitor.visit(next)]).toEqual([next, 200]);
    const found = await links();
    walked.set(next, { frame: await frameOf(visitor.page), links: found });
    queue.push(...found);
  }
  return walked;
}

describe.each(ids)("%s", (id) => {
  test("opens with its own start page", async () => {
    const { name, domain } = tenant(id);
    await visitor.visit(`https://${domain}/`);
    expect(visitor.page.url()).toBe(address(tenant(id), ""));
    expect(await visitor.page.title()).toBe(`Bürgerinfo – ${name}`);
  });

  test("has its name, colours, logo, modules and legal links on every page, and no link to a module that is off", async () => {
    const wanted = citizensFrame(tenant(id));
    const walked = await walk([address(tenant(id), "")]);
    expect(walked.size).toBeGreaterThanOrEqual(wanted.navigation.length + 5);
    for (const [page, { frame, links }] of walked) {
      expect([page, frame]).toEqual([page, wanted]);
      for (const program of programsOff(tenant(id))) {
        expect(links.filter((link) => new URL(link).pathname.endsWith(`/${program}`))).toEqual([]);
      }
    }
  });

  test("says of a module that is off that it is", async () => {
    const wanted = citizensFrame(tenant(id));
    for (const program of programsOff(tenant(id))) {
      expect([program, await visitor.visit(address(tenant(id), program))]).toEqual([program, 403]);
      const words = `Zugriff verweigert (Programm ${program}): dieses Modul ist nicht freigeschaltet.`;
      expect(await visitor.text()).toContain(words);
      expect(await frameOf(visitor.page)).toEqual(wanted);
    }
    expect(await visitor.visit(address(tenant(id), "gibt-es-nicht"))).toBe(404);
    expect(await frameOf(visitor.page)).toEqual(wanted);
  });

  test("shows of persons what it may and nothing else", async () => {
    const { show } = tenant(id).allrisnet.citizens.persons;
    await visitor.visit(address(tenant(id), "kp040"));
    const { page } = visitor;
    expect(await page.locator("th").allInnerTexts()).toEqual(personColumns(tenant(id)));
    expect(await page.locator("tbody tr").count()).toBe(members.length);
    const pictures = await page.evaluate(
      "[...document.querySelectorAll('td img')].filter((image) => image.naturalWidth > 0).length",
    );
    expect(pictures).toBe(show.includes("photo") ? members.length : 0);
    const source = await page.content();
    expect(members.length).toBe(8);
    for (const member of members) {
      for (const field of ["name", "party", "function", "address", "email", "phone"] as const) {
        const there = source.includes(member[field]);
        expect([member[field], there]).toEqual([member[field], show.includes(field)]);
      }
    }
  });

  test("links to its calendar's subscription, agendas and minutes as its parameters say", async () => {
    const { modules, publish, feeds } = tenant(id).allrisnet.citizens;
    const { page } = visitor;
    await visitor.visit(address(tenant(id), `si010?monat=${month(-3)}`));
    expect(await page.getByRole("link", { name: "iCal" }).count()).toBe(feeds.ical ? 1 : 0);
    // Three months ago: held, and its minutes approved at the next meeting.
    await page.locator("main .list a").first().click();
    expect(await page.locator("h1").innerText()).toMatch(/^Sitzung: /);
    expect(await page.getByRole("link", { name: "Eröffnung der Sitzung" }).count()).toBe(1);
    expect(await page.getByRole("link", { name: "Niederschrift dieser" }).count()).toBe(
      modules.minutes ? 1 : 0,
    );
    // In three months: too far ahead for every administration.
    await visitor.visit(address(tenant(id), `si010?monat=${month(3)}`));
    await page.locator("main .list a").first().click();
    expect(await page.locator("main").innerText()).toContain(
      `Die Tagesordnung wird ${publish.agendaDaysBefore} Tage vor der Sitzung veröffentlicht.`,
    );
  });

  test("tells whom to write to about barriers", async () => {
    const { accessibility } = tenant(id).allrisnet.citizens;
    await visitor.visit(address(tenant(id), ""));
    await visitor.page.getByRole("link", { name: "Barriere melden" }).click();
    const text = await visitor.page.locator("main").innerText();
    expect(text).toContain(accessibility.feedbackEmail);
    expect(text).toContain(accessibility.enforcementBodyUrl);
    const [year, monthOfYear, day] = accessibility.statementDate.split("-");
    expect(text).toContain(`Stand der Erklärung: ${day}.${monthOfYear}.${year}`);
  });

  test("offers its data to programs only where that is on", async () => {
    const { oparl } = tenant(id).allrisnet.citizens;
    const interfaceAddress = address(tenant(id), "oparl/system");
    if (oparl.enabled) {
      await visitor.visit(address(tenant(id), ""));
      const system = await visitor.page.evaluate(
        `fetch("${interfaceAddress}").then((answer) => answer.json())`,
      );
      expect(system).toMatchObject({ id: interfaceAddress, license: oparl.license });
    } else {
      expect(await visitor.visit(interfaceAddress)).toBe(404);
    }
  });
});

describe("the three sites", () => {
  test("ask for different frames, persons and modules", () => {
    const asked = ids.map((id) => tenant(id));
    for (const of of [citizensFrame, personColumns, programsOff]) {
      expect(new Set(asked.map((each) => JSON.stringify(of(each)))).size).toBe(ids.length);
    }
  });

  test("show the same where no parameter says otherwise", async () => {
    // Dates count from the installation, which may have been on different days.
    const main = async (id: string, program: string): Promise<string> => {
      await visitor.visit(address(tenant(id), program));
      return (await visitor.page.locator("main").innerText()).replace(/\d\d\.\d\d\.\d{4}|VO\/\d{4}/g, "…");
    };
    for (const program of ["vo040", "vo020?VOLFDNR=2002"]) {
      const texts: string[] = [];
      for (const id of ids) texts.push(await main(id, program));
      expect(texts[0]).toContain("Radweg an der Seestraße");
      expect(new Set(texts).size).toBe(1);
    }
  });

  test("gave the browser nothing to complain about", () => {
    expect(browser.complaints).toEqual([]);
  });

  test("show nothing to a browser that does not trust their roots", async () => {
    const stranger = await LabBrowser.open(readLab(), []);
    try {
      const { page } = await stranger.visitor();
      for (const id of ids) {
        await expect(page.goto(address(tenant(id), ""))).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
      }
    } finally {
      await stranger.close();
    }
  });
});
