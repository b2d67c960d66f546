import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadReleases } from "../../loading/releases.ts";
import { readReleases } from "../../model/allrisnet/release-rules.ts";
import { isCalendar, meetingsIn } from "../../model/announcement/calendar.ts";
import type { Tenant } from "../../model/tenant.ts";
import { sampleTenant } from "../unit/guest/samples.ts";
import { ApplicationBox } from "./application-box.ts";
import type { HttpClient } from "./http-client.ts";

let box: ApplicationBox;
const version = "4.1.7";

/** The site with these parameters of the citizens' presentation, from now on. */
async function site(
  citizens: object = {},
  differs: object = {},
  parameters: object = {},
): Promise<HttpClient> {
  const tenant = town(citizens, differs, parameters);
  await box.useParameters(tenant, version);
  return box.serve(tenant);
}

function town(citizens: object = {}, differs: object = {}, parameters: object = {}): Tenant {
  return sampleTenant({ licensedModules: ["app", "oparl", "totp"], ...parameters }, citizens, differs);
}

beforeAll(async () => {
  const { releases } = readReleases(await loadReleases("releases"), []);
  box = await ApplicationBox.open(releases);
  await box.useParameters(town(), version);
  await box.install(1, version);
});
afterAll(() => box.close());

/** Addresses of the site itself that a page links to. */
const linksOf = (body: string): string[] =>
  [...body.matchAll(/(?:href|src)="(\/[^"]*)"/g)].map(([, path = ""]) => path.replaceAll("&amp;", "&"));

/** Every page that can be reached by links from the start page, by address. */
async function crawl(
  client: HttpClient,
  start: string,
): Promise<Map<string, { status: number; body: string }>> {
  const pages = new Map<string, { status: number; body: string }>();
  const queue = [start];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    // One month before and after is enough of a calendar without an end.
    if (
      pages.has(path) ||
      (path.includes("monat=") && [...pages.keys()].some((each) => each.includes("monat=")))
    ) {
      continue;
    }
    const { status, body, headers } = await client.get(path);
    pages.set(path, { status, body });
    if (headers["content-type"]?.startsWith("text/html")) queue.push(...linksOf(body));
  }
  return pages;
}

