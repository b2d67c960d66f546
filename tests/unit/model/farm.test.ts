import { describe, expect, test } from "vitest";
import { FarmError } from "../../../lib/farm-error.ts";
import { parseFarm } from "../../../model/farm.ts";
import { FarmProblems } from "../../../model/problems.ts";
import { environment, linesOf, neighbour, now, parse, problemsOf, settings, tenant } from "./fixtures.ts";

describe("a tenant that fits", () => {
  test("has every default", () => {
    const [parsed] = parse([tenant()]).tenants;
    expect(parsed).toMatchObject({
      file: "tenants/hohenbrueck.ts",
      bodies: [{ id: "hohenbrueck", name: "Stadt Hohenbrück" }],
      aliases: [],
      size: { cpus: 2, memory: 2 * 2 ** 30, disk: 20 * 2 ** 30 },
      certificate: { issuer: "acme" },
      contract: { noticeRecipients: ["rat@hohenbrueck.de"] },
      lifecycle: { state: "active" },
      statusPage: "customer",
      locale: "de-DE",
      languages: ["de"],
    });
    expect(parsed).not.toHaveProperty("ags");
  });

  test("tenants come sorted by id, whatever the order of files", () => {
    const ids = parse([neighbour("zet", 12), neighbour("abt", 13), tenant()]).tenants.map(({ id }) => id);
    expect(ids).toEqual(["abt", "hohenbrueck", "zet"]);
  });

  test("the other issuers have their defaults", () => {
    const [origin] = parse([tenant({ certificate: { issuer: "cloudflare-origin" } })]).tenants;
    expect(origin?.certificate).toEqual({ issuer: "cloudflare-origin", validityDays: 365, rotation: 1 });
    const [own] = parse([tenant({ certificate: { issuer: "customer", delivery: "hohenbrueck" } })]).tenants;
    expect(own?.certificate).toEqual({ issuer: "customer", delivery: "hohenbrueck", caa: [] });
  });

  test("a size of its own is in bytes", () => {
    const [parsed] = parse([tenant({ size: { cpus: 3, memory: "3 GiB", disk: "30 GiB" } })]).tenants;
    expect(parsed?.size).toEqual({ cpus: 3, memory: 3 * 2 ** 30, disk: 30 * 2 ** 30 });
  });
});

describe("one report", () => {
  test("holds all problems of all files, sorted", () => {
    const given = settings();
    given.provider.email = "nobody";
    const problems = problemsOf(
      [neighbour("bad", 12, { kind: "stat", pool: 7 }), tenant({ domian: "x" })],
      given,
    );
    expect(problems).toEqual([
      { file: "Pulumi.lab.yaml", field: "provider.email", why: expect.stringContaining("mail address") },
      {
        file: "tenants/bad.ts",
        field: "kind",
        why: expect.stringContaining("one of"),
        hint: 'did you mean "stadt"?',
      },
      { file: "tenants/bad.ts", field: "pool", why: "must be text, not a number" },
      {
        file: "tenants/hohenbrueck.ts",
        field: "domian",
        why: "is not known here",
        hint: 'did you mean "domain"?',
      },
    ]);
  });

  test("is a message for people and JSON for programs", () => {
    const problem = { file: "tenants/a.ts", field: "id", why: "is missing", hint: "h" };
    const error = new FarmProblems([problem, problem]);
    expect(error).toBeInstanceOf(FarmError);
    expect(error.message).toContain("1 problem in 1 file\n  tenants/a.ts: id is missing (h)\n");
    expect(JSON.parse(JSON.stringify(error))).toEqual({ problems: [problem] });
  });

  test("names files that could not be loaded beside the others", () => {
    const failing = () =>
      parseFarm({
        settings: settings(),
        tenants: [
          { file: "tenants/broken.ts", failure: "cannot be loaded: Unexpected token" },
          { file: "tenants/hohenbrueck.ts", value: tenant({ name: 5 }) },
        ],
        environment,
        now,
      });
    expect(failing).toThrow(
      /broken\.ts: cannot be loaded.*\n.*hohenbrueck\.ts: name must be text, not a number/,
    );
  });

  test("no tenant at all is refused", () => {
    expect(linesOf(problemsOf([]))).toEqual([": holds no tenant file; a farm without any is never planned"]);
  });
});

