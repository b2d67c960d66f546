import { describe, expect, test } from "vitest";
import { planDns } from "../../../model/dns-plan.ts";
import { dnsRequestText } from "../../../model/dns-request.ts";
import type { Farm } from "../../../model/farm.ts";
import { affinityHost } from "../../../model/placement.ts";
import { planSite, vmName } from "../../../model/plan.ts";
import type { Tenant } from "../../../model/tenant.ts";
import { parse, settings, tenant } from "./fixtures.ts";

function only(differs: object, given: object = settings()): { readonly farm: Farm; readonly tenant: Tenant } {
  const farm = parse([tenant(differs)], given);
  const [first] = farm.tenants;
  if (first === undefined) throw new Error("no tenant");
  return { farm, tenant: first };
}

function recordsOf(differs: object, given?: object) {
  const { farm, tenant: parsed } = only(differs, given);
  return planDns(parsed, farm.settings);
}

describe("the plan of a site", () => {
  test("names, tags and host", () => {
    const { farm, tenant: parsed } = only({});
    expect(planSite(parsed, farm, { stack: "allris-farm/lab", vm: undefined, mayStop: false })).toMatchObject(
      {
        vmName: "allris-hohenbrueck.lab",
        tags: ["farm=allris-farm/lab", "tenant=hohenbrueck"],
        affinityHost: affinityHost("hohenbrueck", ["xcp-1", "xcp-2", "xcp-3"]),
        restartOrder: 26,
        held: [],
      },
    );
  });

  test("no two pairs of id and stack have the same VM name", () => {
    expect(vmName("a-b", "p/c")).not.toBe(vmName("a", "p/b-c"));
    expect(vmName("abc", "p/prod")).not.toBe(vmName("abc", "p/test"));
    // The shards of a farm are one farm: whoever moves keeps name and tags.
    expect(vmName("abc", "p/prod-nord")).toBe(vmName("abc", "p/prod"));
  });

  test("changes that would stop a VM are held, unless this run may stop it", () => {
    const { farm, tenant: parsed } = only({ size: "large" });
    const vm = { cpus: 2, memoryMax: 2 ** 31 };
    const held = (current: typeof vm, mayStop = false) =>
      planSite(parsed, farm, { stack: "p/lab", vm: current, mayStop }).held.map(({ text }) => text);
    expect(held(vm)).toEqual(["cpus 2 → 4", "memory 2 GiB → 8 GiB"]);
    expect(held({ ...vm, cpus: 4 })).toEqual(["memory 2 GiB → 8 GiB"]);
    expect(held({ cpus: 4, memoryMax: 2 ** 33 })).toEqual([]);
    expect(held(vm, true)).toEqual([]);
  });
});

