import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderBundle } from "../../../guest/bundle.ts";
import { networkConfig, userData } from "../../../guest/cloud-init.ts";
import { escapeHtml, type PageSite, sitePages } from "../../../guest/page.ts";
import { canonicalJson } from "../../../guest/site-values.ts";
import { argsOf, district, office, open, sampleTenant, textOf, town } from "./samples.ts";

describe("renderBundle", () => {
  it("gives equal bytes for equal values, whatever the order of their keys", () => {
    const args = argsOf(town);
    const reversed = Object.fromEntries(Object.entries(args.values).reverse()) as typeof args.values;
    expect(renderBundle({ ...args, values: reversed }).text).toBe(renderBundle(args).text);
  });

  it("names the bundle by its SHA-256 in the values that go with it", () => {
    const { text, values } = renderBundle(argsOf(town));
    expect(values.bundle).toBe(createHash("sha256").update(text).digest("hex").slice(0, 16));
  });

  it("changes with a parameter, and with the release whatever the parameters", () => {
    const { bundle } = renderBundle(argsOf(town)).values;
    const later = sampleTenant({}, { publish: { agendaDaysBefore: 8 } });
    const { name } = open(argsOf(sampleTenant())).parameters;
    expect(open(argsOf(later)).parameters.name).not.toBe(name);
    const [, next] = argsOf(town).releases;
    if (next === undefined) throw new Error("there is one release only");
    expect(renderBundle(argsOf(town, { release: next })).values.bundle).not.toBe(bundle);
  });

  it("tells the machine every parameter, but neither the ring nor the place of a secret", () => {
    const { allrisnet } = open(argsOf(office)).values;
    expect(JSON.stringify(allrisnet)).not.toMatch(/ring|SEENPLATTE_LDAP|environment/);
    expect(allrisnet.politicians.auth.method).toEqual({
      kind: "ldap",
      url: "ldaps://verzeichnis.seenplatte.de:636",
      bindDn: "cn=allris,dc=seenplatte,dc=de",
      baseDn: "ou=rat,dc=seenplatte,dc=de",
      bindPassword: { secret: "ldap-bind-password" },
    });
    expect(allrisnet.citizens.modules).toMatchObject({ minutes: false, calendar: true });
    expect(renderBundle(argsOf(office)).text).not.toContain("SEENPLATTE_LDAP");
    expect(open(argsOf(office)).secrets).toEqual(["ldap-bind-password"]);
    expect(open(argsOf(district)).secrets).toEqual(["oidc-client-secret"]);
  });

  it("leaves to the state only what is no default, by key, secrets by name", () => {
    const { allrisnet } = renderBundle(argsOf(office)).values;
    expect(allrisnet).toMatchObject({
      release: office.allrisnet.release,
      "citizens.modules.minutes": false,
      "politicians.auth.method.bindPassword": { secret: "ldap-bind-password" },
      "citizens.accessibility.feedbackEmail": office.allrisnet.citizens.accessibility.feedbackEmail,
    });
    for (const key of Object.keys(allrisnet)) expect(key).not.toMatch(/ring|emergency|modules\.calendar/);
    expect(JSON.stringify(allrisnet)).not.toMatch(/SEENPLATTE_LDAP|environment/);
  });

  it("holds the renewal timer for ACME and for nobody else", () => {
    const timer = "/etc/systemd/system/farm-certificate.timer";
    expect(open(argsOf(town)).files.has(timer)).toBe(true);
    expect(open(argsOf(town)).units).toContain("farm-certificate.timer");
    expect(open(argsOf(district)).files.has(timer)).toBe(false);
    expect(open(argsOf(district)).units).not.toContain("farm-certificate.timer");
  });

  it("holds the timer of the backup's state half an hour before its slot", () => {
    const path = "/etc/systemd/system/farm-backup.timer";
    const timer = textOf(open(argsOf(town)), path);
    expect(timer).toContain("OnCalendar=*-*-* 00:53:00 Europe/Berlin\n");
    // A restored copy that boots must not write over the state that it is compared with.
    expect(timer).not.toContain("Persistent");
    expect(open(argsOf(town)).units).toContain("farm-backup.timer");
  });

  it("switches on only units that it brings, and lets every program be run", () => {
    const { files, units } = open(argsOf(town));
    for (const unit of units) expect([...files.keys()]).toContain(`/etc/systemd/system/${unit}`);
    const programs = ["backup", "certificate", "release", "traffic"].map(
      (name) => `/usr/local/lib/farm/${name}`,
    );
    for (const program of programs) {
      expect(files.get(program)).toMatchObject({ mode: "0755" });
      expect(textOf(open(argsOf(town)), program)).toMatch(/^#!\/usr\/bin\/python3 -I\n/);
    }
    for (const unit of units.filter((name) => name.endsWith(".service"))) {
      expect(textOf(open(argsOf(town)), `/etc/systemd/system/${unit}`)).toContain("[Install]");
    }
  });

  it("lets ssh in from the bastions only", () => {
    const { values } = argsOf(town);
    const bundle = open(argsOf(town, { values: { ...values, bastions: ["10.0.0.0/28", "10.1.0.1/32"] } }));
    const firewall = textOf(bundle, "/etc/nftables.conf");
    expect(firewall).toContain("ip saddr { 10.0.0.0/28, 10.1.0.1/32 } tcp dport 22 accept");
    expect(firewall).toContain("policy drop;");
  });

  it("ends every file with one newline and uses LF", () => {
    for (const [path, file] of open(argsOf(office)).files) {
      // An empty module of a program's package is empty.
      if (file.content === "") continue;
      expect(file.content, path).toMatch(/[^\n]\n$/);
      expect(file.content, path).not.toContain("\r");
    }
  });

  it("tells the machine's own programs all names of the site, its own first", () => {
    const site = JSON.parse(textOf(open(argsOf(office)), "/etc/farm/site.json")) as Record<string, unknown>;
    expect(site).toMatchObject({
      id: "amt-seenplatte",
      names: ["gremien.seenplatte.de", "rat.seenplatte.de"],
      address: "10.20.0.11",
    });
  });
});

describe("canonicalJson", () => {
  it("reads back as the same value, with sorted keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(text.indexOf("\n")).toBe(text.length - 1);
      }),
    );
  });
});

