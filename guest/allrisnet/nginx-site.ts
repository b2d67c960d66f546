import type { AllrisNet } from "../../model/allrisnet/allrisnet.ts";
import { application } from "./application.ts";

/** What nginx has to know of ALLRIS net. */
export type NginxApplication = Pick<AllrisNet, "citizens" | "politicians">;

/**
 * Headers of every answer of a site (BSI APP.3.1, APP.3.2). nginx inherits `add_header` only where
 * there is none in a location, so each location says all of its own.
 */
export function securityHeaders(
  frameAncestors: readonly string[] = [],
  formTargets: readonly string[] = [],
): string {
  const policy = [
    "default-src 'self'",
    `frame-ancestors ${["'self'", ...frameAncestors.map((host) => `https://${host}`)].join(" ")}`,
    "base-uri 'none'",
    `form-action ${["'self'", ...formTargets].join(" ")}`,
    "object-src 'none'",
  ].join("; ");
  return `add_header Strict-Transport-Security "max-age=31536000" always;
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy same-origin always;
    add_header Content-Security-Policy "${policy}" always;`;
}

/**
 * For the http level: what a request is about, who asks too often, what search engines may keep.
 * @param askers as for the locations
 */
export function applicationMaps(
  { citizens, politicians }: NginxApplication,
  askers: readonly string[] = [],
): string {
  const ofCitizens = pattern(citizens.basePath);
  const ofPoliticians = pattern(politicians.basePath);
  const temporary = application.temporary.map(pattern).join("|");
  return `  # An answer of nginx itself has another $uri than the request had: so the log asks for both.
  map "$uri $request_uri" $farm_presentation {
    default other;
    "~^${ofCitizens}(/|\\s)" citizens;
    "~^${ofPoliticians}(/|\\s)" politicians;
    "~\\s${ofCitizens}([/?]|$)" citizens;
    "~\\s${ofPoliticians}([/?]|$)" politicians;
  }
  # Only who tries to sign in or searches is counted: an empty key counts nobody.
  map "$request_method $uri" $farm_login {
    default "";
    "~^POST ${ofPoliticians}/${application.login}\\b" $binary_remote_addr;
  }
  map $uri $farm_search {
    default "";
    "~^${ofCitizens}/${application.search}\\b" $binary_remote_addr;
  }
  limit_req_zone $farm_login zone=login:1m rate=30r/m;
  limit_req_zone $farm_search zone=search:1m rate=60r/m;
  limit_req_status 429;
  # A line a refusal would hold the terms of the search.
  limit_req_log_level info;
  map "$uri $upstream_http_content_type" $farm_robots {
    default "${citizens.indexing === "all" ? "" : "noindex, nofollow"}";
    "~^${ofCitizens}/(${temporary})/" "noindex, nofollow";${
      citizens.indexing === "pages" ? `\n    "~ text/html" "";` : ""
    }
  }${isShown(politicians, askers) ? signInMaps(politicians) : ""}`;
}

/** Whether somebody may see the page of signing in beside those on the list. */
function isShown({ enabled, ipAllowlist }: AllrisNet["politicians"], askers: readonly string[]): boolean {
  return enabled && ipAllowlist.length > 0 && askers.length > 0;
}

/** Who only looks whether the page of signing in is there signs nobody in: that is for those on the list. */
function signInMaps({ ipAllowlist }: AllrisNet["politicians"]): string {
  return `
  geo $farm_listed {
    default 0;
    127.0.0.1 1;
${ipAllowlist.map((cidr) => `    ${cidr} 1;\n`).join("")}  }
  map "$request_method $farm_listed" $farm_sign_in_refused {
    default 1;
    "~^(GET|HEAD) " "";
    "POST 1" "";
  }`;
}

/**
 * For a server of the site: the two presentations, what stands in their place, and nothing else.
 * @param askers networks that may see the page of signing in, and nothing else of what the list of networks closes
 */
