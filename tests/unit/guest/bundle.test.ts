import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderBundle } from "../../../guest/bundle.ts";
import { networkConfig, userData } from "../../../guest/cloud-init.ts";
import { escapeHtml, sitePages } from "../../../guest/page.ts";
import { canonicalJson, type SiteValues } from "../../../guest/site-values.ts";

const values: Omit<SiteValues, "bundle"> = {
  id: "hohenbrueck",
  name: "Stadt Hohenbrück",
  domain: "ratsinfo.hohenbrueck.example",
  names: ["ratsinfo.hohenbrueck.example", "rat.hohenbrueck.example"],
  address: "198.18.10.11",
  links: {
    imprint: "https://www.hohenbrueck.example/impressum",
    privacy: "https://www.hohenbrueck.example/datenschutz",
    accessibility: "https://www.hohenbrueck.example/barrierefreiheit",
    home: "https://www.hohenbrueck.example/",
  },
  contactEmail: "rat@hohenbrueck.example",
  bastions: ["198.18.0.2/32"],
  issuer: "acme",
  acme: { directory: "https://acme.example/dir", email: "betrieb@example.net", caaIssuer: "acme.example" },
  units: ["farm-certificate.timer"],
};

function files(bundleText: string): Map<string, { mode: string; content: string }> {
  const bundle = JSON.parse(bundleText) as { files: { path: string; mode: string; content: string }[] };
  return new Map(bundle.files.map((file) => [file.path, file]));
}

describe("renderBundle", () => {
  it("gives equal bytes for equal values, whatever the order of their keys", () => {
    const reversed = Object.fromEntries(Object.entries(values).reverse()) as typeof values;
    expect(renderBundle({ values: reversed }).sha256).toBe(renderBundle({ values }).sha256);
  });

  it("names its own SHA-256", () => {
    const bundle = renderBundle({ values });
    expect(bundle.sha256).toBe(createHash("sha256").update(bundle.text).digest("hex"));
  });

  it("holds the renewal timer for ACME and for nobody else", () => {
    const timer = "/etc/systemd/system/farm-certificate.timer";
    expect(files(renderBundle({ values }).text).has(timer)).toBe(true);
    const customer = { ...values, issuer: "customer" as const, units: [] };
    expect(files(renderBundle({ values: customer }).text).has(timer)).toBe(false);
  });

  it("asks visitors of a proxied site for Cloudflare's client certificate, and no others", () => {
    const proxied = files(
      renderBundle({ values: { ...values, issuer: "cloudflare-origin" }, originPullCa: "PEM\n" }).text,
    );
    expect(proxied.get("/etc/farm/nginx/https.conf")?.content.match(/ssl_verify_client on;/g)).toHaveLength(
      2,
    );
    expect(proxied.get("/etc/farm/origin-pull-ca.pem")?.content).toBe("PEM\n");
    expect(files(renderBundle({ values }).text).get("/etc/farm/nginx/https.conf")?.content).not.toContain(
      "ssl_verify_client",
    );
  });

  it("sends aliases to the site's own name and leaves the server for them out when there are none", () => {
    const https = files(renderBundle({ values }).text).get("/etc/farm/nginx/https.conf")?.content ?? "";
    expect(https).toContain("server_name rat.hohenbrueck.example;");
    expect(https).toContain("return 308 https://ratsinfo.hohenbrueck.example$request_uri;");
    const alone = files(renderBundle({ values: { ...values, names: [values.domain] } }).text).get(
      "/etc/farm/nginx/https.conf",
    );
    expect(alone?.content).not.toContain("return 308");
  });

  it("lets ssh in from the bastions only", () => {
    const firewall = files(
      renderBundle({ values: { ...values, bastions: ["10.0.0.0/28", "10.1.0.1/32"] } }).text,
    ).get("/etc/nftables.conf");
    expect(firewall?.content).toContain("ip saddr { 10.0.0.0/28, 10.1.0.1/32 } tcp dport 22 accept");
    expect(firewall?.content).toContain("policy drop;");
  });

  it("ends every file with one newline and uses LF", () => {
    for (const [path, file] of files(renderBundle({ values }).text)) {
      expect(file.content, path).toMatch(/[^\n]\n$/);
      expect(file.content, path).not.toContain("\r");
    }
  });
});

describe("canonicalJson", () => {
  it("reads back as the same value, with sorted keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });
});

describe("sitePages", () => {
  it("shows any name as text, never as markup", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const page = sitePages({ ...values, name })["index.html"] ?? "";
        expect(page.match(/<h1>/g)).toHaveLength(1);
        expect(page).toContain(`<h1>Ratsinformationssystem: ${escapeHtml(name)}</h1>`);
        expect(escapeHtml(name)).not.toMatch(/[<>"']/);
      }),
    );
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
