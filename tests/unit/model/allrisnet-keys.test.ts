import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flatten, isSecret, type ParameterValue } from "../../../model/allrisnet/keys.ts";
import { defaultAllrisnet } from "../../../model/allrisnet/read.ts";
import type { Release } from "../../../model/allrisnet/release.ts";
import { parameterProblems } from "../../../model/allrisnet/release-fit.ts";
import { compareVersions } from "../../../model/allrisnet/version.ts";
import { parseDate } from "../../../model/plain-date.ts";
import type { Tenant } from "../../../model/tenant.ts";
import { fullTenant } from "../../support/awkward-values.ts";
import { allrisnet, parse, tenant } from "./fixtures.ts";

function parsed(value: object): Tenant["allrisnet"] {
  const [only] = parse([tenant(value)]).tenants;
  if (only === undefined) throw new Error("no tenant");
  return only.allrisnet;
}

const keysOf = (value: Tenant["allrisnet"]) => flatten(value).map(([key]) => key);
const valueAt = (value: Tenant["allrisnet"], key: string): ParameterValue | undefined =>
  new Map(flatten(value)).get(key);

describe("defaults", () => {
  test("follow the kind and the contact of the tenant", () => {
    const labels = ["stadt", "landkreis", "amt", "zweckverband", "gemeinde"].map(
      (kind) => parsed({ kind }).politicians.label,
    );
    expect(labels).toEqual(["Ratsinfo", "Kreistagsinfo", "Gremieninfo", "Gremieninfo", "Ratsinfo"]);
    expect(parsed({}).citizens.oparl.contactEmail).toBe("rat@hohenbrueck.de");
    const own = {
      allrisnet: allrisnet({ politicians: { label: "Ratsportal" } }, { oparl: { contactEmail: "a@b.de" } }),
    };
    expect(parsed(own)).toMatchObject({
      politicians: { label: "Ratsportal" },
      citizens: { oparl: { contactEmail: "a@b.de" } },
    });
  });

  test("are those of a careful operator", () => {
    expect(parsed({})).toMatchObject({
      ring: "standard",
      licensedModules: ["app", "totp"],
      citizens: { basePath: "/public", indexing: "none", persons: { show: ["name", "party", "function"] } },
      politicians: {
        basePath: "/ri",
        auth: { method: { kind: "local" }, secondFactor: "totp-required", lockoutAttempts: 5 },
        session: { idleMinutes: 30, maxHours: 12 },
      },
    });
  });

  test("the order of sets in the file changes nothing", () => {
    const give = (show: string[], licensedModules: string[]) =>
      parsed({ allrisnet: allrisnet({ licensedModules }, { persons: { show, consentDocumented: true } }) });
    const one = give(["phone", "name", "photo"], ["totp", "oparl", "app"]);
    expect(one).toEqual(give(["photo", "phone", "name"], ["app", "totp", "oparl"]));
    expect(one.citizens.persons.show).toEqual(["name", "photo", "phone"]);
    expect(one.licensedModules).toEqual(["app", "oparl", "totp"]);
  });
});

describe("flatten", () => {
  test("gives sorted keys as in the tenant file with plain values, and secrets as references", () => {
    const full = parsed(fullTenant);
    expect(keysOf(full)).toEqual(keysOf(full).toSorted());
    expect(valueAt(full, "citizens.publish.agendaDaysBefore")).toBe(14);
    expect(valueAt(full, "citizens.persons.show")).toEqual(["name", "photo", "phone"]);
    expect(valueAt(full, "branding.primaryColor")).toBe("#ffcc00");
    expect(valueAt(full, "branding.logo.alt")).toBe("Wappen");
    expect(valueAt(full, "politicians.auth.method.kind")).toBe("ldap");
    expect(flatten(full).filter(([, value]) => isSecret(value))).toEqual([
      ["politicians.auth.method.bindPassword", { from: "environment", variable: "HOHENBRUECK_LDAP" }],
    ]);
    for (const key of ["release", "ring", "emergency"]) expect(keysOf(full)).not.toContain(key);
  });

  test("what has no value has no key", () => {
    const keys = keysOf(parsed({}));
    expect(keys).not.toContain("citizens.oparl.license");
    expect(keys.filter((key) => key.startsWith("branding.logo"))).toEqual([]);
    expect(valueAt(parsed({}), "politicians.ipAllowlist")).toEqual([]);
  });

  test("a change of one parameter is a change of its key alone", () => {
    const before = new Map(flatten(parsed({})));
    const after = flatten(parsed({ allrisnet: allrisnet({}, { modules: { minutes: false } }) }));
    const changed = after.filter(([key, value]) => JSON.stringify(before.get(key)) !== JSON.stringify(value));
    expect(changed).toEqual([["citizens.modules.minutes", false]]);
    expect(after).toHaveLength(before.size);
  });
});

