import { expect, test } from "vitest";
import { askersOf, letInMark, probedSites } from "../../../../model/measurement/targets.ts";
import { formatProblem } from "../../../../model/problems.ts";
import { allrisnet, parse, problemsOf, settingsWith, tenant } from "../fixtures.ts";
import { measurement } from "./samples.ts";

const given = (differs: object = {}) => settingsWith(["measurement"], measurement(differs));

function sites(tenants: readonly object[], differs: object = {}, view: "edge" | "outside" = "edge") {
  const farm = parse(tenants, given(differs));
  return probedSites(farm.tenants, farm.settings, { view });
}

/** Where and why settings are refused. */
function problems(differs: object): readonly string[] {
  return problemsOf([tenant()], given(differs)).map(formatProblem);
}

test("both presentations decide, at the site's own address; the rest only shows", () => {
  const [site] = sites([tenant()]);
  expect(site).toMatchObject({ tenant: "hohenbrueck", address: "10.20.0.11" });
  expect(site?.targets.map(({ target, decides }) => [target, decides])).toEqual([
    ["citizens", true],
    ["politicians", true],
    ["tls", false],
    ["version", false],
    ["dns", false],
  ]);
});

test("a certificate that visitors refuse decides where the settings say so", () => {
  const [site] = sites([tenant()], { tls: "decides" });
  expect(site?.targets.find(({ target }) => target === "tls")?.decides).toBe(true);
});

test("what decides does not depend on the release, and the release shows", () => {
  const [one] = sites([tenant({ allrisnet: allrisnet({ release: "4.1.7" }) })]);
  const deciding = one?.targets.filter(({ decides }) => decides);
  expect(JSON.stringify(deciding)).not.toContain("4.1.7");
  expect(one?.targets.find(({ target }) => target === "version")?.expected).toBe("4.1.7");
});

test("a presentation that is off is not asked", () => {
  const parameters = allrisnet({}, { enabled: false });
  const [site] = sites([tenant({ allrisnet: parameters })]);
  expect(site?.targets.map(({ target }) => target)).toEqual(["politicians", "tls", "version", "dns"]);
});

test("OParl is asked where it is enabled", () => {
  const oparl = { enabled: true, license: "https://www.govdata.de/dl-de/by-2-0" };
  const [site] = sites([
    tenant({ allrisnet: allrisnet({ licensedModules: ["app", "oparl", "totp"] }, { oparl }) }),
  ]);
  expect(site?.targets.find(({ target }) => target === "oparl")).toEqual({
    target: "oparl",
    decides: false,
    path: "/public/oparl/system",
  });
});

test("from outside nothing decides", () => {
  const [site] = sites([tenant()], {}, "outside");
  expect(site?.address).toBeUndefined();
  expect(site?.targets).toMatchObject([{ target: "outside", decides: false, path: "/public/" }]);
});

const prober = (differs: object = {}): object => ({
  name: "rand-3",
  failureDomain: "Brandabschnitt 3",
  host: "198.18.0.33",
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH0c1vyR9w3GmF0E3n4nS1J2y1c5wq3V9u9mC8b0b5aK",
  ...differs,
});

test("probers are lost neither with a pool nor with each other", () => {
  const inPool = problems({
    probers: [prober({}), prober({ name: "rand-4", failureDomain: "4", host: "10.20.0.77" })],
  });
  expect(inPool).toEqual([
    expect.stringMatching(/measurement\.probers\[1\]\.host .*pool "nord".*lost together/),
  ]);
  const twins = problems({ probers: [prober({}), prober({ name: "rand-4", host: "198.18.0.34" })] });
  expect(twins).toEqual([expect.stringMatching(/measurement\.probers\[1\]\.failureDomain stands here/)]);
});

test("production wants two probers at the edge, at addresses that are somebody's", () => {
  const given = {
    ...settingsWith(["measurement"], measurement({ probers: [prober({})] })),
    stage: "production",
  };
  const found = problemsOf([tenant()], given).map(formatProblem);
  expect(found.filter((text) => text.includes("measurement"))).toEqual([
    expect.stringMatching(/measurement\.probers must have two of the view "edge"/),
    expect.stringMatching(/measurement\.probers\[0\]\.host lies in 198\.18\.0\.0\/15/),
  ]);
});

