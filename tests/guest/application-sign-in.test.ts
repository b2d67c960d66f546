import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadReleases } from "../../loading/releases.ts";
import { readReleases } from "../../model/allrisnet/release-rules.ts";
import type { Tenant } from "../../model/tenant.ts";
import { totp } from "../support/totp.ts";
import { sampleTenant } from "../unit/guest/samples.ts";
import { ApplicationBox } from "./application-box.ts";
import type { Answer, HttpClient } from "./http-client.ts";

const version = "4.1.7";
const sommer = {
  login: "m.sommer",
  password: "Lindenblatt-am-See-7",
  secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
};
const keller = { login: "a.keller", password: "Birkenhain-bei-Nacht-9" };
const bodies = [
  { id: "mitte", name: "Gemeinde Mitte" },
  { id: "nord", name: "Gemeinde Nord" },
];
let box: ApplicationBox;

function office(politicians: object = {}): Tenant {
  const parameters = { licensedModules: ["app", "onlineVoting", "totp"], politicians };
  return sampleTenant(parameters, {}, { kind: "amt", bodies });
}

/** Another visitor of the site with these parameters. */
async function site(politicians: object = {}): Promise<HttpClient> {
  await box.useParameters(office(politicians), version);
  return box.serve(office(politicians));
}

const tokenOf = (answer: Answer): string =>
  /name="token" value="([^"]+)"/.exec(answer.body)?.[1] ?? "no token";

/** Signs in, by default as somebody whose second factor is asked for. */
async function signIn(
  client: HttpClient,
  who: { login: string; password: string; code?: string },
): Promise<Answer> {
  const token = tokenOf(await client.get("/ri/logon"));
  return client.post("/ri/logon", { ...who, code: who.code ?? "", token });
}

/** A visitor who is signed in as a.keller, without a second factor. */
async function signedIn(politicians: object = {}): Promise<HttpClient> {
  const client = await site({ auth: { secondFactor: "totp-optional" }, ...politicians });
  expect((await signIn(client, keller)).headers.location).toBe("/ri/");
  return client;
}

beforeAll(async () => {
  const { releases } = readReleases(await loadReleases("releases"), []);
  box = await ApplicationBox.open(releases);
  await box.useParameters(office(), version);
  await box.install(1, version);
});
afterAll(() => box.close());
// nginx's limit for sign-ins starts anew with it, and so do the accounts.
beforeEach(() => box.sql(1, "UPDATE account SET failures = 0, locked_until = NULL, totp_step = 0"));

