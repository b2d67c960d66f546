import { describe, expect, test } from "vitest";
import type { Asset } from "../../../model/allrisnet/assets.ts";
import { contrast } from "../../../model/allrisnet/contrast.ts";
import { type Farm, parseFarm } from "../../../model/farm.ts";
import { formatProblem } from "../../../model/problems.ts";
import { accessibility, citizens, lines, politicians } from "./allrisnet-lines.ts";
import { allrisnet, environment, linesOf, parse, problemsOf, settings, tenant } from "./fixtures.ts";

const all = { licensedModules: ["app", "onlineVoting", "oparl", "readSpeaker", "totp"] };
const addLicence = (licence: string) => `(add "${licence}" to allrisnet.licensedModules)`;

describe("rules between parameters", () => {
  test("both presentations have a path of their own", () => {
    expect(lines({ politicians: { basePath: "/public" } })).toEqual([
      "politicians.basePath: must not be the path of the citizens' presentation",
    ]);
  });

  test("one presentation is there at least", () => {
    expect(lines({ politicians: { enabled: false } }, { enabled: false })).toEqual([
      "politicians.enabled: must be true where the citizens' presentation is switched off",
    ]);
    expect(lines({ politicians: { enabled: false } })).toEqual([]);
  });

  test("agendas need the calendar, minutes the agendas, all in one report", () => {
    const agendas = "citizens.modules.agendas: must be false without the calendar that leads to them";
    const minutes = "citizens.modules.minutes: must be false without the agendas that lead to them";
    expect(citizens({ modules: { calendar: false } })).toEqual([agendas, minutes]);
    expect(citizens({ modules: { calendar: false, agendas: false } })).toEqual([minutes]);
    expect(citizens({ modules: { agendas: false } })).toEqual([minutes]);
    expect(citizens({ modules: { calendar: false, agendas: false, minutes: false } })).toEqual([]);
  });

  test.each(["photo", "address", "email", "phone"])("%s of a person needs consent", (field) => {
    const show = ["name", field];
    expect(citizens({ persons: { show } })).toEqual([
      `citizens.persons.show[1]: "${field}" needs consentDocumented: true`,
    ]);
    expect(citizens({ persons: { show, consentDocumented: true } })).toEqual([]);
  });

  test("OParl that is switched on needs a licence of the module and one of the data", () => {
    expect(citizens({ oparl: { enabled: true } })).toEqual([
      `citizens.oparl.enabled: needs the licence "oparl" ${addLicence("oparl")}`,
      "citizens.oparl.license: is missing; data that are given away need a licence",
    ]);
    const oparl = { enabled: true, license: "https://www.govdata.de/dl-de/by-2-0" };
    expect(citizens({ oparl }, all)).toEqual([]);
  });

  test("ReadSpeaker needs its licence and the privacy note", () => {
    expect(accessibility({ readSpeaker: true })).toEqual([
      `citizens.accessibility.readSpeaker: needs the licence "readSpeaker" ${addLicence("readSpeaker")}`,
      expect.stringMatching(/^citizens\.accessibility\.readSpeakerPrivacyNote: is missing/),
    ]);
    const readSpeakerPrivacyNote = "https://www.hohenbrueck.de/datenschutz";
    expect(accessibility({ readSpeaker: true, readSpeakerPrivacyNote }, all)).toEqual([]);
  });

  test("voting, the app and the second factor need their licences, and the defaults have theirs", () => {
    expect(politicians({ modules: { onlineVoting: true } })).toEqual([
      `politicians.modules.onlineVoting: needs the licence "onlineVoting" ${addLicence("onlineVoting")}`,
    ]);
    expect(lines({ licensedModules: [] })).toEqual([
      `politicians.auth.secondFactor: needs the licence "totp" ${addLicence("totp")}`,
      `politicians.modules.app: needs the licence "app" ${addLicence("app")}`,
    ]);
    expect(lines({ licensedModules: [], politicians: { enabled: false } })).toEqual([]);
    const without = { auth: { secondFactor: "off" }, nonPublicDocuments: false, modules: { app: false } };
    expect(lines({ licensedModules: [], politicians: without })).toEqual([]);
  });

  test("no non-public papers without a second factor", () => {
    expect(politicians({ auth: { secondFactor: "off" } })).toEqual([
      'politicians.auth.secondFactor: must not be "off" while nonPublicDocuments is true',
    ]);
    expect(politicians({ auth: { secondFactor: "off" }, nonPublicDocuments: false })).toEqual([]);
  });

  test.each([
    ["0.0.0.0/0", /whole Internet/],
    ["::/0", /whole Internet/],
    ["10.0.0.7/24", /bits of a host \(write "10\.0\.0\.0\/24"\)/],
    ["10.0.0.7", /must be a network/],
  ])("the list of networks does not take %s", (network, why) => {
    expect(politicians({ ipAllowlist: ["10.1.0.0/16", network] })).toEqual([
      expect.stringMatching(new RegExp(`^politicians\\.ipAllowlist\\[1\\]: .*${why.source}`)),
    ]);
  });

  test("a field that cannot be read hides no problem of others and makes none", () => {
    expect(
      lines({ ring: 1, politicians: { session: 7, auth: { secondFactor: "off" } } }, { basePath: 5 }),
    ).toEqual([
      "citizens.basePath: must be text, not a number",
      'politicians.auth.secondFactor: must not be "off" while nonPublicDocuments is true',
      "politicians.session: must be an object, not a number",
      'ring: must be one of "pilot", "standard", "late"',
    ]);
  });
});

