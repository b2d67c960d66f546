import { describe, expect, test } from "vitest";
import { accessibility, citizens, lines, politicians } from "./allrisnet-lines.ts";
import { allrisnet, linesOf, problemsOf, tenant } from "./fixtures.ts";

describe("fields", () => {
  test.each([
    [{ releas: "4.1.7" }, 'releas: is not known here (did you mean "release"?)'],
    [{ release: "4.1" }, 'release: must be a version such as "4.1.7"'],
    [{ release: undefined }, "release: is missing"],
    [{ ring: "pilots" }, 'ring: must be one of "pilot", "standard", "late" (did you mean "pilot"?)'],
    [{ emergency: " " }, "emergency: must be text without spaces around it"],
    [{ licensedModules: ["oprl"] }, /^licensedModules\[0\]: must be one of .*did you mean "oparl"/],
    [{ licensedModules: ["app", "totp", "app"] }, "licensedModules[2]: stands here for the second time"],
    [{ branding: { primaryColour: "#123456" } }, /^branding\.primaryColour: .*did you mean "primaryColor"/],
    [{ branding: { primaryColor: "blue" } }, /^branding\.primaryColor: must be a colour/],
    [
      { branding: { logo: { file: "../x.svg", sha256: "0".repeat(64), alt: "Wappen" } } },
      /^branding\.logo\.file: must be the name/,
    ],
    [
      { branding: { logo: { file: "x.svg", sha256: "AB", alt: "xyz" } } },
      /^branding\.logo\.sha256: must be 64/,
    ],
    [{ politicians: { auth: { secondFactr: "off" } } }, /^politicians\.auth\.secondFactr: .*"secondFactor"/],
    [
      { politicians: { modules: { ap: false } } },
      'politicians.modules.ap: is not known here (did you mean "app"?)',
    ],
    [{ politicians: { cookies: "all" } }, "politicians.cookies: is not known here"],
  ])("%j", (differs, line) => {
    const found = lines(differs);
    expect(found).toEqual([typeof line === "string" ? line : expect.stringMatching(line)]);
  });

  test.each([
    [{ basePath: "public" }, /^citizens\.basePath: must be a slash/],
    [{ basePath: "/a/b" }, /^citizens\.basePath: must be a slash/],
    [{ basePath: "/Public" }, /^citizens\.basePath: must be a slash/],
    [{ basePath: "/internal" }, /^citizens\.basePath: must not be \/internal/],
    [{ publish: { agendaDaysBefore: -1 } }, "citizens.publish.agendaDaysBefore: must be at least 0"],
    [{ publish: { agendaDaysBefore: 31 } }, "citizens.publish.agendaDaysBefore: must be at most 30"],
    [{ publish: { archiveFrom: "al" } }, /^citizens\.publish\.archiveFrom: must be "all" or a day/],
    [{ search: { maxResults: 9 } }, "citizens.search.maxResults: must be at least 10"],
    [{ search: { maxResults: 1001 } }, "citizens.search.maxResults: must be at most 1000"],
    [{ persons: { show: [] } }, "citizens.persons.show: must have at least 1 entry"],
    [{ persons: { show: ["name", "name"] } }, /^citizens\.persons\.show\[1\]: stands here/],
    [{ persons: { show: ["birthday"] } }, /^citizens\.persons\.show\[0\]: must be one of/],
    [{ modules: { kalender: true } }, /^citizens\.modules\.kalender: is not known here.*"calendar"/],
    [{ feeds: { rss: 1 } }, "citizens.feeds.rss: must be true or false, not a number"],
    [{ oparl: { version: "2.0" } }, /^citizens\.oparl\.version: must be one of "1\.0", "1\.1"/],
    [{ frameAncestors: ["*"] }, /^citizens\.frameAncestors\[0\]: must be a host name/],
  ])("citizens %j", (differs, line) => {
    const found = citizens(differs);
    expect(found).toEqual([typeof line === "string" ? line : expect.stringMatching(line)]);
  });

  test.each([
    ["auth.passwordMinLength", [12, 128]],
    ["auth.lockoutAttempts", [3, 10]],
    ["auth.lockoutMinutes", [5, 60]],
    ["session.idleMinutes", [5, 120]],
    ["session.maxHours", [1, 24]],
    ["audit.retentionDays", [30, 365]],
  ] as const)("%s lies in %j", (key, [least, most]) => {
    const [group = "", field = ""] = key.split(".");
    const at = (value: number) => politicians({ [group]: { [field]: value } });
    expect([at(least), at(most)]).toEqual([[], []]);
    expect(at(least - 1)).toEqual([`politicians.${key}: must be at least ${least}`]);
    expect(at(most + 1)).toEqual([`politicians.${key}: must be at most ${most}`]);
    expect(at(least + 0.5)).toEqual([expect.stringContaining("whole number")]);
  });

  test.each(["feedbackEmail", "enforcementBodyUrl", "statementDate"])("%s is required", (key) => {
    expect(accessibility({ [key]: undefined })).toEqual([`citizens.accessibility.${key}: is missing`]);
  });

  test("without a word about ALLRIS net there is one problem", () => {
    expect(linesOf(problemsOf([tenant({ allrisnet: undefined })]))).toEqual(["allrisnet: is missing"]);
  });
});