describe("signing in", () => {
  test("asks for the second factor, takes a code once, and changes the session's id", async () => {
    const client = await site();
    expect((await client.get("/ri/vo040")).headers.location).toBe("/ri/logon");
    const logon = await client.get("/ri/logon");
    expect(logon.body).toContain("Einmalkode");
    expect(logon.headers["set-cookie"]?.[0]).toMatch(/^ALLRISSESSION=[^;]+; Path=\/ri\/;.*Secure/);
    expect(logon.headers["set-cookie"]?.[0]).toMatch(/HttpOnly/);
    expect(logon.headers["set-cookie"]?.[0]).toMatch(/SameSite=Lax/i);
    const before = client.cookies.get("ALLRISSESSION");
    const code = totp(sommer.secret);
    const { status, headers } = await signIn(client, { ...sommer, code });
    expect([status, headers.location]).toEqual([303, "/ri/"]);
    expect(client.cookies.get("ALLRISSESSION")).not.toBe(before);
    expect((await client.get("/ri/")).body).toContain("Angemeldet: Marlene Sommer");
    // The same code in other hands is worth nothing.
    const other = box.client(office());
    expect((await signIn(other, { ...sommer, code })).status).toBe(401);
  });

  test("never says what was wrong", async () => {
    const client = await site();
    const tries = [
      { login: "nobody", password: sommer.password, code: totp(sommer.secret) },
      { ...sommer, password: "wrong", code: totp(sommer.secret) },
      { ...sommer, code: "000000" },
      { ...keller },
    ];
    const answers: string[] = [];
    for (const each of tries) {
      const { status, body } = await signIn(client, each);
      expect(status).toBe(401);
      answers.push(body.replaceAll(tokenOf(await client.get("/ri/logon")), ""));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain("Die Anmeldung ist nicht gelungen");
  });

  test("locks an account after the allowed attempts, for the time that was said", async () => {
    const client = await site({
      auth: { secondFactor: "totp-optional", lockoutAttempts: 3, lockoutMinutes: 20 },
    });
    for (let i = 0; i < 3; i++) await signIn(client, { ...keller, password: "wrong" });
    expect((await signIn(client, keller)).status).toBe(401);
    const left = await box.sql(
      1,
      "SELECT round(extract(epoch FROM locked_until - now()) / 60) FROM account WHERE login = 'a.keller'",
    );
    expect(left).toBe("20");
    await box.sql(
      1,
      "UPDATE account SET locked_until = now() - interval '1 second' WHERE login = 'a.keller'",
    );
    expect((await signIn(client, keller)).status).toBe(303);
    const events = await box.sql(
      1,
      "SELECT string_agg(event, ' ' ORDER BY id) FROM (SELECT * FROM audit WHERE login = 'a.keller' ORDER BY id DESC LIMIT 5) latest",
    );
    expect(events).toBe("failed failed failed locked signed-in");
  });

  test("without a second factor asks for none; another method refuses passwords", async () => {
    const off = await site({ nonPublicDocuments: false, auth: { secondFactor: "off" } });
    expect((await off.get("/ri/logon")).body).not.toContain("Einmalkode");
    expect((await signIn(off, sommer)).status).toBe(303);
    const method = {
      kind: "oidc",
      issuerUrl: "https://anmeldung.hohenbrueck.de/rat",
      clientId: "rat",
      clientSecret: { from: "config", key: "rat" },
    };
    const oidc = await site({ auth: { secondFactor: "totp-optional", method } });
    const { body } = await oidc.get("/ri/logon");
    expect(body).toContain("OpenID Connect");
    expect(body).not.toContain('type="password"');
    expect((await oidc.post("/ri/logon", { ...keller, token: "x" })).status).toBe(403);
  });

  test("ends after too long a pause, and after the longest time", async () => {
    const client = await signedIn({ session: { idleMinutes: 10, maxHours: 2 } });
    await box.sql(1, "UPDATE sign_in SET seen_at = seen_at - interval '9 minutes'");
    expect((await client.get("/ri/")).status).toBe(200);
    await box.sql(1, "UPDATE sign_in SET seen_at = seen_at - interval '11 minutes'");
    const { status, headers } = await client.get("/ri/vo040");
    expect([status, headers.location]).toEqual([303, "/ri/logon?ended=idle"]);
    expect((await client.get("/ri/logon?ended=idle")).body).toContain("10 Minuten");
    expect((await signIn(client, keller)).status).toBe(303);
    await box.sql(1, "UPDATE sign_in SET started_at = started_at - interval '2 hours'");
    expect((await client.get("/ri/")).status).toBe(303);
  });

  test("nothing is kept by browsers or found by search engines, and signing off ends it", async () => {
    const client = await signedIn();
    for (const path of ["/ri/", "/ri/vo040", "/ri/style.css", "/ri/nothing"]) {
      const { headers } = await client.get(path);
      expect([path, headers["cache-control"], headers["x-robots-tag"]]).toEqual([
        path,
        "no-store",
        "noindex, nofollow",
      ]);
    }
    const token = tokenOf(await client.get("/ri/"));
    expect((await client.post("/ri/logoff", { token })).headers.location).toBe("/ri/logon?ended=off");
    expect((await client.get("/ri/")).status).toBe(303);
  });
});

describe("what politicians see and write", () => {
  test("papers that are not public: of the own body, of all, or none", async () => {
    // Of body 1, of body 2 and of body 3, which is the first again where there are two.
    const papers = async (client: HttpClient): Promise<number[]> => {
      const found = ["2004", "2016", "2020"].map(
        async (id) => (await client.get(`/ri/vo020?VOLFDNR=${id}`)).status,
      );
      return Promise.all(found);
    };
    const client = await signedIn();
    expect(await papers(client)).toEqual([200, 404, 200]);
    expect((await client.get("/ri/vo040")).body).not.toContain("Pachtvertrag");
    await site({ auth: { secondFactor: "totp-optional" }, visibility: "all-non-public" });
    expect(await papers(client)).toEqual([200, 200, 200]);
    expect((await client.get("/ri/vo020?VOLFDNR=2016")).body).toContain("nichtöffentlich");
    await site({ auth: { secondFactor: "totp-optional" }, nonPublicDocuments: false });
    expect(await papers(client)).toEqual([404, 404, 404]);
  });

  test("documents carry a watermark, or cannot be had at all", async () => {
    const client = await signedIn();
    const pdf = (await client.get("/ri/do027?VOLFDNR=2004")).bytes.toString("latin1");
    expect(pdf).toMatch(/^%PDF-1\.4[\s\S]*\(Aylin Keller, \d\d\.\d\d\.\d{4}[\s\S]*%%EOF\n$/);
    await site({ auth: { secondFactor: "totp-optional" }, documents: { watermark: false } });
    expect((await client.get("/ri/do027?VOLFDNR=2004")).body).not.toContain("Aylin Keller");
    await site({ auth: { secondFactor: "totp-optional" }, documents: { download: false } });
    expect((await client.get("/ri/do027?VOLFDNR=2004")).status).toBe(403);
    expect((await client.get("/ri/vo020?VOLFDNR=2004")).body).not.toContain("do027");
  });

  test("a note is kept, shown as it was written, and only taken from the own form", async () => {
    const client = await signedIn();
    const token = tokenOf(await client.get("/ri/vo020?VOLFDNR=2002"));
    const note = { VOLFDNR: "2002", text: "<script>alert('Röthen')</script>" };
    expect((await client.post("/ri/nz010", { ...note, token: "guessed" })).status).toBe(403);
    expect((await client.post("/ri/nz010", { ...note, token })).headers.location).toBe(
      "/ri/vo020?VOLFDNR=2002",
    );
    for (const path of ["/ri/vo020?VOLFDNR=2002", "/ri/nz010"]) {
      const { body } = await client.get(path);
      expect(body).toContain("&lt;script&gt;alert(&#39;Röthen&#39;)&lt;/script&gt;");
      expect(body).not.toContain("<script");
    }
    expect(await box.sql(1, "SELECT count(*) FROM note WHERE text LIKE '<script>%'")).toBe("1");
  });

  test("a motion's file comes back byte by byte", async () => {
    const client = await signedIn();
    const form = new FormData();
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
    form.set("token", tokenOf(await client.get("/ri/an010")));
    form.set("title", "Mehr Bäume");
    form.set("text", "Am Deichweg.");
    form.set("file", new Blob([bytes]), "Plan Röthen.bin");
    expect((await client.upload("/ri/an010", form)).headers.location).toBe("/ri/an010");
    const link = /href="(\/ri\/attachment[^"]+)">Anlage: Plan Röthen\.bin/.exec(
      (await client.get("/ri/an010")).body,
    )?.[1];
    const file = await client.get(link ?? "no link");
    expect(file.bytes.equals(bytes)).toBe(true);
    expect(file.headers["content-disposition"]).toBe("attachment; filename*=UTF-8''Plan%20R%C3%B6then.bin");
    expect(await box.run("ls /srv/allrisnet/generations/1/files | wc -l")).toBe("1");
  });

  test("taking part, voting and a new password", async () => {
    const client = await signedIn({ modules: { onlineVoting: true } });
    const meeting = await box.sql(1, "SELECT min(id) FROM meeting WHERE starts_at > now()");
    const item = await box.sql(1, `SELECT min(id) FROM agenda_item WHERE meeting_id = ${meeting}`);
    const token = tokenOf(await client.get("/ri/"));
    await client.post("/ri/attendance", { SILFDNR: meeting, answer: "yes", token });
    expect((await client.get(`/ri/to010?SILFDNR=${meeting}`)).body).toContain("Ihre Teilnahme: zugesagt");
    await client.post("/ri/vote", { TOLFDNR: item, choice: "no", token });
    expect((await client.get(`/ri/to020?TOLFDNR=${item}`)).body).toContain("Ihre Stimme: Nein");
    const change = (old: string, next: string) => client.post("/ri/profile", { old, new: next, token });
    expect((await change(keller.password, "kurz")).body).toContain("mindestens 12 Zeichen");
    expect((await change("wrong", "Ein-neues-Kennwort")).body).toContain("stimmt nicht");
    expect((await change(keller.password, "Ein-neues-Kennwort")).body).toContain("ist geändert");
    await client.post("/ri/logoff", { token });
    expect((await signIn(client, { ...keller, password: "Ein-neues-Kennwort" })).status).toBe(303);
    await site({ auth: { secondFactor: "totp-optional" }, modules: { attendance: false, notes: false } });
    expect((await client.get("/ri/nz010")).status).toBe(403);
    expect((await client.get(`/ri/to010?SILFDNR=${meeting}`)).body).not.toContain("Ihre Teilnahme");
  });
});