describe("pages for citizens", () => {
  test("every page that is linked is there and has what every page must have", async () => {
    const client = await site({
      oparl: { enabled: true, license: "https://www.govdata.de/dl-de/by-2-0" },
      modules: { map: true },
    });
    const pages = await crawl(client, "/public/");
    expect(pages.size).toBeGreaterThan(60);
    for (const [path, { status, body }] of pages) {
      expect([path, status]).toEqual([path, 200]);
      if (!body.startsWith("<!doctype html>")) continue;
      expect(body).toContain('<meta name="description" content="ALLRIS net Version 4.1.7 (4170039)">');
      expect(body).toContain('<meta name="farm-site" content="hohenbrueck">');
      expect(body).toContain('<html lang="de">');
      expect(body).toMatch(/<main id="inhalt"[^>]*>\s*<h1>/);
      for (const page of ["impressum", "datenschutz", "barrierefreiheit"]) {
        expect(body).toContain(`href="https://www.hohenbrueck.de/${page}"`);
      }
      // The Content-Security-Policy allows neither.
      expect(body).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i);
    }
    const { headers } = await client.get("/public/");
    expect(headers["content-security-policy"]).toContain("default-src 'self'");
    expect(headers["set-cookie"]).toBeUndefined();
    expect((await client.get("/internal/health")).status).toBe(404);
    expect((await client.post("/public/", {})).status).toBe(405);
  });

  test("a module that is off says so, is linked nowhere, and comes back without a restart", async () => {
    const modules = { minutes: false, factions: false, persons: false, textSearch: false };
    const client = await site({ modules });
    const programs = { minutes: "ni010", factions: "fr010", persons: "kp040", textSearch: "yw010" };
    const pages = await crawl(client, "/public/");
    for (const program of Object.values(programs)) {
      expect([...pages.keys()].filter((path) => path.includes(program))).toEqual([]);
      const answer = await client.get(`/public/${program}`);
      expect(answer.status).toBe(403);
      expect(answer.body).toContain(
        `Zugriff verweigert (Programm ${program}): dieses Modul ist nicht freigeschaltet`,
      );
    }
    const names = ["Marlene Sommer", "Klaas Brandt"];
    expect([...pages.values()].filter(({ body }) => names.some((name) => body.includes(name)))).toEqual([]);
    await site();
    expect((await client.get("/public/kp040")).status).toBe(200);
    // A module that this release has not is a page that does not exist.
    expect((await client.get("/public/ls010")).status).toBe(404);
  });

  test("persons show the allowed fields and no other", async () => {
    const client = await site({ persons: { show: ["name", "function"] } });
    const few = (await client.get("/public/kp040")).body;
    expect(few).toContain("Dörte Hansen-Lüth");
    expect(few).toContain("Vorsitz der Vertretung");
    expect(few).not.toMatch(/Bürgerliste|Seestraße|@rat\.example|\+49 3000|<img/);
    expect((await client.get("/public/photo?KPLFDNR=1")).status).toBe(404);
    const show = ["name", "photo", "address", "email", "phone"];
    await site({ persons: { show, consentDocumented: true } });
    const many = (await client.get("/public/kp040")).body;
    for (const value of ["Seestraße 7", "m.sommer@rat.example", "+49 3000 1001"])
      expect(many).toContain(value);
    expect(many).not.toContain("Bürgerliste");
    expect((await client.get("/public/photo?KPLFDNR=1")).headers["content-type"]).toBe("image/svg+xml");
  });

  test("agendas, minutes and the archive come out when the parameters say so", async () => {
    const [next = "", days = ""] = (
      await box.sql(
        1,
        "SELECT id, (starts_at AT TIME ZONE 'Europe/Berlin')::date - current_date FROM meeting WHERE starts_at > now() + interval '2 days' ORDER BY starts_at LIMIT 1",
      )
    ).split("|");
    const open = await box.sql(1, "SELECT min(meeting_id) FROM minutes WHERE approved_on IS NULL");
    const approved = await box.sql(1, "SELECT min(meeting_id) FROM minutes WHERE approved_on IS NOT NULL");
    // The day of today is the guest's business: Berlin and the database may disagree around midnight.
    const client = await site({ publish: { agendaDaysBefore: Number(days) - 2, minutes: "afterApproval" } });
    expect((await client.get(`/public/to010?SILFDNR=${next}`)).body).toContain(
      "Tage vor der Sitzung veröffentlicht",
    );
    expect((await client.get(`/public/ni010?SILFDNR=${approved}`)).status).toBe(200);
    expect((await client.get(`/public/ni010?SILFDNR=${open}`)).status).toBe(404);
    await site({ publish: { agendaDaysBefore: Math.min(30, Number(days) + 1), minutes: "immediately" } });
    expect((await client.get(`/public/to010?SILFDNR=${next}`)).body).toContain("Eröffnung der Sitzung");
    expect((await client.get(`/public/ni010?SILFDNR=${open}`)).status).toBe(200);
    const day = await box.sql(1, "SELECT created_on + 1 FROM paper WHERE id = 2010");
    await site({ publish: { minutes: "never", archiveFrom: day } });
    expect((await client.get(`/public/ni010?SILFDNR=${approved}`)).status).toBe(404);
    expect((await client.get("/public/vo020?VOLFDNR=2010")).status).toBe(404);
    expect((await client.get("/public/vo020?VOLFDNR=2011")).status).toBe(200);
  });

  test("the search finds, counts and escapes", async () => {
    const client = await site({ search: { maxResults: 10 } });
    const search = async (term: string) =>
      (await client.get(`/public/yw010?q=${encodeURIComponent(term)}`)).body;
    expect(await search("ÖFFNUNGSZEITEN")).toContain("Öffnungszeiten der Bücherei");
    expect(await search("Eröffnung")).toContain("Die ersten 10 Treffer");
    expect(await search("%%%")).toContain("Nichts gefunden");
    const evil = await search('"><script>alert(1)</script>');
    expect(evil).not.toContain("<script");
    expect(evil).toContain("&quot;&gt;&lt;script&gt;");
    // Neither papers that are not public nor, without full text, what only stands in the text.
    expect(await search("Bauhof")).toContain("Nichts gefunden");
    expect(await search("Samstagvormittag")).toContain("Bücherei");
    await site({ search: { fullText: false } });
    expect(await search("Samstagvormittag")).toContain("Nichts gefunden");
  });

  test("colours, logo and names are the administration's", async () => {
    const branding = {
      primaryColor: "#7a1f2b",
      logo: { file: "a.svg", sha256: "0".repeat(64), alt: "Wappen & Löwe" },
    };
    const client = await site({}, { name: "Stadt <Süd>" }, { branding });
    const { body } = await client.get("/public/");
    expect(body).toContain("Stadt &lt;Süd&gt;");
    expect(body).toContain('alt="Wappen &amp; Löwe"');
    const sheet = linksOf(body).find((path) => path.includes("style.css")) ?? "";
    expect((await client.get(sheet)).body).toMatch(/^:root\{--brand:#7a1f2b;--on-brand:#ffffff\}/);
    expect((await client.get("/public/logo")).headers["content-type"]).toBe("image/svg+xml");
  });
});

describe("what programs read", () => {
  test("the calendar is an iCalendar of folded lines", async () => {
    const client = await site({}, { name: `Verwaltungsgemeinschaft ${"Großlüdersee-".repeat(6)}Röthen` });
    const { body, headers } = await client.get("/public/ics/SiKalAbo.ics");
    expect(headers["content-type"]).toBe("text/calendar;charset=utf-8");
    const lines = body.split("\r\n");
    expect(lines.at(-1)).toBe("");
    expect(lines.filter((line) => line.includes("\n") || Buffer.byteLength(line) > 75)).toEqual([]);
    const unfolded = body.replaceAll("\r\n ", "");
    expect(unfolded).toContain(
      `X-WR-CALNAME:Sitzungen: Verwaltungsgemeinschaft ${"Großlüdersee-".repeat(6)}Röthen\r\n`,
    );
    expect(unfolded.match(/^BEGIN:VEVENT/gm)?.length).toBeGreaterThan(50);
    expect(unfolded).toContain("LOCATION:Rathaus\\, Sitzungssaal\r\n");
    // 18 o'clock in Berlin is 17 or 16 in UTC.
    expect(
      [...new Set([...unfolded.matchAll(/^DTSTART:\d{8}T(\d\d)0000Z/gm)].map(([, hour]) => hour))].sort(),
    ).toEqual(["16", "17"]);
    // What announcements of maintenance read of it: each meeting of two hours, and none beside it.
    expect(isCalendar(body)).toBe(true);
    const starts = [...unfolded.matchAll(/^DTSTART:(\d{4})(\d\d)(\d\d)T(\d\d)0000Z/gm)]
      .map(([, ...part]) => Date.parse(`${part.slice(0, 3).join("-")}T${part[3]}:00:00Z`))
      .sort();
    for (const start of [...new Set(starts)]) {
      const at = (minutes: number): Date => new Date(start + minutes * 60_000);
      const together = starts.filter((other) => other === start).length;
      expect(meetingsIn(body, { start: at(119), end: at(180) })).toHaveLength(together);
      expect(meetingsIn(body, { start: at(120), end: at(180) })).toEqual([]);
    }
    await site({ feeds: { ical: false } });
    expect((await client.get("/public/ics/SiKalAbo.ics")).status).toBe(404);
  });

  test("OParl's System is there when it is enabled", async () => {
    const client = await site({ oparl: { enabled: true, license: "https://www.govdata.de/dl-de/by-2-0" } });
    const { body, headers } = await client.get("/public/oparl/system");
    expect(headers["content-type"]).toBe("application/json;charset=utf-8");
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(JSON.parse(body)).toMatchObject({
      id: "https://ratsinfo.hohenbrueck.de/public/oparl/system",
      type: "https://schema.oparl.org/1.1/System",
      oparlVersion: "https://schema.oparl.org/1.1/",
      body: "https://ratsinfo.hohenbrueck.de/public/oparl/bodies",
      license: "https://www.govdata.de/dl-de/by-2-0",
    });
    await site();
    expect((await client.get("/public/oparl/system")).status).toBe(404);
  });
});

describe("the application's own check", () => {
  const check = (folder: string) => box.inside(`/internal/check?parameters=${folder}`);

  test("accepts what the farm renders for its release, and nothing that is rendered for another", async () => {
    expect(await check(box.stage(town(), version))).toEqual({ status: 200, body: "" });
    const { status, body } = await check(box.stage(town(), "4.1.8"));
    expect(status).toBe(422);
    expect(body.split("\n")).toEqual(
      expect.arrayContaining([
        "bi.feeds.rss: missing",
        "bi.modules.livestream: not known to release 4.1.7",
        "bi.search.limit: not known to release 4.1.7",
        "bi.search.max-results: missing",
      ]),
    );
  });

  test("names every bad value, and files that disagree", async () => {
    const spoil = (from: RegExp, to: string) => box.stage(town(), version, (text) => text.replace(from, to));
    const both = await check(
      box.stage(town(), version, (text) =>
        text
          .replace(/^ri\.session\.idle-minutes=.*$/m, "ri.session.idle-minutes=1e9")
          .replace(/^bi\.indexing=.*$/m, "bi.indexing=some"),
      ),
    );
    expect(both).toEqual({
      status: 422,
      body: 'bi.indexing: "some" is not allowed\nri.session.idle-minutes: "1e9" is not a number from 5 to 120',
    });
    expect((await check(spoil(/^bi\.modules\.papers=true$/m, "bi.modules.papers=false"))).body).toBe(
      "presentations.xml: citizens/modules/papers is not as bi.modules.papers says",
    );
    expect((await check("/box/sets")).status).toBe(422);
  });
});
