import { describe, expect, test } from "vitest";
import { sitePages } from "../../../../guest/page.ts";
import { nodeGroups, siteTargets } from "../../../../model/monitoring/targets.ts";
import { town } from "../../guest/samples.ts";
import { allrisnet, neighbour, tenant } from "../fixtures.ts";
import { threeTenants, watchedFarm } from "./fixtures.ts";

const scope = { tls: "shows", resolver: "10.20.0.53" } as const;
const { tenants } = watchedFarm(threeTenants);

/** "target module subject", with a mark for what decides. */
function linesFor(id: string, given: Parameters<typeof siteTargets>[1] = scope): readonly string[] {
  const found = tenants.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no tenant ${id}`);
  return siteTargets(found, given).map(
    ({ target, module, subject, decides }) => `${target}${decides ? "!" : ""} ${module} ${subject}`,
  );
}

describe("what a site is asked", () => {
  test("both presentations decide, the rest shows", () => {
    expect(linesFor("hohenbrueck")).toEqual([
      "citizens! page https://ratsinfo.hohenbrueck.de/public/",
      "politicians! page https://ratsinfo.hohenbrueck.de/ri/logon",
      "tls tls ratsinfo.hohenbrueck.de:443",
      "version version_4_1_7 https://ratsinfo.hohenbrueck.de/public/",
      "oparl oparl https://ratsinfo.hohenbrueck.de/public/oparl/system",
      "dns dns_hohenbrueck 10.20.0.53:53",
    ]);
  });

  test("a Ratsinfo that is closed to most lets the monitoring in", () => {
    expect(linesFor("closed")).toContain("politicians! page_let_in https://closed.hohenbrueck.de/ri/logon");
  });

  test("through Cloudflare it cannot, and its refusal is the answer", () => {
    const politicians = { ipAllowlist: ["10.9.0.0/24"] };
    const { tenants } = watchedFarm([
      tenant({
        certificate: { issuer: "cloudflare-origin" },
        allrisnet: { ...allrisnet({}, { enabled: false }), politicians },
      }),
    ]);
    const asked = tenants.flatMap((each) => siteTargets(each, scope));
    expect(asked.map(({ target, module }) => `${target} ${module}`)).toEqual([
      ...["politicians page_or_closed", "tls tls", "dns dns_hohenbrueck"],
    ]);
  });

  test("a presentation that is switched off is not asked for", () => {
    expect(linesFor("proxied").map((line) => line.split(" ")[0])).toEqual([
      "politicians!",
      "tls",
      "version",
      "dns",
    ]);
  });

  test("the chain decides where the settings say so, and nothing else changes", () => {
    const strict = linesFor("hohenbrueck", { ...scope, tls: "decides" });
    expect(strict).toEqual(linesFor("hohenbrueck").map((line) => line.replace("tls tls", "tls! tls")));
  });

  test("while a release is held the version before is what the page shall name", () => {
    const versions = new Map([["hohenbrueck", "4.1.6"]]);
    expect(linesFor("hohenbrueck", { ...scope, versions })).toContain(
      "version version_4_1_6 https://ratsinfo.hohenbrueck.de/public/",
    );
  });

  test("nothing is asked of a site whose names are withdrawn", () => {
    const { tenants: ended } = watchedFarm([
      tenant({
        lifecycle: {
          state: "terminating",
          since: "2026-08-01",
          deleteAfter: "2026-12-31",
          orderedBy: "Frau Ohlsen, Schreiben vom 30.07.2026",
          closed: { on: "2026-09-30", archive: "archive-1", export: "0".repeat(64), certificate: "revoked" },
        },
      }),
      neighbour("stays", 12),
    ]);
    expect(ended.flatMap((each) => siteTargets(each, scope)).map((each) => each.tenant)).toEqual(
      Array(5).fill("stays"),
    );
    expect(nodeGroups(ended)).toEqual([{ targets: ["10.20.0.12:9100"], labels: { tenant: "stays" } }]);
  });
});

test("who is let in takes a refusal only from a site that has not heard of it", () => {
  const { modules } = watchedFarm(threeTenants).targets.blackbox as {
    modules: Record<string, { http?: { fail_if_body_matches_regexp?: string[] } }>;
  };
  const refusal = (letsAskersIn: boolean): string =>
    sitePages({ ...town, contactEmail: "rat@hohenbrueck.de", letsAskersIn })["403.html"] ?? "";
  const wrong = (name: string, body: string) =>
    (modules[name]?.http?.fail_if_body_matches_regexp ?? []).some((text) => new RegExp(text).test(body));
  expect(wrong("page_let_in", refusal(false))).toBe(false);
  expect(wrong("page_let_in", refusal(true))).toBe(true);
  expect(wrong("page_or_closed", refusal(true))).toBe(false);
});

describe("a page that decides", () => {
  const { modules } = watchedFarm(threeTenants).targets.blackbox as {
    modules: Record<string, { http?: { fail_if_body_not_matches_regexp?: string[] } }>;
  };
  test.each([
    ['<meta name="description" content="ALLRIS net Version 4.1.7 (4170039)">', true],
    ['<meta name="farm-site" content="hohenbrueck"><h1>Nur aus dem Rathaus</h1>', true],
    ["<h1>Welcome to nginx!</h1>", false],
    ['<meta name="description" content="ALLRIS net">', false],
  ])("is one of ALLRIS net, whoever made it, or the farm's own: %s", (body, taken) => {
    for (const name of ["page", "page_or_closed", "page_let_in"]) {
      const wanted = modules[name]?.http?.fail_if_body_not_matches_regexp ?? [];
      expect(wanted.map((text) => new RegExp(text).test(body))).toEqual([taken]);
    }
  });
});