test("a site that lets politicians in from listed networks only answers by refusing", () => {
  const given = settingsWith(["measurement"], measurement({ probers: [prober({ askFrom })] }));
  const farm = parse([closed()], given);
  const [edge] = farm.settings.measurement?.probers ?? [];
  const asked = (who: Parameters<typeof probedSites>[2]) =>
    probedSites(farm.tenants, farm.settings, who)[0]?.targets.find(({ target }) => target === "politicians");
  expect(asked(edge ?? { view: "edge" })).toEqual({
    ...{ target: "politicians", decides: true, path: "/ri/logon", marker: "ALLRIS net Version " },
    // Whoever is let in takes a refusal for an answer only until the site knows.
    ...{ statuses: [200, 403], letIn: letInMark },
  });
  expect(asked({ view: "edge" })).not.toHaveProperty("letIn");
});

const askFrom = ["198.51.100.31/32", "2001:db8:31::/64"];
const closed = (differs: object = {}): object =>
  tenant({ allrisnet: { ...allrisnet(), politicians: { ipAllowlist: ["192.0.2.0/24"], ...differs } } });

test("behind a list of networks a prober has to be let in; the outside view may stay out", () => {
  const lines = (tenants: readonly object[], ...probers: readonly object[]) =>
    problemsOf(tenants, settingsWith(["measurement"], measurement({ probers }))).map(formatProblem);
  const other = { name: "rand-4", failureDomain: "4", host: "198.18.0.34" };
  const without = "closed out, a prober sees no outage";
  expect(lines([closed()], prober(), prober(other))).toEqual([
    `tenants/hohenbrueck.ts: allrisnet.politicians.ipAllowlist needs askFrom of "rand-3" and "rand-4" in measurement.probers of the stack settings: ${without}`,
  ]);
  expect(lines([closed()], prober({ askFrom }), prober({ ...other, view: "outside" }))).toEqual([]);
  // Nobody else has to say anything.
  expect(lines([tenant()], prober(), prober(other))).toEqual([]);
  expect(lines([closed({ enabled: false })], prober())).toEqual([]);
});

test("the places that questions come from are few, and each stands once", () => {
  const lines = (list: readonly string[], stage = "lab") =>
    problemsOf([tenant()], {
      ...settingsWith(["measurement"], measurement({ probers: [prober({ askFrom: list })] })),
      stage,
    })
      .map(formatProblem)
      .filter((line) => line.includes("askFrom"));
  expect(lines(["10.1.0.0/24", "10.1.0.0/24"])).toEqual([
    expect.stringMatching(/probers\[0\]\.askFrom\[1\] stands here for the second time/),
  ]);
  expect(lines(["10.1.0.1/24"])).toHaveLength(1);
  expect(lines(["0.0.0.0/0"], "production")).toEqual([expect.stringMatching(/the whole Internet/)]);
});

test("a closed site lets in the probers and the monitoring, an open one needs to let in nobody", () => {
  const mail = { host: "mail.kuestenring.de", from: "farm@kuestenring.de" };
  const monitoring = { pool: "nord", address: "10.20.0.200", recipients: ["b@kuestenring.de"] };
  const probers = [prober({ askFrom })];
  const askers = (differs: object, more: object = {}): readonly string[] => {
    const given = { ...settingsWith(["measurement"], measurement({ probers })), ...more };
    const farm = parse([{ ...closed(), ...differs }], given);
    return farm.tenants.flatMap((site) => askersOf(site, farm.settings));
  };
  expect(askers({})).toEqual(askFrom);
  expect(askers({}, { monitoring, mail })).toEqual(["10.20.0.200/32", ...askFrom]);
  // Through Cloudflare the monitoring comes by an address that nobody here knows.
  const certificate = { issuer: "cloudflare-origin", rotation: 1 };
  expect(askers({ certificate }, { monitoring, mail })).toEqual(askFrom);
  expect(askers({ allrisnet: allrisnet() }, { monitoring, mail })).toEqual([]);
});

test("a proxied site is asked as visitors ask it, and may lie at any address", () => {
  const [site] = sites([tenant({ certificate: { issuer: "cloudflare-origin", rotation: 1 } })]);
  expect(site?.address).toBeUndefined();
  expect(site?.targets.find(({ target }) => target === "dns")?.expected).toBeUndefined();
});
