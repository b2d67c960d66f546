import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { draftTenant, type Source, writeTenant } from "../../../cli/tenant/draft.ts";
import { findRooms } from "../../../cli/tenant/pool-room.ts";
import { formatSource } from "../../../loading/formatter.ts";
import { questions } from "../../../model/tenant-questions.ts";
import { TenantFarm } from "./tenant-farm.ts";

let farm: TenantFarm;
beforeEach(async () => {
  farm = await TenantFarm.make();
});
afterEach(() => farm.remove());

const least = {
  name: "Stadt Brückow",
  domain: "ratsinfo.stadt-brueckow.example",
  email: "rat@brueckow.example",
  contract: "R-2027-009",
  "feedback-email": "barrieren@brueckow.example",
  "enforcement-url": "https://www.land-kuestenring.example/durchsetzungsstelle",
  "statement-date": "2026-11-02",
};
const draft = (source: Source) => draftTenant(farm, source, { dns: false, say: () => {} });

describe("./farm tenant new without questions", () => {
  test("takes what it is told and proposes the rest", async () => {
    const drafted = await draft({ given: least, proposals: true });
    expect(drafted.text).toMatchInlineSnapshot(`
      "import { defineTenant } from "../model/tenant.ts";

      export const brueckow = defineTenant({
        id: "brueckow",
        name: "Stadt Brückow",
        kind: "stadt",
        domain: "ratsinfo.stadt-brueckow.example",
        dns: { mode: "theirs" },
        pool: "nord",
        address: "198.18.10.14",
        links: {
          imprint: "https://www.stadt-brueckow.example/impressum",
          privacy: "https://www.stadt-brueckow.example/datenschutz",
          accessibility: "https://www.stadt-brueckow.example/barrierefreiheit",
          home: "https://www.stadt-brueckow.example/",
        },
        contact: { email: "rat@brueckow.example" },
        contract: { customer: "Stadt Brückow", number: "R-2027-009", liveFrom: "2026-12-01" },
        allrisnet: {
          release: "4.1.7",
          citizens: {
            accessibility: {
              feedbackEmail: "barrieren@brueckow.example",
              enforcementBodyUrl: "https://www.land-kuestenring.example/durchsetzungsstelle",
              statementDate: "2026-11-02",
            },
          },
        },
      });
      "
    `);
    expect(formatSource(drafted.text, drafted.file)).toBe(drafted.text);
    expect(drafted.room).toEqual({ pool: "nord", room: -8 * 2 ** 30, source: "the tenant files" });
    expect(drafted.slot).toMatch(/^\d\d:\d\d$/);
    expect(drafted.resources.map(({ name }) => name)).toContain("brueckow-certificate");
    await writeTenant(farm, drafted);
    expect(farm.text("brueckow")).toBe(drafted.text);
    const { tenants } = await farm.load();
    expect(tenants.map(({ id }) => id)).toEqual([
      "amt-seenplatte-nord",
      "brueckow",
      "hohenbrueck",
      "landkreis-auental",
    ]);
    expect(readdirSync(farm.folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("names every option that is missing, and what each is", async () => {
    const { email: _, contract: __, ...rest } = least;
    await expect(draft({ given: rest, proposals: true })).rejects.toThrow(
      /2 answers are missing[\s\S]*where: --email, --contract\n[\s\S]*--contract: Number of the contract/,
    );
    await expect(draft({ given: rest })).rejects.toThrow(/--kind, --id, .*--address[\s\S]*--yes/);
  });

  test("names every option that its field refuses", async () => {
    const wrong = { ...least, kind: "dorf", address: "198.18.10", "live-from": "1.1.2027" };
    await expect(draft({ given: wrong, proposals: true })).rejects.toThrow(
      /--kind must be one of[\s\S]*--address must be an IPv4[\s\S]*--live-from must/,
    );
  });

  test.each([
    [
      { domain: "ratsinfo.landkreis-auental.example" },
      /domain is also claimed by tenants\/landkreis-auental/,
    ],
    [{ address: "198.18.10.11" }, /address is also claimed by tenants\/hohenbrueck/],
    [{ address: "198.18.11.9" }, /must lie in the pool's subnet 198\.18\.10\.0\/24/],
    [{ pool: "sued", address: "198.18.10.20" }, /pool is no pool of the stack settings/],
    [{ id: "hohenbrueck" }, /There is an administration of this id already/],
  ])("what somebody else has, or nobody can have, is refused: %o", async (differs, message) => {
    await expect(draft({ given: { ...least, ...differs }, proposals: true })).rejects.toThrow(message);
  });

  test("a zone of ours makes the records ours, and the proposals follow the answers", async () => {
    const given = {
      ...least,
      ...{ domain: "ratsinfo2.hohenbrueck.example", certificate: "customer", size: "large" },
      ...{ aliases: "alt.hohenbrueck.example, rat.brueckow.example", ring: "late", phone: "+4938199010" },
    };
    const { tenant, text } = await draft({ given, proposals: true });
    expect(tenant.dns).toEqual({ mode: "ours", zone: "hohenbrueck.example" });
    expect(tenant.certificate).toMatchObject({ issuer: "customer", delivery: "brueckow" });
    expect(text).toContain('aliases: ["alt.hohenbrueck.example", "rat.brueckow.example"],');
    expect(text).toContain('size: "large",\n  certificate: { issuer: "customer", delivery: "brueckow" },');
    expect(tenant.links.imprint).toBe("https://www.hohenbrueck.example/impressum");
  });

  test("a file that is there is never overwritten, even when it comes at the last moment", async () => {
    const drafted = await draft({ given: least, proposals: true });
    farm.write("tenants/brueckow.ts", "// somebody else's\n");
    await expect(writeTenant(farm, drafted)).rejects.toThrow(/its file stays as it is/);
    expect(farm.text("brueckow")).toBe("// somebody else's\n");
    expect(readdirSync(farm.folder).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

/** Somebody at a terminal: types what the script says as soon as the question is there. */
class Typist {
  readonly input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => this.input });
  readonly #shown: string[] = [];
  readonly output = Object.assign(
    new Writable({
      write: (chunk, _, done) => {
        this.#shown.push(String(chunk));
        done();
      },
    }),
    { isTTY: true, columns: 100, rows: 50 },
  );

  get screen(): string {
    return stripVTControlCharacters(this.#shown.join(""));
  }

  async type(script: readonly (readonly [question: string, keys: string])[]): Promise<void> {
    let from = 0;
    for (const [question, keys] of script) {
      let at = this.screen.indexOf(question, from);
      for (let tries = 0; at < 0; tries++) {
        if (tries > 300) throw new Error(`"${question}" is not asked:\n${this.screen.slice(from)}`);
        await sleep(20);
        at = this.screen.indexOf(question, from);
      }
      from = at + question.length;
      this.input.write(keys);
    }
  }
}

const enter = "\r";
const clear = "\x15";
const down = "\x1b[B";

const others = {
  ...{ size: "small", certificate: "acme", phone: "", customer: "Stadt Brückow", "live-from": "2027-01-01" },
  ...{ imprint: "https://a.example/i", privacy: "https://a.example/p", accessibility: "https://a.example/a" },
  ...{ home: "https://a.example/", release: "4.1.7", ring: "standard" },
};

describe("the wizard", () => {
  const script: readonly (readonly [string, string])[] = [
    ["Name of the administration", `Gemeinde Neu Wiesenau${enter}`],
    ["Kind of administration", enter],
    ["Id:", `${clear}hohenbrueck${enter}`],
    ["There is tenants/hohenbrueck.ts already", ""],
    ["Id:", enter],
    ["Host name", `ratsinfo.hohenbrueck.example${enter}`],
    ["is also claimed by tenants/hohenbrueck.ts", ""],
    ["Host name", `Ratsinfo.neu-wiesenau.example${enter}`],
    ["must be in lower case", `${clear}ratsinfo.neu-wiesenau.example${enter}`],
    ["Further host names", enter],
    ["Pool", enter],
    ["IPv4 address", enter],
    ["Size of the VM", `${down}${enter}`],
    ["Who issues", enter],
    ["imprint", enter],
    ["privacy", enter],
    ["accessibility statement", enter],
    ["own pages", enter],
    ["Telephone", enter],
    ["Number of the contract", `R-2027-010${enter}`],
    ["Party to", enter],
    ["First day", enter],
    ["Release", enter],
    ["new releases", enter],
    ["reports of barriers", `b@neu-wiesenau.example${enter}`],
    ["enforcement body", `https://www.land-kuestenring.example/d${enter}`],
    ["its day", `2026-11-02${enter}`],
  ];

  test("asks what the command line does not say, says at once what does not fit, and shows the file", async () => {
    const typist = new Typist();
    const drafting = draft({ given: { email: "rat@neu-wiesenau.example" }, terminal: typist });
    await Promise.race([typist.type([...script, ["Write this file?", enter]]), drafting]);
    const { tenant, text } = await drafting;
    expect(tenant).toMatchObject({
      ...{ id: "neu-wiesenau", name: "Gemeinde Neu Wiesenau", kind: "gemeinde", address: "198.18.10.14" },
      contact: { email: "rat@neu-wiesenau.example" },
      size: { memory: 4 * 2 ** 30 },
      contract: { customer: "Gemeinde Neu Wiesenau", liveFrom: "2026-12-01" },
    });
    expect(typist.screen).toContain('id: "neu-wiesenau"');
    expect(typist.screen).not.toContain("Mail address of the administration");
    expect(formatSource(text, "x")).toBe(text);
  });

  test("a No at the end, or Ctrl-C before, writes nothing", async () => {
    const { "statement-date": _, ...given } = least;
    const rest = {
      ...given,
      kind: "stadt",
      id: "neu-wiesenau",
      aliases: "",
      pool: "nord",
      address: "198.18.10.20",
    };
    for (const key of ["n", "\x03"]) {
      const typist = new Typist();
      const outcome = expect(draft({ given: { ...rest, ...others }, terminal: typist })).rejects.toThrow(
        /Nothing was written/,
      );
      await typist.type([
        ["its day", `2026-11-02${enter}`],
        ["Write this file?", key],
      ]);
      await outcome;
    }
    const typist = new Typist();
    const outcome = expect(draft({ given: {}, terminal: typist })).rejects.toThrow(/Nothing was written/);
    await typist.type([["Name of the administration", "\x03"]]);
    await outcome;
    expect(existsSync(join(farm.folder, "neu-wiesenau.ts"))).toBe(false);
  });
});

test("pools are compared by the files when Xen Orchestra does not answer, and that is said", async () => {
  const said: string[] = [];
  const environment = { XOA_URL: "ws://127.0.0.1:9", XOA_TOKEN: "none" };
  const rooms = await findRooms(await farm.load(), { environment }, (line) => said.push(line), 300);
  expect(rooms).toEqual([{ pool: "nord", room: -8 * 2 ** 30, source: "the tenant files" }]);
  expect(said).toEqual([expect.stringMatching(/does not answer .*compared by the tenant files/)]);
});

test("every question is an option, and its field is one of a tenant file", () => {
  expect(new Set(questions.map(({ name }) => name)).size).toBe(questions.length);
  for (const { name } of questions) expect(name).toMatch(/^[a-z-]+$/);
});