export function applicationLocations(
  { citizens, politicians }: NginxApplication,
  askers: readonly string[] = [],
): string {
  const first = citizens.enabled ? citizens : politicians;
  const parts = [
    `  location = / {
    if (-e ${application.installed}) { return 302 ${first.basePath}/; }
    ${securityHeaders()}
    add_header X-Robots-Tag $farm_robots always;
    try_files /index.html =404;
  }
  location ^~ /internal { return 404; }`,
  ];
  if (citizens.enabled) {
    parts.push(
      presentation("citizens", citizens.basePath, [
        "limit_except GET POST { deny all; }",
        "client_max_body_size 64k;",
        "limit_req zone=search burst=30 nodelay;",
        ...hide(hidden),
        securityHeaders(citizens.frameAncestors),
        "add_header X-Robots-Tag $farm_robots always;",
      ]),
    );
  }
  if (politicians.enabled) {
    const allowed = politicians.ipAllowlist;
    // The machine's own checks come from itself.
    const listed = ["allow 127.0.0.1;", ...allowed.map((cidr) => `allow ${cidr};`)];
    const lines = [
      "client_max_body_size 8m;",
      "limit_req zone=login burst=20 nodelay;",
      // Compressed pages that hold secrets tell their length (BREACH).
      "gzip off;",
      ...hide([...hidden, "Cache-Control", "Expires", "Pragma"]),
      securityHeaders([], identityProvider(politicians)),
      'add_header X-Robots-Tag "noindex, nofollow" always;',
      "add_header Cache-Control no-store always;",
    ];
    if (isShown(politicians, askers)) {
      parts.push(
        location("politicians", politicians.basePath, `/${application.login}`, [
          // Not by `limit_except`: for what it closes nginx leaves out the `if` above.
          "if ($farm_sign_in_refused) { return 403; }",
          ...listed,
          ...askers.map((cidr) => `allow ${cidr};`),
          "deny all;",
          ...lines,
        ]),
      );
    }
    parts.push(
      presentation("politicians", politicians.basePath, [
        "limit_except GET POST { deny all; }",
        ...(allowed.length > 0 ? [...listed, "deny all;"] : []),
        ...lines,
      ]),
    );
  }
  return parts.join("\n");
}

/** Signing in may lead on to the identity provider, which browsers count as a target of the form. */
function identityProvider({ auth: { method } }: AllrisNet["politicians"]): readonly string[] {
  if (method.kind === "saml") return [new URL(method.metadataUrl).origin];
  return method.kind === "oidc" ? [new URL(method.issuerUrl).origin] : [];
}

function presentation(area: "citizens" | "politicians", basePath: string, lines: readonly string[]): string {
  return `  location = ${basePath} { return 308 ${basePath}/; }
${location(area, basePath, "/", lines)}`;
}

/** @param path below the presentation's own: "/" for all of it, else one page */
function location(
  area: "citizens" | "politicians",
  basePath: string,
  path: string,
  lines: readonly string[],
): string {
  const inside = application.paths[area];
  return `  location ${path === "/" ? "" : "= "}${basePath}${path} {
    if (!-e ${application.installed}) { return 404; }
${lines.map((line) => `    ${line}`).join("\n")}
    proxy_pass http://${application.address}${inside}${path};
    proxy_redirect "~^(?:https?://[^/]+)?${inside}(/.*)?$" "${basePath}$1";
    # A cookie belongs to its presentation, whatever path the application gives it.
    proxy_cookie_path "~^${inside}/?(.*)$" "${basePath}/$1";
    proxy_cookie_path "~^/$" "${basePath}/";
  }`;
}

/** Headers that the web server alone answers with. nginx inherits `proxy_hide_header` only as a whole. */
const hidden = [
  "Content-Security-Policy",
  "Referrer-Policy",
  "Strict-Transport-Security",
  "X-Content-Type-Options",
  "X-Frame-Options",
  "X-Powered-By",
  "X-Robots-Tag",
];

function hide(names: readonly string[]): readonly string[] {
  return names.map((name) => `proxy_hide_header ${name};`);
}

/** Shared by both presentations. Nothing that a visitor sends says where he comes from. */
export const proxySettings = `  # One connection for one request: those that are open are the requests that run, and an update waits for them.
  proxy_http_version 1.1;
  proxy_set_header Connection close;
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Host $host;
  proxy_set_header X-Forwarded-Proto https;
  proxy_set_header Proxy "";
  proxy_connect_timeout 3s;
  proxy_read_timeout 60s;
  proxy_cookie_flags ~ secure httponly samesite=lax;`;

/** A path as it stands in a regular expression. */
function pattern(path: string): string {
  return path.replace(/[.+*?^$()[\]{}|\\]/g, "\\$&");
}
