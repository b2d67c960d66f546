import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tenant } from "../../model/tenant.ts";
import { checkAccessibility } from "../support/accessibility.ts";
import { ApplicationDatabase } from "../support/application-database.ts";
import { LabBrowser, type Visitor } from "../support/browser.ts";
import { pinnedKeys } from "../support/machine.ts";
import { frameOf, politiciansFrame } from "../support/site-pages.ts";
import { labTenants } from "../support/tenants.ts";
import { totp } from "../support/totp.ts";

const ids = ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"];
/** Has a second factor set up, and sits in the first of the bodies. */
const sommer = {
  login: "m.sommer",
  password: "Lindenblatt-am-See-7",
  secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
};
/** Has none. */
const keller = { login: "a.keller", password: "Birkenhain-bei-Nacht-9" };
const refusal = "Die Anmeldung ist nicht gelungen. Bitte prüfen Sie Ihre Eingaben.";

let tenants: ReadonlyMap<string, Tenant>;
let keys: ReadonlyMap<string, string>;
let browser: LabBrowser;

beforeAll(async () => {
  tenants = new Map((await labTenants()).map((tenant) => [tenant.id, tenant]));
  keys = await pinnedKeys();
  browser = await LabBrowser.open();
});
afterAll(() => browser?.close());

function tenant(id: string): Tenant {
  const found = tenants.get(id);
  if (found === undefined) throw new Error(`no tenant ${id}`);
  return found;
}