describe("DNS records", () => {
  const name = "ratsinfo.hohenbrueck.de";

  test("acme: the address and the authority of the settings", () => {
    expect(recordsOf({})).toEqual({
      records: [
        { key: "a", name, type: "A", content: "10.20.0.11", ttl: 300, proxied: false },
        {
          key: "caa-letsencrypt--org",
          name,
          type: "CAA",
          flags: 0,
          tag: "issue",
          value: "letsencrypt.org",
          ttl: 300,
        },
      ],
      foreign: [],
    });
  });

  test("cloudflare-origin: proxied, with Cloudflare's own ttl", () => {
    const { records } = recordsOf({
      certificate: { issuer: "cloudflare-origin" },
      aliases: ["www.hohenbrueck.de"],
    });
    // Which authorities may issue for the edge is said once for the zone.
    expect(records).toEqual([
      { key: "a", name, type: "A", content: "10.20.0.11", ttl: 1, proxied: true },
      {
        key: "alias-www--hohenbrueck--de",
        name: "www.hohenbrueck.de",
        alias: true,
        type: "CNAME",
        content: name,
        ttl: 1,
        proxied: true,
      },
    ]);
  });

  test("customer: no CAA unless the tenant names authorities", () => {
    const certificate = { issuer: "customer", delivery: "hohenbrueck" };
    expect(recordsOf({ certificate }).records.map(({ type }) => type)).toEqual(["A"]);
    const { records } = recordsOf({ certificate: { ...certificate, caa: ["d-trust.net"] } });
    expect(records.at(-1)).toMatchObject({ type: "CAA", value: "d-trust.net" });
  });

  test("IPv6, an alias that is the zone itself, and an alias in a zone of others", () => {
    const given = settings();
    Object.assign(given.pools.nord.network, { subnet6: "2001:db8:20::/64", gateway6: "fe80::1" });
    const plan = recordsOf(
      { address6: "2001:db8:20::11", aliases: ["hohenbrueck.de", "rat.other.de"] },
      given,
    );
    expect(plan.foreign).toEqual(["rat.other.de"]);
    expect(plan.records.map((record) => `${record.key} ${record.type} ${record.name}`)).toEqual([
      `a A ${name}`,
      `aaaa AAAA ${name}`,
      `caa-letsencrypt--org CAA ${name}`,
      "alias-hohenbrueck--de-a A hohenbrueck.de",
      "alias-hohenbrueck--de-aaaa AAAA hohenbrueck.de",
    ]);
  });

  test("a zone of theirs gets no record of ours", () => {
    const plan = recordsOf({ dns: { mode: "theirs" }, domain: "rat.köln.de", aliases: ["www.rat.köln.de"] });
    expect(plan).toEqual({ records: [], foreign: ["rat.xn--kln-sna.de", "www.rat.xn--kln-sna.de"] });
  });
});

describe("the text that asks for records", () => {
  test("names every record, the authority and whom to answer", () => {
    const { farm, tenant: parsed } = only({
      dns: { mode: "theirs" },
      domain: "rat.köln.de",
      aliases: ["www.rat.köln.de"],
    });
    expect(dnsRequestText(parsed, farm.settings)).toMatchInlineSnapshot(`
      "Betreff: DNS-Einträge für rat.köln.de (Vertrag R-2026-014)

      Sehr geehrte Damen und Herren,

      für das Ratsinformationssystem „Stadt Hohenbrück“ bitten wir um folgende Einträge in Ihrer DNS-Zone:

          rat.xn--kln-sna.de.      300  IN  A      10.20.0.11
          www.rat.xn--kln-sna.de.  300  IN  CNAME  rat.xn--kln-sna.de.

      Das TLS-Zertifikat stellt eine öffentliche Zertifizierungsstelle automatisch aus und erneuert es
      regelmäßig. Falls Ihre Zone CAA-Einträge enthält, muss diese Stelle zugelassen sein:

          rat.xn--kln-sna.de.  IN  CAA  0 issue "letsencrypt.org"

      Ein AAAA-Eintrag (IPv6) darf für diese Namen nicht bestehen.

      Bereits vorhandene Einträge anderen Inhalts für diese Namen sind zu entfernen. Sobald die Einträge
      öffentlich sichtbar sind, geht die Einrichtung ohne weiteres Zutun weiter; eine kurze Nachricht an
      b@kuestenring.de beschleunigt sie.

      Mit freundlichen Grüßen
      Rechenzentrum Küstenring
      Hafenallee 12, 18099 Küstenring
      b@kuestenring.de
      "
    `);
  });

  test("asks only for what lies with others", () => {
    const { farm, tenant: parsed } = only({ aliases: ["rat.other.de", "www.hohenbrueck.de"] });
    const text = dnsRequestText(parsed, farm.settings);
    expect(text).toContain("rat.other.de.  300  IN  CNAME  ratsinfo.hohenbrueck.de.");
    expect(text).not.toContain("www.hohenbrueck.de");
    expect(text.endsWith("b@kuestenring.de\n")).toBe(true);
  });

  test("there is nothing to ask for when every name lies in a zone of ours", () => {
    const { farm, tenant: parsed } = only({});
    expect(() => dnsRequestText(parsed, farm.settings)).toThrow(/nothing to ask Stadt Hohenbrück for/);
  });
});
