import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkDomain, findingLines } from "../../../cli/tenant/domain-check.ts";
import { lookUp } from "../../../cli/tenant/look-up.ts";
import { Simulator } from "../cloudflare/simulator.ts";
import { parse, settings, tenant } from "../model/fixtures.ts";

/** The lab's own name server, with zones of ours and of others. */
const simulator = new Simulator();
let servers: string[];

beforeAll(async () => {
  await simulator.start("--dns", "127.0.0.1:0");
  servers = [`127.0.0.1:${simulator.port("dns")}`];
  const ours = await simulator.zone("hohenbrueck.example");
  const records = [
    { type: "A", name: "there", content: "10.20.0.11", ttl: 300 },
    { type: "A", name: "old", content: "192.0.2.7", ttl: 300 },
    { type: "CNAME", name: "alias", content: "old.hohenbrueck.example", ttl: 300 },
    { type: "CAA", name: "locked", data: { flags: 0, tag: "issue", value: "d-trust.net" } },
    {
      type: "CAA",
      name: "open",
      data: { flags: 0, tag: "issue", value: "letsencrypt.org; validationmethods=http-01" },
    },
    { type: "CAA", name: "nobody", data: { flags: 0, tag: "issue", value: ";" } },
  ];
  for (const record of records) await simulator.record(ours, record);
});
afterAll(() => simulator.remove());

test("a name's facts: addresses, alias, the zone around it, the CAA records that count for it", async () => {
  expect(await lookUp("alias.hohenbrueck.example", servers)).toEqual({
    name: "alias.hohenbrueck.example",
    addresses: ["192.0.2.7"],
    alias: "old.hohenbrueck.example",
    zone: { name: "hohenbrueck.example", servers: expect.arrayContaining([expect.stringMatching(/\./)]) },
  });
  expect(await lookUp("deep.below.locked.hohenbrueck.example", servers)).toMatchObject({
    addresses: [],
    caa: { at: "locked.hohenbrueck.example", issuers: ["d-trust.net"] },
  });
  expect((await lookUp("open.hohenbrueck.example", servers)).caa?.issuers).toEqual(["letsencrypt.org"]);
  expect((await lookUp("nobody.hohenbrueck.example", servers)).caa).toEqual({
    at: "nobody.hohenbrueck.example",
    issuers: [],
  });
});

test("a server that does not answer is an error with the way out, never an empty answer", async () => {
  await expect(lookUp("a.hohenbrueck.example", ["127.0.0.1:9"])).rejects.toThrow(
    /does not answer about a\.hohenbrueck\.example[\s\S]*--no-dns/,
  );
  // The lab's server refuses zones that it does not have: nobody may read that as "free".
  await expect(lookUp("a.elsewhere.de", servers)).rejects.toThrow(/EREFUSED/);
});

describe("what is said about a domain", () => {
  const said = async (differs: object): Promise<string> => {
    const zone = { mode: "ours", zone: "hohenbrueck.example" };
    const given = { ...settings(), zones: { "hohenbrueck.example": {}, "waiting.de": {} } };
    const { tenants, settings: parsed } = parse([tenant({ dns: zone, ...differs })], given);
    const [site] = tenants;
    if (site === undefined) throw new Error("no tenant");
    const open = { stack: "lab", environment: { FARM_RESOLVERS: servers.join(" ") } };
    return findingLines(await checkDomain(site, parsed, open));
  };

  test.each([
    [
      "rat.hohenbrueck.example",
      /ok {6}Our zone hohenbrueck\.example is delegated to .*\n.*no address yet; up makes.*\n.*No CAA record stands/,
    ],
    ["there.hohenbrueck.example", /ok {6}there\.hohenbrueck\.example leads to 10\.20\.0\.11 already/],
    [
      "old.hohenbrueck.example",
      /to do {3}old\.hohenbrueck\.example leads to 192\.0\.2\.7: up would meet records/,
    ],
    ["alias.hohenbrueck.example", /to do {3}.* leads to old\.hohenbrueck\.example, 192\.0\.2\.7/],
    [
      "locked.hohenbrueck.example",
      /PROBLEM The CAA records at locked.* let only d-trust\.net issue: letsencrypt\.org would refuse/,
    ],
    [
      "below.locked.hohenbrueck.example",
      /ok {6}The CAA records at locked.* up makes one at below\.locked\.hohenbrueck\.example that does/,
    ],
    [
      "open.hohenbrueck.example",
      /ok {6}The CAA records at open\.hohenbrueck\.example let letsencrypt\.org issue/,
    ],
    ["nobody.hohenbrueck.example", /PROBLEM .* let nobody issue/],
  ])("%s in our zone", async (domain, lines) => {
    expect(await said({ domain })).toMatch(lines);
  });

  test("a certificate that the administration delivers needs no authority of ours", async () => {
    const certificate = { issuer: "customer", delivery: "hohenbrueck" };
    expect(await said({ domain: "locked.hohenbrueck.example", certificate })).not.toContain("PROBLEM");
  });

  test("Cloudflare's edge needs an authority of its own", async () => {
    const certificate = { issuer: "cloudflare-origin" };
    expect(await said({ domain: "locked.hohenbrueck.example", certificate })).toMatch(
      /PROBLEM .*letsencrypt\.org or pki\.goog or ssl\.com would refuse/,
    );
  });

  test("a name that cannot be looked up is said to be unknown", async () => {
    expect(await said({ domain: "rat.town.de", dns: { mode: "theirs" } })).toMatch(
      /^ {2}to do {3}rat\.town\.de was not looked up: The DNS does not answer about rat\.town\.de \(EREFUSED\)$/,
    );
  });
});