const pageSite: PageSite = {
  id: "hohenbrueck",
  name: "Stadt Hohenbrück",
  links: town.links,
  contactEmail: "rat@hohenbrueck.de",
};

describe("sitePages", () => {
  it("shows any name as text, never as markup", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const page = sitePages({ ...pageSite, name })["index.html"] ?? "";
        expect(page.match(/<h1>/g)).toHaveLength(1);
        expect(page).toContain(`<h1>Ratsinformationssystem: ${escapeHtml(name)}</h1>`);
        expect(escapeHtml(name)).not.toMatch(/[<>"']/);
      }),
    );
  });

  it("marks every page with the site, in German and with the links that the law wants", () => {
    for (const [file, page] of Object.entries(sitePages(pageSite))) {
      if (!file.endsWith(".html")) continue;
      expect(page, file).toContain('<meta name="farm-site" content="hohenbrueck">');
      expect(page, file).toContain('<html lang="de">');
      for (const link of Object.values(town.links)) expect(page, file).toContain(`href="${link}"`);
      expect(page, file).not.toMatch(/<script|style=|nginx|Tomcat/);
    }
  });
});

describe("cloud-init", () => {
  it("makes the machine reachable and says nothing else", () => {
    const text = userData({
      id: "x-1",
      domain: "x.example",
      user: "farm",
      authorizedKeys: ["ssh-ed25519 AAAA one", "ssh-ed25519 BBBB two"],
    });
    expect(text.startsWith("#cloud-config\n")).toBe(true);
    expect(text).toContain('      - "ssh-ed25519 BBBB two"\n');
    expect(text).toContain("ssh_pwauth: false");
    expect(text).not.toMatch(/PRIVATE|password:|token/i);
  });

  it("carries the second address only when there is one", () => {
    const network = {
      address: "198.18.10.11",
      prefix: 24,
      gateway: "198.18.10.1",
      nameservers: ["198.18.0.53"],
    };
    expect(networkConfig(network)).toContain('addresses: ["198.18.10.11/24"]');
    const six = { address: "2001:db8::11", prefix: 64, gateway: "2001:db8::1" };
    const both = networkConfig({ ...network, six });
    expect(both).toContain('addresses: ["198.18.10.11/24", "2001:db8::11/64"]');
    expect(both).toContain('- {to: "::/0", via: "2001:db8::1"}');
  });
});