describe("generation 3", () => {
  test.each([
    [{ allrisnet: allrisnet({ generation: 3 }) }, "allrisnet.generation: must not be 3: "],
    [{ allrisnet: allrisnet({ allrisGeneration: "3" }) }, "allrisnet.allrisGeneration: must not be 3: "],
    [{ allrisGeneration: 3 }, "allrisGeneration: must not be 3: "],
    [{ generation: 3 }, "generation: must not be 3: "],
    [{ allrisnet: allrisnet({ release: "3.9.4" }) }, "allrisnet.release: is of generation 3: "],
  ])("%j is refused with the reason", (differs, start) => {
    expect(linesOf(problemsOf([tenant(differs)]))).toEqual([
      `${start}ALLRIS 3 is another platform (ASP programs on IIS, with MS SQL), which this farm does not run`,
    ]);
  });

  test("generation 4 goes without saying", () => {
    expect(lines({ generation: 4 })).toEqual([
      "generation: is not written in a tenant file; every site of this farm runs ALLRIS 4",
    ]);
  });
});

describe("signing in elsewhere", () => {
  const secret = { from: "environment", variable: "LDAP" };
  const ldap = { kind: "ldap", url: "ldaps://a.de", bindDn: "cn=a", baseDn: "dc=a", bindPassword: secret };
  const saml = { kind: "saml", metadataUrl: "https://a.de/m", key: { from: "file", path: "/etc/k.pem" } };
  const oidc = {
    kind: "oidc",
    issuerUrl: "https://a.de",
    clientId: "a",
    clientSecret: { from: "config", key: "a" },
  };
  const method = (value: object) => politicians({ auth: { method: value } });

  test.each([ldap, saml, oidc, { kind: "local" }])("$kind fits", (value) => {
    expect(method(value)).toEqual([]);
  });

  test.each([
    [{ ...ldap, url: "ldap://a.de" }, 'url: must begin with ldaps:// (write "ldaps://a.de")'],
    [
      { ...saml, metadataUrl: "http://a.de/m" },
      'metadataUrl: must begin with https:// (write "https://a.de/m")',
    ],
    [{ ...oidc, issuerUrl: "http://a.de" }, 'issuerUrl: must begin with https:// (write "https://a.de")'],
    [{ ...ldap, bindPassword: undefined }, "bindPassword: is missing"],
    [{ ...saml, key: { from: "file", path: "k.pem" } }, "key.path: must be an absolute path"],
    [{ ...oidc, clientSecret: { from: "vault" } }, /^clientSecret\.from: must be one of "config"/],
    [{ ...ldap, bindPassword: { from: "environment", variable: "a b" } }, /^bindPassword\.variable: must be/],
    [{ kind: "local", url: "ldaps://a.de" }, "url: does not go with the other fields beside it"],
    [{ kind: "radius" }, /^kind: must be one of "local", "ldap", "saml", "oidc"/],
  ])("%j", (value, line) => {
    const [found = "", ...more] = method(value).map((text) => text.replace("politicians.auth.method.", ""));
    expect(more).toEqual([]);
    if (typeof line === "string") expect(found).toBe(line);
    else expect(found).toMatch(line);
  });

  test.each([
    { ...ldap, bindPassword: "geheim-123" },
    { ...saml, key: "geheim-123" },
    { ...oidc, clientSecret: "geheim-123" },
  ])("a secret that is written into the file is refused and not repeated", (value) => {
    const found = method(value);
    expect(found).toEqual([expect.stringMatching(/must say where the secret is found; .* given away/)]);
    expect(found.join()).not.toContain("geheim");
  });
});
