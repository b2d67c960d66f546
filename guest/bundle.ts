import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nginxHttps, nginxMain, nginxPending, nginxRedirect } from "./nginx.ts";
import { sitePages } from "./page.ts";
import { canonicalJson, type SiteValues } from "./site-values.ts";

/** One file of a machine. */
interface BundleFile {
  readonly path: string;
  /** Permission bits in octal. */
  readonly mode: string;
  readonly content: string;
}

/** What is rendered for a site besides its values. */
export interface BundleArgs {
  readonly values: Omit<SiteValues, "bundle">;
  /** PEM of the ACME server's own CA where it is not a public one. @default - the machine's trusted roots */
  readonly acmeCa?: string | undefined;
  /** PEM of the CA whose client certificate Cloudflare shows to origins; needed by `cloudflare-origin`. */
  readonly originPullCa?: string | undefined;
}

/** A rendered bundle: one text that brings its own installer, and its SHA-256. */
export interface Bundle {
  readonly text: string;
  readonly sha256: string;
}

/** The programs that travel with every bundle. */
const programs = {
  apply: readFileSync(join(import.meta.dirname, "apply.py"), "utf8"),
  certificate: readFileSync(join(import.meta.dirname, "certificate.py"), "utf8"),
};

function firewall(bastions: readonly string[]): string {
  return `#!/usr/sbin/nft -f
flush ruleset

# BSI OPS.1.2.5.A3: remote maintenance comes from the bastion and from nowhere else.
table inet farm {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif lo accept
    # ICMP and ICMPv6 by number: a small system has no table of protocol names.
    meta l4proto { 1, 58 } accept
    tcp dport { 80, 443 } accept
    ip saddr { ${bastions.join(", ")} } tcp dport 22 accept
  }
}
`;
}

const renewalService = `[Unit]
Description=Renew the TLS certificate of this site
After=network-online.target nginx.service

[Service]
Type=oneshot
ExecStart=/usr/local/lib/farm/certificate renew
PrivateTmp=yes
ProtectHome=yes
`;

// Twice a day and spread: the lifetime of public certificates falls to 47 days (CA/B ballot SC-081v3).
const renewalTimer = `[Unit]
Description=Look twice a day whether the TLS certificate is due

[Timer]
OnCalendar=*-*-* 03,15:00:00
RandomizedDelaySec=2h
Persistent=yes

[Install]
WantedBy=timers.target
`;

/** Renders everything that stands on a site's machine. Pure but for the programs beside this file. */
export function renderBundle(args: BundleArgs): Bundle {
  const { values } = args;
  const files: BundleFile[] = [];
  const put = (path: string, content: string, mode = "0644"): void => {
    files.push({ path, mode, content });
  };
  put("/etc/nginx/nginx.conf", nginxMain());
  put("/etc/farm/nginx/http-pending.conf", nginxPending(values));
  put("/etc/farm/nginx/http-redirect.conf", nginxRedirect(values));
  put("/etc/farm/nginx/https.conf", nginxHttps(values));
  put("/etc/farm/site.json", canonicalJson(values));
  put("/etc/nftables.conf", firewall(values.bastions), "0755");
  put("/usr/local/lib/farm/certificate", programs.certificate, "0755");
  for (const [name, content] of Object.entries(sitePages(values))) put(`/var/www/farm/${name}`, content);
  if (args.acmeCa !== undefined) put("/etc/farm/acme-ca.pem", args.acmeCa);
  if (args.originPullCa !== undefined) put("/etc/farm/origin-pull-ca.pem", args.originPullCa);
  if (values.issuer === "acme") {
    put("/etc/systemd/system/farm-certificate.service", renewalService);
    put("/etc/systemd/system/farm-certificate.timer", renewalTimer);
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const text = canonicalJson({ files, apply: programs.apply });
  return { text, sha256: createHash("sha256").update(text).digest("hex") };
}

/** Where the roll-out leaves the bundle on the machine, in the operators' home. */
export const bundlePath = "site.json";

/**
 * The command that applies a bundle, with the values on its standard input. They name the bundle they belong
 * to, so a stale or damaged upload is refused. `-I` keeps Python off the user's own modules.
 */
export const applyCommand: string = `sudo /usr/bin/python3 -I -c 'import json, sys
exec(json.load(open(sys.argv[1]))["apply"])' "$HOME/${bundlePath}"`;
