import type { SiteValues } from "./site-values.ts";

/** What nginx needs to know of a site. */
export type NginxSite = Pick<SiteValues, "domain" | "names" | "issuer">;

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

/** nginx.conf: one site a machine, so it is written whole. BSI APP.3.2.A1 to A4 and A12. */
export function nginxMain(): string {
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
  access_log /var/log/nginx/access.log;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65;
  client_max_body_size 1m;
  gzip on;
  gzip_types text/css application/javascript application/json image/svg+xml;
${tls}
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

const errorPages = `  error_page 404 /404.html;
  error_page 500 502 503 504 /50x.html;
  location = /404.html { root /var/www/farm; internal; }
  location = /50x.html { root /var/www/farm; internal; }`;

function plainServers(site: NginxSite, location: string): string {
  return `server {
  listen 80 default_server;
  listen [::]:80 default_server;
  server_name _;
  return 421;
}

server {
  listen 80;
  listen [::]:80;
  server_name ${site.names.join(" ")};
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

const headers = `  add_header Strict-Transport-Security "max-age=31536000" always;
  add_header X-Content-Type-Options nosniff always;
  add_header Referrer-Policy same-origin always;
  add_header Content-Security-Policy "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'" always;`;

/** Port 443: the site under its name, the aliases as permanent redirects, no other name at all. */
export function nginxHttps(site: NginxSite): string {
  const guard = site.issuer === "cloudflare-origin" ? `\n${originPull}` : "";
  const aliases = site.names.filter((name) => name !== site.domain);
  const aliasServer = `
server {
  listen 443 ssl http2;
  listen [::]:443 ssl http2;
  server_name ${aliases.join(" ")};
${certificate}${guard}
${headers}
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
${headers}
  root /var/www/farm;
  index index.html;
${errorPages}
  location = /pending.html { return 404; }
  location / {
    limit_except GET HEAD { deny all; }
    try_files $uri $uri/ =404;
  }
}
${aliases.length > 0 ? aliasServer : ""}`;
}