describe("colours", () => {
  test.each([
    ["#000000", "#ffffff", 21],
    ["#ffffff", "#000000", 21],
    ["#777777", "#ffffff", 4.48],
    ["#767676", "#ffffff", 4.54],
    ["#003366", "#ffffff", 12.61],
    ["#ff0000", "#ffffff", 4],
  ])("the contrast of %s and %s is %d", (one, other, expected) => {
    expect(contrast(one, other)).toBeCloseTo(expected, 2);
  });

  test("less than 4.5 : 1 is refused with the figure, which is never rounded up", () => {
    expect(lines({ branding: { primaryColor: "#777777" } })).toEqual([
      "branding.textOnPrimary: has a contrast of 4.47 : 1 to primaryColor #777777; it must be at least 4.5 : 1 (WCAG 2.1, 1.4.3)",
    ]);
    expect(lines({ branding: { primaryColor: "#767676" } })).toEqual([]);
  });
});

describe("logo", () => {
  const sha256 = "0".repeat(64);
  const tenants = (file: string) => [
    {
      file: "tenants/hohenbrueck.ts",
      value: tenant({ allrisnet: allrisnet({ branding: { logo: { file, sha256, alt: "Wappen" } } }) }),
    },
  ];
  const withAssets = (assets: readonly [string, Asset][], file = "a.svg") => {
    const now = new Date("2026-10-01T08:00:00Z");
    const input = { settings: settings(), tenants: tenants(file), environment, now };
    return () => parseFarm({ ...input, assets: new Map(assets) });
  };

  test("stands in assets/, can be used and has the digest that is written", () => {
    expect(withAssets([["a.svg", { sha256 }]])).not.toThrow();
    expect(withAssets([["b.svg", { sha256 }]])).toThrow(
      /branding\.logo\.file is no file of the folder assets\/ \(did you mean "b\.svg"/,
    );
    expect(withAssets([["a.svg", { sha256, problem: "holds <script>" }]])).toThrow(
      /logo\.file holds <script>/,
    );
    expect(withAssets([["a.svg", { sha256: "1".repeat(64) }]])).toThrow(
      /logo\.sha256 is not that of assets\/a\.svg \(when the file is the right one, write "1{64}"\)/,
    );
  });
});

describe("days", () => {
  const farmAt = (statementDate: string, at: string): Farm => {
    const value = tenant({
      allrisnet: allrisnet({}, { accessibility: { ...allrisnet().citizens.accessibility, statementDate } }),
    });
    const tenants = [{ file: "tenants/hohenbrueck.ts", value }];
    return parseFarm({ settings: settings(), tenants, environment, now: new Date(at) });
  };
  const warnings = (...given: Parameters<typeof farmAt>) => farmAt(...given).warnings.map(formatProblem);

  test("a statement is not of tomorrow, in Berlin", () => {
    expect(() => farmAt("2026-10-02", "2026-10-01T21:59:59Z")).toThrow(
      /accessibility\.statementDate must not be in the future; today is 2026-10-01/,
    );
    expect(warnings("2026-10-02", "2026-10-01T22:00:00Z")).toEqual([]);
  });

  test("a statement older than 365 days is a warning and stops nothing", () => {
    expect(warnings("2025-10-01", "2026-10-01T08:00:00Z")).toEqual([]);
    expect(warnings("2025-09-30", "2026-10-01T08:00:00Z")).toEqual([
      "tenants/hohenbrueck.ts: allrisnet.citizens.accessibility.statementDate is 366 days ago; the statement is reviewed every year (EU 2016/2102)",
    ]);
  });

  test("the archive does not begin in the future", () => {
    expect(citizens({ publish: { archiveFrom: "2026-10-02" } })).toEqual([
      "citizens.publish.archiveFrom: must not be in the future; today is 2026-10-01",
    ]);
    expect(citizens({ publish: { archiveFrom: "2026-10-01" } })).toEqual([]);
  });
});

describe("production", () => {
  const production = (value: object) =>
    linesOf(problemsOf([tenant({ allrisnet: value })], { ...settings(), stage: "production" }));

  test("refuses reserved domains", () => {
    const value = allrisnet(
      {
        ...all,
        politicians: {
          auth: {
            method: {
              kind: "oidc",
              issuerUrl: "https://id.town.example",
              clientId: "a",
              clientSecret: { from: "config", key: "a" },
            },
          },
        },
      },
      {
        oparl: { license: "https://example.org/l", contactEmail: "a@b.test" },
        frameAncestors: ["www.town.example"],
        accessibility: {
          feedbackEmail: "a@town.example",
          enforcementBodyUrl: "https://land.example/",
          statementDate: "2026-03-02",
          readSpeakerPrivacyNote: "https://town.invalid/",
        },
      },
    );
    expect(production(value).map((line) => line.split(":")[0])).toEqual([
      "allrisnet.citizens.accessibility.enforcementBodyUrl",
      "allrisnet.citizens.accessibility.feedbackEmail",
      "allrisnet.citizens.accessibility.readSpeakerPrivacyNote",
      "allrisnet.citizens.frameAncestors[0]",
      "allrisnet.citizens.oparl.contactEmail",
      "allrisnet.citizens.oparl.license",
      "allrisnet.politicians.auth.method.issuerUrl",
    ]);
  });

  test("takes the tenant of the fixtures", () => {
    expect(production(allrisnet())).toEqual([]);
    expect(parse([tenant()]).warnings).toEqual([]);
  });
});