describe("what a release knows", () => {
  const published = parseDate("2026-06-04");
  if (!published.ok) throw new Error(published.why);

  function release(version: string, parameters: Partial<Release["parameters"]> = {}): Release {
    return {
      file: `releases/${version}.ts`,
      version,
      build: "4170039",
      sha256: "0".repeat(64),
      source: { file: `${version}.war` },
      generation: 4,
      minimumBaseImage: 2,
      published: published.ok ? published.value : ("" as never),
      expectedMinutes: 5,
      parameters: { renamed: {}, removed: [], added: [], ...parameters },
    };
  }

  const old = release("4.1.7");
  const next = release("4.1.8", {
    renamed: { "citizens.search.maxResults": "bi.search.limit" },
    removed: ["citizens.feeds.rss"],
    added: ["citizens.modules.livestream"],
  });
  const last = release("4.1.10", { added: ["citizens.feeds.rss"] });
  const releases = [last, old, next];

  const rss = parsed({ allrisnet: allrisnet({}, { feeds: { rss: true } }) });
  const livestream = parsed({ allrisnet: allrisnet({}, { modules: { livestream: true } }) });
  const lines = (value: Tenant["allrisnet"], wanted: Release, known = releases) =>
    parameterProblems(value, wanted, known).map(({ path, why }) => `${path.join(".")} ${why}`);

  test("a removed parameter that is set names key and release", () => {
    expect(lines(rss, old)).toEqual([]);
    expect(lines(rss, next)).toEqual([
      "allrisnet.citizens.feeds.rss is not known to release 4.1.8 any longer",
    ]);
    expect(lines(rss, release("4.1.9"), [...releases, release("4.1.9")])).toEqual([
      "allrisnet.citizens.feeds.rss is not known to release 4.1.9 any longer (since 4.1.8)",
    ]);
    expect(lines(rss, last)).toEqual([]);
  });

  test("a parameter that only a newer release knows names key and both releases", () => {
    expect(lines(livestream, old)).toEqual([
      "allrisnet.citizens.modules.livestream is not known to release 4.1.7 yet; it comes with 4.1.8",
    ]);
    expect(lines(livestream, next)).toEqual([]);
    expect(lines(livestream, last)).toEqual([]);
  });

  test("defaults fit each release, those too that follow from the tenant", () => {
    const everything = release("4.2.0", { removed: keysOf(parsed(fullTenant)) });
    for (const kind of ["stadt", "landkreis", "amt"]) {
      const found = parameterProblems(parsed({ kind }), everything, [everything]);
      expect(found.map(({ path }) => path.at(-1))).toEqual([
        "enforcementBodyUrl",
        "feedbackEmail",
        "statementDate",
      ]);
    }
  });

  test("each parameter that is not at its default is found, and a group stands for all of its keys", () => {
    const full = parsed(fullTenant);
    const defaults = new Map(flatten(defaultAllrisnet()).map(([key, value]) => [key, JSON.stringify(value)]));
    const set = flatten(full).filter(([key, value]) => defaults.get(key) !== JSON.stringify(value));
    const everything = release("4.2.0", {
      removed: ["branding", "citizens", "politicians", "licensedModules"],
    });
    const found = parameterProblems(full, everything, [everything]);
    const required = ["feedbackEmail", "enforcementBodyUrl", "statementDate"].map(
      (name) => `citizens.accessibility.${name}`,
    );
    const expected = new Set([...set.map(([key]) => key), ...required]);
    expect(new Set(found.map(({ path }) => path.slice(1).join(".")))).toEqual(expected);
    expect(found.length).toBeGreaterThan(50);
  });

  test("versions compare by their numbers", () => {
    const version = fc.tuple(fc.nat(12), fc.nat(12), fc.nat(12));
    fc.assert(
      fc.property(version, version, (one, other) => {
        const weight = ([a, b, c]: readonly number[]) => (a ?? 0) * 10_000 + (b ?? 0) * 100 + (c ?? 0);
        expect(Math.sign(compareVersions(one.join("."), other.join(".")))).toBe(
          Math.sign(weight(one) - weight(other)),
        );
      }),
      { seed: 20261101, numRuns: 200 },
    );
  });
});
