import { describe, expect, test } from "vitest";
import { nodeGroups, siteTargets } from "../../../../model/monitoring/targets.ts";
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
