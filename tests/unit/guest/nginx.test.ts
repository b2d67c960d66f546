import { describe, expect, it } from "vitest";
import { letInMark } from "../../../model/measurement/targets.ts";
import type { Tenant } from "../../../model/tenant.ts";
import { argsOf, district, office, open, sampleTenant, textOf, town } from "./samples.ts";

const site = (tenant: Tenant): string => textOf(open(argsOf(tenant)), "/etc/farm/nginx/site.inc");
const https = (tenant: Tenant): string => textOf(open(argsOf(tenant)), "/etc/farm/nginx/https.conf");
const main = (tenant: Tenant): string => textOf(open(argsOf(tenant)), "/etc/nginx/nginx.conf");
const robots = (tenant: Tenant): string => textOf(open(argsOf(tenant)), "/var/www/farm/robots.txt");

/** The lines of a location. */
function location(text: string, path: string): string {
  const found = new RegExp(`^  location ${path} \\{\n([\\s\\S]*?)^  \\}`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`no location ${path}`);
  return found;
}

describe("the site in nginx", () => {
  it("maps the paths of the administration to the application's", () => {
    const text = site(sampleTenant({ politicians: { basePath: "/mandat" } }, { basePath: "/buergerinfo" }));
    expect(location(text, "/buergerinfo/")).toContain("proxy_pass http://127.0.0.1:8080/citizens/;");
    expect(location(text, "/mandat/")).toContain("proxy_pass http://127.0.0.1:8080/politicians/;");
    expect(text.match(/proxy_pass/g)).toHaveLength(2);
    expect(location(text, "= /")).toContain("return 302 /buergerinfo/;");
    expect(text).toContain("location ^~ /internal { return 404; }");
  });

  it("has no way to a presentation that is switched off", () => {
    const text = site(district);
    expect(text).not.toContain("/buergerinfo");
    expect(text).not.toContain("/citizens");
    expect(location(text, "= /")).toContain("return 302 /ri/;");
    const alone = site(sampleTenant({ politicians: { enabled: false } }));
    expect(alone).not.toContain("/politicians");
  });

  it("never lets anybody keep the politicians' pages, and compresses none", () => {
    const politicians = location(site(town), "/ri/");
    expect(politicians).toContain("add_header Cache-Control no-store always;");
    expect(politicians).toContain("proxy_hide_header Cache-Control;");
    expect(politicians).toContain('add_header X-Robots-Tag "noindex, nofollow" always;');
    expect(politicians).toContain("gzip off;");
    expect(location(site(town), "/public/")).not.toContain("no-store");
  });

  it("says the headers of the state of the art in every place that answers", () => {
    for (const tenant of [town, office, district]) {
      const blocks = site(tenant)
        .split(/^ {2}location /m)
        .slice(1);
      const answering = blocks.filter((block) => !/^\S+( \S+)? \{ return \d+/.test(block));
      expect(answering.length).toBeGreaterThan(3);
      for (const block of answering) {
        expect(block).toContain('add_header Strict-Transport-Security "max-age=31536000" always;');
        expect(block).toContain("add_header X-Content-Type-Options nosniff always;");
        expect(block).toContain("add_header Referrer-Policy same-origin always;");
        expect(block).toMatch(/Content-Security-Policy "default-src 'self'; frame-ancestors 'self'[^"]*"/);
        expect(block).not.toContain("unsafe-inline");
      }
    }
  });

  it("lets the named sites show the citizens' pages in a frame, and only those", () => {
    expect(location(site(town), "/public/")).toContain("frame-ancestors 'self' https://www.hohenbrueck.de;");
    expect(location(site(town), "/ri/")).toContain("frame-ancestors 'self';");
  });

  it("lets the form of signing in lead on to the identity provider", () => {
    expect(location(site(district), "/ri/")).toContain("form-action 'self' https://anmeldung.auental.de;");
    expect(location(site(town), "/ri/")).toContain("form-action 'self';");
  });

  it("keeps the politicians' presentation to the networks of its list", () => {
    const lines = location(site(office), "/ri/")
      .split("\n")
      .map((line) => line.trim());
    const access = lines.filter((line) => /^(allow|deny) /.test(line));
    expect(access).toEqual(["allow 127.0.0.1;", "allow 10.20.0.0/16;", "allow 2001:db8::/48;", "deny all;"]);
    expect(site(town)).not.toMatch(/^ +(allow|deny) /m);
  });

  it("shows the page of signing in to those who measure, who may sign nobody in and see nothing else", () => {
    const askers = ["198.51.100.31/32", "2001:db8:31::/64"];
    const of = (tenant: Tenant): string =>
      textOf(open(argsOf(tenant, { askers })), "/etc/farm/nginx/site.inc");
    const lines = location(of(office), "= /ri/logon")
      .split("\n")
      .map((line) => line.trim());
    const listed = ["allow 127.0.0.1;", "allow 10.20.0.0/16;", "allow 2001:db8::/48;"];
    expect(lines).toContain("if ($farm_sign_in_refused) { return 403; }");
    const maps = textOf(open(argsOf(office, { askers })), "/etc/nginx/nginx.conf");
    expect(maps).toContain("127.0.0.1 1;\n    10.20.0.0/16 1;\n    2001:db8::/48 1;\n  }");
    expect(main(office)).not.toContain("farm_listed");
    expect(lines.filter((line) => /^(allow|deny) /.test(line))).toEqual([
      ...listed,
      ...askers.map((network) => `allow ${network};`),
      "deny all;",
    ]);
    expect(lines).toContain("proxy_pass http://127.0.0.1:8080/politicians/logon;");
    expect(location(of(office), "/ri/")).toBe(location(site(office), "/ri/"));
    const refusal = (given: object): string => textOf(open(argsOf(office, given)), "/var/www/farm/403.html");
    expect(refusal({ askers })).toContain(`${letInMark} content=`);
    expect(refusal({})).not.toContain(letInMark);
    expect(site(office)).not.toContain("= /ri/logon");
  });

  it("believes the edge about visitors, and nobody where there is no edge", () => {
    expect(main(office)).toContain("set_real_ip_from 203.0.113.0/24;\n  real_ip_header CF-Connecting-IP;");
    expect(main(town)).not.toMatch(/real_ip/);
    const published = textOf(open(argsOf(office, { edgeRanges: undefined })), "/etc/nginx/nginx.conf");
    expect(published).toContain("set_real_ip_from 173.245.48.0/20;");
    expect(published).toContain("set_real_ip_from 2606:4700::/32;");
  });

  it("asks visitors of a proxied site for Cloudflare's client certificate, and no others", () => {
    expect(https(office).match(/ssl_verify_client on;/g)).toHaveLength(2);
    expect(textOf(open(argsOf(office)), "/etc/farm/origin-pull-ca.pem")).toBe("PEM\n");
    expect(https(town)).not.toContain("ssl_verify_client");
  });

  it("sends aliases to the site's own name and leaves the server for them out when there are none", () => {
    expect(https(office)).toContain("server_name rat.seenplatte.de;");
    expect(https(office)).toContain("return 308 https://gremien.seenplatte.de$request_uri;");
    expect(https(town)).not.toContain("return 308");
    const plain = textOf(open(argsOf(office)), "/etc/farm/nginx/http-redirect.conf");
    expect(plain).toContain("server_name gremien.seenplatte.de rat.seenplatte.de;");
    expect(plain).toContain("/.well-known/acme-challenge/");
  });

  it("closes for maintenance over TLS, and neither the challenge nor the redirect", () => {
    expect(https(town)).toContain("if (-f /run/farm/maintenance)");
    for (const name of ["http-pending", "http-redirect", "local"]) {
      expect(textOf(open(argsOf(town)), `/etc/farm/nginx/${name}.conf`)).not.toContain("maintenance");
    }
  });

  it("counts who signs in and who searches, by the paths of the administration", () => {
    const text = main(sampleTenant({ politicians: { basePath: "/mandat" } }, { basePath: "/buergerinfo" }));
    expect(text).toContain('"~^POST /mandat/logon\\b" $binary_remote_addr;');
    expect(text).toContain('"~^/buergerinfo/yw010\\b" $binary_remote_addr;');
    expect(text).toContain("limit_req_status 429;");
  });

  it("logs no query, and what the traffic is counted from", () => {
    const format = /log_format farm escape=json '(.*)';/.exec(main(town))?.[1] ?? "";
    const filled = format.replace(/(?<!")\$\w+(?!")/g, "1");
    expect(Object.keys(JSON.parse(filled) as object)).toEqual([
      ...["time", "address", "host", "method", "path", "status", "bytes", "received"],
      ...["presentation", "agent", "seconds"],
    ]);
    expect(format).not.toMatch(/\$request\b|\$args|\$request_uri|referer/);
  });
});

describe("robots.txt", () => {
  it("keeps everybody out where nothing was said", () => {
    expect(robots(sampleTenant())).toBe("User-agent: *\nDisallow: /\n");
    expect(robots(district)).toBe("User-agent: *\nDisallow: /\n");
  });

  it.each(["pages", "all"])(
    "with indexing %s never lets temporary documents or politicians' pages in",
    (indexing) => {
      const text = robots(sampleTenant({}, { indexing }));
      for (const path of ["/ri/", "/public/tmp/", "/public/___tmp/", "/public/wicket/", "/public/yw010"]) {
        expect(text).toContain(`Disallow: ${path}\n`);
      }
      expect(text).not.toContain("Disallow: /\n");
      expect(text.includes("Disallow: /*.pdf$")).toBe(indexing === "pages");
    },
  );

  it.each([
    ["none", "noindex, nofollow", false],
    ["pages", "noindex, nofollow", true],
    ["all", "", false],
  ])("with indexing %s says so in a header as well", (indexing, standard, pages) => {
    const text = main(sampleTenant({}, { indexing }));
    const map = /\$farm_robots \{\n([\s\S]*?)\n {2}\}/.exec(text)?.[1] ?? "";
    expect(map).toContain(`default "${standard}";`);
    expect(map).toContain('"~^/public/(tmp|___tmp|wicket)/" "noindex, nofollow";');
    expect(map.includes('"~ text/html" "";')).toBe(pages);
  });
});