describe("behind a list of networks", () => {
  const [listed, asker, stranger] = ["192.0.2.7", "198.51.100.31", "203.0.113.9"];
  const closed = office({ ipAllowlist: ["192.0.2.0/24"] });

  test("who measures sees the page of signing in, signs nobody in and sees nothing else; an outage behind it shows", async () => {
    await box.useParameters(closed, version);
    await box.serve(closed, [`${asker}/32`]);
    const all = async (path: string, method?: string): Promise<readonly number[]> => [
      await box.statusFor(listed, closed, path, method),
      await box.statusFor(asker, closed, path, method),
      await box.statusFor(stranger, closed, path, method),
    ];
    expect(await all("/ri/logon")).toEqual([200, 200, 403]);
    // Without the form's token nobody is signed in; the answer is the application's.
    const [posted, ...others] = await all("/ri/logon", "POST");
    expect([posted !== 403, ...others]).toEqual([true, 403, 403]);
    expect(await all("/ri/logon", "PUT")).toEqual([403, 403, 403]);
    for (const path of ["/ri/", "/ri/logon/", "/ri/logon2", "/ri/logon/..%2fvo020", "/ri/vo020"])
      expect([path, (await all(path)).slice(1)]).toEqual([path, [403, 403]]);
    await box.run("python3 -I /box.py stop");
    expect(await all("/ri/logon")).toEqual([502, 502, 403]);
  });
});
