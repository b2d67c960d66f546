import {
  applicationLocations,
  applicationMaps,
  type NginxApplication,
  proxySettings,
  securityHeaders,
} from "./allrisnet/nginx-site.ts";
import type { SiteValues } from "./site-values.ts";

/** What nginx needs to know of a site. */
export interface NginxSite extends Pick<SiteValues, "domain" | "aliases" | "issuer"> {
  readonly allrisnet: NginxApplication;
  /** Networks whose word on a visitor's address counts: those of the edge before a proxied site. */
  readonly edgeRanges: readonly string[];
  /** Who may see the page of signing in although the list of networks closes it: probers and the monitoring. */
  readonly askers: readonly string[];
}

/**
 * TLS after BSI TR-02102-2 (2026-01): TLS 1.2 and 1.3, ephemeral keys, AES-GCM of 128 bits and more, which
 * also keeps the contract's floor of 128 bits. Sessions are not resumed by tickets, so forward secrecy holds.
 * For all servers at once: a handshake begins with the default server's ciphers, whatever name it asks for.
 */
const tls = `  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256;
  ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256;
  ssl_ecdh_curve X25519:prime256v1:secp384r1;
  ssl_prefer_server_ciphers on;
  ssl_session_cache shared:tls:4m;
  ssl_session_timeout 1h;
  ssl_session_tickets off;`;

/** A line of the log that traffic is counted from. Terms of a search are personal data: no query strings. */
const log = `  map $request_uri $farm_path {
    default "";
    "~^(?<farm_found>[^?;]*)" $farm_found;
  }
  map $status $farm_retry {
    default "";
    429 60;
    503 300;
  }
  log_format farm escape=json '{"time":"$time_iso8601","address":"$remote_addr","host":"$host","method":"$request_method","path":"$farm_path","status":$status,"bytes":$bytes_sent,"received":$request_length,"presentation":"$farm_presentation","agent":"$http_user_agent","seconds":$request_time}';
  access_log /var/log/nginx/access.json farm;`;

/** nginx.conf: one site a machine, so it is written whole. BSI APP.3.2.A1 to A4 and A12. */
export function nginxMain(site: NginxSite): string {
  const trusted = site.issuer === "cloudflare-origin" ? site.edgeRanges : [];
  const realIp = trusted.map((range) => `  set_real_ip_from ${range};\n`).join("");
  return `user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log warn;

events {
  worker_connections 1024;
}

http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  charset utf-8;
  server_tokens off;
  absolute_redirect off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65;
  client_max_body_size 64k;
  gzip on;
  gzip_types text/css application/javascript application/json image/svg+xml text/calendar;
${trusted.length > 0 ? `${realIp}  real_ip_header CF-Connecting-IP;\n` : ""}${applicationMaps(site.allrisnet, site.askers)}
${log}
${proxySettings}
${tls}
  include /etc/farm/nginx/local.conf;
  include /etc/farm/nginx/enabled/*.conf;
}
`;
}

const challenge = `  # HTTP-01 (RFC 8555, 8.3): the answers that the ACME client of this machine leaves here.
  location ^~ /.well-known/acme-challenge/ {
    root /var/lib/farm/acme;
    default_type text/plain;
    try_files $uri =404;
  }`;

function plainServers({ domain, aliases }: NginxSite, location: string): string {
  return `server {
  listen 80 default_server;
  listen [::]:80 default_server;
  server_name _;
  return 421;
}

server {
  listen 80;
  listen [::]:80;
  server_name ${[domain, ...aliases].join(" ")};
${challenge}
${location}
}
`;
}

/** Port 80 while there is no certificate: nothing of the site travels without TLS, the page says why. */
export function nginxPending(site: NginxSite): string {
  return plainServers(
    site,
    `  location / {
    root /var/www/farm;
    error_page 503 /pending.html;
    add_header Retry-After 300 always;
    add_header Cache-Control no-store always;
    return 503;
  }
  location = /pending.html { root /var/www/farm; internal; }`,
  );
}

/** Port 80 once there is a certificate: everything moves to HTTPS, by the site's first name. */
export function nginxRedirect(site: NginxSite): string {
  return plainServers(
    site,
    `  location / {
    return 308 https://${site.domain}$request_uri;
  }`,
  );
}

const certificate = `  ssl_certificate /etc/farm/tls/current/chain.pem;
  ssl_certificate_key /etc/farm/tls/current/key.pem;`;

/** Only Cloudflare may reach the origin of a proxied site: authenticated origin pulls. */
const originPull = `  ssl_client_certificate /etc/farm/origin-pull-ca.pem;
  ssl_verify_client on;`;

/**
 * What every server of the site says. nginx passes on paths without looking at what stands behind a semicolon;
 * Tomcat drops it, so that "/..;/" would lead out of a presentation: no path with one goes through, but for the
 * session that Tomcat itself writes there.
 */
export function nginxSite(site: NginxSite): string {
  return `  root /var/www/farm;
  rewrite "^([^;]*);jsessionid=[^;/]*$" $1 last;
  if ($uri ~ ";") { return 404; }
  error_page 403 405 /.farm/403.html;
  error_page 404 /.farm/404.html;
  error_page 413 /.farm/413.html;
  error_page 429 /.farm/429.html;
  error_page 500 502 504 /.farm/50x.html;
  error_page 503 /.farm/503.html;
  location ^~ /.farm/ {
    internal;
    alias /var/www/farm/;
    # The page about a body that is too large is asked for with that body.
    client_max_body_size 0;
    ${securityHeaders()}
    add_header X-Robots-Tag noindex always;
    add_header Cache-Control no-store always;
    add_header Retry-After $farm_retry always;
  }
  location = /farm.css {
    ${securityHeaders()}
    add_header Cache-Control max-age=3600;
  }
  location = /robots.txt {
    ${securityHeaders()}
  }
  location / { return 404; }
${applicationLocations(site.allrisnet, site.askers)}
`;
}

/** For the machine's own checks: the site as it is, without TLS and also while it is closed for maintenance. */
export function nginxLocal(site: NginxSite): string {
  return `server {
  listen 127.0.0.1:8081;
  server_name ${site.domain};
  access_log off;
  include /etc/farm/nginx/site.inc;
}
`;
}

/** Port 443: the site under its name, the aliases as permanent redirects, no other name at all. */
export function nginxHttps(site: NginxSite): string {
  const guard = site.issuer === "cloudflare-origin" ? `\n${originPull}` : "";
  const aliasServer = `
server {
  listen 443 ssl http2;
  listen [::]:443 ssl http2;
  server_name ${site.aliases.join(" ")};
${certificate}${guard}
  ${securityHeaders()}
  return 308 https://${site.domain}$request_uri;
}
`;
  return `server {
  listen 443 ssl http2 default_server;
  listen [::]:443 ssl http2 default_server;
  server_name _;
  ssl_reject_handshake on;
}

server {
  listen 443 ssl http2;
  listen [::]:443 ssl http2;
  server_name ${site.domain};
${certificate}${guard}
  # The flag of an update; its own page and that page's style are what is left. No reload is needed for it.
  set $farm_closed "";
  if (-f /run/farm/maintenance) { set $farm_closed 1; }
  if ($uri ~ "^/(\\.farm/|farm\\.css$)") { set $farm_closed ""; }
  if ($farm_closed) { return 503; }
  include /etc/farm/nginx/site.inc;
}
${site.aliases.length > 0 ? aliasServer : ""}`;
}