describe("fields", () => {
  test.each([
    [{ links: { imprint: "https://a.de/" } }, "links.privacy: is missing"],
    [
      { contact: { email: "rat@hohenbrueck.de", phnoe: "1" } },
      'contact.phnoe: is not known here (did you mean "phone"?)',
    ],
    [
      {
        bodies: [
          { id: "abc", name: "Abc" },
          { id: "bcd", nmae: "Bcd" },
        ],
      },
      'bodies[1].nmae: is not known here (did you mean "name"?)',
    ],
    [
      { dns: { mode: "our", zone: "hohenbrueck.de" } },
      'dns.mode: must be one of "ours", "theirs" (did you mean "ours"?)',
    ],
    [{ dns: { mode: "theirs", zone: "x.de" } }, "dns.zone: does not go with the other fields beside it"],
    [{ dns: "ours" }, "dns: must be an object, not text"],
    [{ size: "smal" }, 'size: must be one of "small", "medium", "large" (did you mean "small"?)'],
    [
      { size: { cpu: 2, memory: "2 GiB", disk: "20 GiB" } },
      'size.cpu: is not known here (did you mean "cpus"?)',
    ],
    [
      { size: { cpus: 2.5, memory: "2 GiB", disk: "20 GiB" } },
      "size.cpus: must be a whole number, not a number",
    ],
    [{ size: { cpus: 99, memory: "2 GiB", disk: "20 GiB" } }, "size.cpus: must be at most 32"],
    [{ size: { cpus: 2, memory: "1 TiB", disk: "20 GiB" } }, 'size.memory: must be "1 GiB" to "256 GiB"'],
    [{ size: 3 }, 'size: must be "small", "medium", "large" or an object, not a number'],
    [{ bodies: [] }, "bodies: must have at least 1 entry"],
    [
      { certificate: { issuer: "cloudflare-origin", validityDays: 364 } },
      "certificate.validityDays: must be one of 7, 30, 90, 365, 730, 1095, 5475",
    ],
    [{ certificate: { issuer: "customer" } }, "certificate.delivery: is missing"],
    [
      { contract: { customer: "Stadt X", number: "1", liveFrom: "1.11.2026" } },
      'contract.liveFrom: must be a day as YYYY-MM-DD (write "2026-11-01")',
    ],
    [{ lifecycle: { state: "terminating", since: "2027-01-01" } }, "lifecycle.deleteAfter: is missing"],
    [
      { ags: "123" },
      "ags: must be an AGS (8 digits, a district's 5) or an ARS (12 digits), the state 01 to 16 first",
    ],
    [{ name: null }, "name: must be text, not null"],
    [{ aliases: "a.de" }, "aliases: must be a list, not text"],
    [{ haPriority: "none" }, "haPriority: is not known here"],
  ])("%j", (differs, line) => {
    expect(linesOf(problemsOf([tenant(differs)]))).toContain(line);
  });

  test.each(["..", "../x", "a/b", ".", "A", "a\u0000"])("a delivery's folder is not %j", (delivery) => {
    const problems = problemsOf([tenant({ certificate: { issuer: "customer", delivery } })]);
    expect(problems.map(({ field }) => field)).toEqual(["certificate.delivery"]);
  });
});

