import fc from "fast-check";
import { expect, test } from "vitest";
import { flatten, isSecret } from "../../../model/allrisnet/keys.ts";
import { personFields } from "../../../model/allrisnet/schema-citizens.ts";
import { awkward, mutate, mutation } from "../../support/awkward-values.ts";
import { fullAllrisnet } from "../../support/full-allrisnet.ts";
import { allrisnet, parse, problemsOf, tenant } from "./fixtures.ts";

const some = { requiredKeys: [] };
const flag = fc.boolean();
const within = (min: number, max: number) => fc.integer({ min, max });

/** What may be written about the presentation for citizens, any of it left out. */
const citizens = fc.record(
  {
    basePath: fc.stringMatching(/^\/[a-z0-9_-]{1,40}$/).map((path) => `${path.slice(0, 38)}-c`),
    modules: fc.record({ papers: flag, committees: flag, persons: flag, map: flag, minutes: flag }, some),
    persons: fc.record({
      show: fc.subarray([...personFields], { minLength: 1 }),
      consentDocumented: fc.constant(true),
    }),
    publish: fc.record(
      { agendaDaysBefore: within(0, 30), minutes: fc.constantFrom("never", "immediately") },
      some,
    ),
    feeds: fc.record({ ical: flag, rss: flag }, some),
    oparl: fc.record({ enabled: fc.constant(true), license: fc.constant("https://www.govdata.de/dl") }),
    search: fc.record({ fullText: flag, maxResults: within(10, 1000) }, some),
    indexing: fc.constantFrom("none", "pages", "all"),
    frameAncestors: fc.uniqueArray(fc.constantFrom("a.de", "b.de", "c.d.de"), { maxLength: 3 }),
  },
  some,
);

/** What may be written about the presentation for politicians, any of it left out. */
const politicians = fc.record(
  {
    label: fc.constantFrom("Ratsportal", "Gremien & Räte: öffentlich", 'a="b" <c>'),
    auth: fc.record(
      {
        secondFactor: fc.constantFrom("totp-optional", "totp-required"),
        passwordMinLength: within(12, 128),
        lockoutAttempts: within(3, 10),
        lockoutMinutes: within(5, 60),
        method: fc.constant(fullAllrisnet.politicians.auth.method),
      },
      some,
    ),
    session: fc.record({ idleMinutes: within(5, 120), maxHours: within(1, 24) }, some),
    nonPublicDocuments: flag,
    documents: fc.record({ watermark: flag, download: flag }, some),
    modules: fc.record({ motions: flag, onlineVoting: flag, app: flag }, some),
    ipAllowlist: fc.uniqueArray(fc.constantFrom("10.0.0.0/8", "2001:db8::/32"), { maxLength: 2 }),
    audit: fc.record({ retentionDays: within(30, 365) }, some),
  },
  some,
);

const licensedModules = ["app", "onlineVoting", "oparl", "totp"];

/** Leaves of what was written, by key; secrets and lists are one value each. */
function leaves(value: object, prefix = ""): (readonly [string, unknown])[] {
  return Object.entries(value).flatMap(([key, field]: [string, unknown]) => {
    const whole = typeof field !== "object" || field === null || Array.isArray(field) || "from" in field;
    return whole ? [[`${prefix}${key}`, field] as const] : leaves(field, `${prefix}${key}.`);
  });
}

test("every value that may be written comes out under its key, and the same file always gives the same list", () => {
  fc.assert(
    fc.property(citizens, politicians, (forCitizens, forPoliticians) => {
      const value = allrisnet({ licensedModules, politicians: forPoliticians }, forCitizens);
      const parsed = () => parse([tenant({ allrisnet: structuredClone(value) })]).tenants[0]?.allrisnet;
      const [one, other] = [parsed(), parsed()];
      if (one === undefined || other === undefined) throw new Error("no tenant");
      const list = flatten(one);
      expect(JSON.stringify(flatten(other))).toBe(JSON.stringify(list));
      const found = new Map<string, unknown>(list);
      for (const [key, written] of leaves({ citizens: forCitizens, politicians: forPoliticians })) {
        expect([key, found.get(key)]).toEqual([key, written]);
      }
      for (const [, flat] of list) {
        const plain = Array.isArray(flat) ? flat : [flat];
        if (!isSecret(flat)) for (const part of plain) expect(typeof part).toMatch(/string|number|boolean/);
      }
    }),
    { seed: 20261103, numRuns: 300 },
  );
});

test("any value in place of the parameters ends in problems that name a field below allrisnet", () => {
  fc.assert(
    fc.property(awkward, (value) => {
      const fields = problemsOf([tenant({ allrisnet: value })]).map(({ field }) => field);
      expect(fields.length).toBeGreaterThan(0);
      for (const field of fields) expect(field).toMatch(/^allrisnet/);
    }),
    { seed: 20261104, numRuns: 500 },
  );
});

test("parameters with mistakes at several places end in problems below allrisnet, or they still fit", () => {
  fc.assert(
    fc.property(fc.array(mutation(fullAllrisnet), { minLength: 1, maxLength: 5 }), (mutations) => {
      const value = structuredClone(fullAllrisnet);
      for (const change of mutations) mutate(value, change);
      for (const { field, why } of problemsOf([tenant({ allrisnet: value })])) {
        expect(field).toMatch(/^allrisnet/);
        expect(why).not.toMatch(/undefined|\[object|NaN|\n/);
      }
    }),
    { seed: 20261105, numRuns: 1500 },
  );
});