describe.each(ids)("politicians of %s", (id) => {
  let visitor: Visitor;
  let database: ApplicationDatabase;
  /** The last sign-in and the last entry of the log before these tests. */
  let last: readonly string[];
  const parameters = () => tenant(id).allrisnet.politicians;
  const address = (program: string): string =>
    `https://${tenant(id).domain}${parameters().basePath}/${program}`;
  const text = (): Promise<string> => visitor.page.locator("main").innerText();
  const accountsAnew = "UPDATE account SET failures = 0, locked_until = NULL, totp_step = 0";

  /** Fills in the form that is open and sends it. */
  async function send(who: { login: string; password: string; secret?: string }): Promise<void> {
    const { page } = visitor;
    await page.getByLabel("Kennung").fill(who.login);
    await page.getByLabel("Kennwort").fill(who.password);
    const code = page.getByLabel("Einmalkode");
    if (who.secret !== undefined) await code.fill(totp(who.secret));
    else if ((await code.getAttribute("required")) !== null) await code.fill("000000");
    const answer = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Anmelden" }).click();
    await answer;
    await page.waitForLoadState();
  }

  /** Leads to the start page of who is signed in, through the form where nobody is. */
  async function signIn(): Promise<void> {
    await visitor.visit(address(""));
    if (visitor.page.url() === address("")) return;
    await database.sql(accountsAnew);
    await send(sommer);
    expect(visitor.page.url()).toBe(address(""));
  }

  async function tabTo(words: string): Promise<void> {
    for (let presses = 0; presses < 20; presses++) {
      await visitor.page.keyboard.press("Tab");
      const found = await visitor.page.evaluate<string>("document.activeElement.textContent");
      if (found === words) return;
    }
    throw new Error(`Tab never reaches ${words}`);
  }

  beforeAll(async () => {
    database = new ApplicationDatabase(tenant(id).address, keys.get(id) ?? "");
    const latest = "SELECT coalesce(max(id), 0) FROM";
    last = (await database.sql(`${accountsAnew}; ${latest} sign_in; ${latest} audit;`)).split("\n");
    // One visitor for all: a sign-in takes time, and no code serves twice.
    visitor = await browser.visitor();
  });
  afterAll(async () => {
    const [signIns, events] = last;
    await database.sql(
      `${accountsAnew}; DELETE FROM sign_in WHERE id > ${signIns}; DELETE FROM audit WHERE id > ${events};`,
    );
  });

  test("nothing is shown before the sign-in, whose page is the administration's own", async () => {
    const { label, auth } = parameters();
    for (const program of ["", "vo020?VOLFDNR=2004", "profile"]) {
      await visitor.visit(address(program));
      expect(visitor.page.url()).toBe(address("logon"));
    }
    expect(await visitor.page.locator("h1").innerText()).toBe(`Anmeldung: ${label}`);
    expect(await frameOf(visitor.page)).toEqual(politiciansFrame(tenant(id), false));
    expect(await text()).toContain(
      `Nach ${auth.lockoutAttempts} Fehlversuchen ist ein Zugang für ${auth.lockoutMinutes} Minuten gesperrt.`,
    );
  });

  test("the second factor is asked of everybody, or of those who have one", async () => {
    const required = parameters().auth.secondFactor === "totp-required";
    await visitor.visit(address("logon"));
    const code = visitor.page.getByLabel("Einmalkode");
    expect((await code.getAttribute("required")) !== null).toBe(required);
    await send(keller);
    if (required) expect(await text()).toContain(refusal);
    else expect(await visitor.text()).toContain("Angemeldet: Aylin Keller");
    // Who has one gets nowhere without it.
    await visitor.page.context().clearCookies();
    await visitor.visit(address("logon"));
    await send({ login: sommer.login, password: sommer.password });
    expect(await text()).toContain(refusal);
  });

  test("signing in needs no mouse", async () => {
    const { page } = visitor;
    await page.context().clearCookies();
    await database.sql(accountsAnew);
    await visitor.visit(address("logon"));
    // Past the skip link and the administration's name.
    for (let presses = 0; presses < 2; presses++) await page.keyboard.press("Tab");
    for (const words of [sommer.login, sommer.password, totp(sommer.secret)]) {
      await page.keyboard.press("Tab");
      await page.keyboard.type(words);
    }
    await page.keyboard.press("Enter");
    await page.waitForURL(address(""));
    expect(await visitor.text()).toContain("Angemeldet: Marlene Sommer");
  });

  test("who is signed in sees what is not public, of the own body, and what the parameters allow", async () => {
    const { modules, documents, auth } = parameters();
    const { page } = visitor;
    await signIn();
    expect(await frameOf(page)).toEqual(politiciansFrame(tenant(id), true));
    expect((await checkAccessibility(page)).findings).toEqual([]);
    expect(await visitor.visit(address("vo020?VOLFDNR=2004"))).toBe(200);
    expect(await text()).toMatch(/Verkauf eines Grundstücks[\s\S]*nichtöffentlich/);
    expect(await page.getByRole("link", { name: "herunterladen" }).count()).toBe(documents.download ? 1 : 0);
    expect((await checkAccessibility(page)).findings).toEqual([]);
    // A paper of the second body, which is the first where there is but one.
    const bodies = tenant(id).bodies.length;
    expect(await visitor.visit(address("vo020?VOLFDNR=2016"))).toBe(bodies > 1 ? 404 : 200);
    expect(await visitor.visit(address("ap010"))).toBe(modules.app ? 200 : 403);
    expect((await text()).includes("dieses Modul ist nicht freigeschaltet")).toBe(!modules.app);
    await visitor.visit(address("profile"));
    expect(await page.getByLabel("Neues Kennwort").getAttribute("minlength")).toBe(
      String(auth.passwordMinLength),
    );
    const { basePath } = tenant(id).allrisnet.citizens;
    expect(await visitor.visit(`https://${tenant(id).domain}${basePath}/vo020?VOLFDNR=2004`)).toBe(404);
  });

  test("nothing is kept: signed off, without a mouse too, Back brings nothing back", async () => {
    const { page } = visitor;
    // Of citizens' pages it does: this browser remembers what it may.
    const { basePath } = tenant(id).allrisnet.citizens;
    await visitor.visit(`https://${tenant(id).domain}${basePath}/vo040`);
    await page.evaluate("globalThis.remembered = true");
    await page.locator("main .list a").first().click();
    await page.goBack({ waitUntil: "commit" });
    expect(await page.evaluate("globalThis.remembered")).toBe(true);
    visitor.seen.length = 0;
    await signIn();
    await visitor.visit(address("vo020?VOLFDNR=2004"));
    expect(await text()).toContain("Kaufpreis");
    await tabTo("Abmelden");
    await page.keyboard.press("Enter");
    await page.waitForURL(address("logon?ended=off"));
    expect(await text()).toContain("Sie sind abgemeldet.");
    await page.goBack({ waitUntil: "commit" });
    expect(page.url()).toBe(address("logon"));
    expect(await page.content()).not.toContain("Kaufpreis");
    const answers = visitor.seen.filter(({ path }) => path.startsWith(`${parameters().basePath}/`));
    expect(answers.length).toBeGreaterThan(8);
    for (const { path, headers } of answers) {
      expect([path, headers["cache-control"]]).toEqual([path, "no-store"]);
    }
  });

  test("an account is locked after as many attempts and for as long as the parameters say", async () => {
    const { lockoutAttempts, lockoutMinutes } = parameters().auth;
    const account = `account WHERE login = '${sommer.login}'`;
    const left = () =>
      database.sql(`SELECT failures, round(extract(epoch FROM locked_until - now()) / 60) FROM ${account}`);
    await database.sql(accountsAnew);
    await visitor.page.context().clearCookies();
    await visitor.visit(address("logon"));
    await send({ ...sommer, password: "falsch" });
    expect(await left()).toBe("1|");
    // Hashing a password is slow by intent: all but the last two further attempts are written into the count.
    await database.sql(
      `UPDATE account SET failures = ${lockoutAttempts - 2} WHERE login = '${sommer.login}'`,
    );
    await send({ ...sommer, password: "falsch" });
    expect(await left()).toBe(`${lockoutAttempts - 1}|`);
    await send({ ...sommer, password: "falsch" });
    expect(await left()).toBe(`0|${lockoutMinutes}`);
    expect(await text()).toContain(refusal);
    // The right password, with a code that was never used.
    await send(sommer);
    expect(await text()).toContain(refusal);
    await database.sql("UPDATE account SET locked_until = now() - interval '1 second', totp_step = 0");
    await send(sommer);
    expect(await visitor.text()).toContain("Angemeldet: Marlene Sommer");
  });

  test("who does nothing for too long is signed off", async () => {
    const { idleMinutes } = parameters().session;
    const wait = (minutes: number) =>
      database.sql(
        `UPDATE sign_in SET seen_at = seen_at - interval '${minutes} minutes' WHERE id > ${last[0]} AND ended_at IS NULL`,
      );
    await signIn();
    await wait(idleMinutes - 1);
    await visitor.page.getByRole("link", { name: "Vorlagen", exact: true }).click();
    await visitor.page.waitForURL(address("vo040"));
    await wait(idleMinutes + 1);
    await visitor.page.getByRole("link", { name: "Mein Zugang" }).click();
    await visitor.page.waitForURL(address("logon?ended=idle"));
    expect(await text()).toContain(`weil Sie ${idleMinutes} Minuten lang nichts getan haben`);
    await visitor.visit(address(""));
    expect(visitor.page.url()).toBe(address("logon"));
  });
});

test("the browser had nothing to complain about", () => {
  expect(browser.complaints).toEqual([]);
});