describe("rules of one tenant", () => {
  test.each([
    [{ id: "elsewhere" }, /^id: must be the name of the file/],
    [{ domain: "ratsinfo.other.de" }, /^domain: must lie inside the zone hohenbrueck\.de of dns/],
    [{ domain: "hohenbrueck.de" }, /^domain: must not be a zone's own name/],
    [
      { dns: { mode: "ours", zone: "hohenbruck.de" }, domain: "a.hohenbruck.de" },
      /^dns\.zone: is no zone .*did you mean "hohenbrueck\.de"/,
    ],
    [{ dns: { mode: "theirs" } }, /^dns\.mode: must be "ours": the domain lies in our zone hohenbrueck\.de/],
    [
      { dns: { mode: "theirs" }, domain: "r.own.de", certificate: { issuer: "cloudflare-origin" } },
      /^certificate\.issuer: "cloudflare-origin" needs a zone of ours/,
    ],
    [{ aliases: ["ratsinfo.hohenbrueck.de"] }, /^aliases\[0\]: is the domain itself/],
    [{ aliases: ["a.own.de", "a.own.de"] }, /^aliases\[1\]: stands here for the second time/],
    [{ aliases: ["a.seenplatte.de"] }, /^aliases\[0\]: lies in our zone seenplatte\.de/],
    [
      { aliases: ["a.own.de"], certificate: { issuer: "cloudflare-origin" } },
      /^aliases\[0\]: must lie in the zone hohenbrueck\.de/,
    ],
    [{ pool: "nrod" }, /^pool: is no pool of the stack settings \(did you mean "nord"\?\)/],
    [{ pool: "constructor" }, /^pool: is no pool/],
    [{ address: "10.21.0.11" }, /^address: must lie in the pool's subnet 10\.20\.0\.0\/24/],
    [{ address: "10.20.0.1" }, /^address: is the router's address/],
    [{ address: "10.20.0.53" }, /^address: is a resolver's address/],
    [{ address: "10.20.0.2" }, /^address: is the address of a host that ssh comes from/],
    [{ address: "10.20.0.255" }, /^address: is no address of a host/],
    [{ address6: "2001:db8::11" }, /^address6: cannot be used/],
    [{ kind: "landkreis", ags: "13072001" }, /^ags: must have 5 or 12 digits/],
    [{ kind: "stadt", ags: "13072" }, /^ags: must have 8 or 12 digits/],
    [
      {
        bodies: [
          { id: "abc", name: "Abc" },
          { id: "abc", name: "Bcd" },
        ],
      },
      /^bodies\[1\]\.id: stands here for the second time/,
    ],
    [
      { contract: { customer: "Stadt X", number: "1", liveFrom: "2026-11-01", endsOn: "2026-11-01" } },
      /^contract\.endsOn: must be after liveFrom/,
    ],
    [
      {
        lifecycle: {
          state: "terminating",
          since: "2027-02-01",
          deleteAfter: "2027-01-01",
          orderedBy: "Frau Sommer",
        },
      },
      /^lifecycle\.deleteAfter: must not be before since/,
    ],
  ])("%j", (differs, line) => {
    const file = { file: "tenants/hohenbrueck.ts", value: tenant(differs) };
    const run = () => parseFarm({ settings: settings(), tenants: [file], environment, now });
    const lines = (() => {
      try {
        run();
        return [];
      } catch (error) {
        return error instanceof FarmProblems ? linesOf(error.problems) : [String(error)];
      }
    })();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(line);
  });

  test("rules are checked on what is readable, even when other fields are not", () => {
    const lines = linesOf(problemsOf([tenant({ name: 1, address: "10.99.0.1", domain: "hohenbrueck.de" })]));
    expect(lines.map((line) => line.slice(0, line.indexOf(":")))).toEqual(["address", "domain", "name"]);
  });

  test("cloudflare-origin needs the certificate of the origin pulls", () => {
    const given = settings();
    Reflect.deleteProperty(given.cloudflare, "originPullCaFile");
    const lines = linesOf(problemsOf([tenant({ certificate: { issuer: "cloudflare-origin" } })], given));
    expect(lines).toEqual([expect.stringContaining("cloudflare.originPullCaFile")]);
  });
});

describe("uniqueness over all tenants", () => {
  test.each([
    ["domain", neighbour("other", 12, { domain: "ratsinfo.hohenbrueck.de" }), ["domain", "domain"]],
    ["address", neighbour("other", 11), ["address", "address"]],
    [
      "alias against domain",
      neighbour("other", 12, { aliases: ["ratsinfo.hohenbrueck.de"] }),
      ["domain", "aliases[0]"],
    ],
  ])("%s", (_, other, fields) => {
    const problems = problemsOf([tenant(), other]);
    expect(problems).toEqual([
      { file: "tenants/hohenbrueck.ts", field: fields[0], why: "is also claimed by tenants/other.ts" },
      { file: "tenants/other.ts", field: fields[1], why: "is also claimed by tenants/hohenbrueck.ts" },
    ]);
  });

  test("ids, also when both files have other problems", () => {
    const files = ["tenants/a.ts", "tenants/b.ts"].map((file) => ({ file, value: { id: "same" } }));
    expect(() => parseFarm({ settings: settings(), tenants: files, environment, now })).toThrow(
      /tenants\/a\.ts: id is also claimed by tenants\/b\.ts/,
    );
  });
});
