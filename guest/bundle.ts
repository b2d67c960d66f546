import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AllrisNet } from "../model/allrisnet/allrisnet.ts";
import type { Release } from "../model/allrisnet/release.ts";
import { renderParameterSet } from "./allrisnet/files.ts";
import { renderRobots } from "./allrisnet/robots.ts";
import { secretsOf } from "./allrisnet/secret-names.ts";
import { enabledUnits, units } from "./allrisnet/units.ts";
import { backupProgram, stateTimer } from "./backup-program.ts";
import { publishedEdgeRanges } from "./edge-ranges.ts";
import { firewall, logrotate, renewalService, renewalTimer } from "./machine-files.ts";
import {
  type NginxSite,
  nginxHttps,
  nginxLocal,
  nginxMain,
  nginxPending,
  nginxRedirect,
  nginxSite,
} from "./nginx.ts";
import { nodeExporterFiles, nodeExporterTimer, type PackageSource } from "./node-exporter.ts";
import { sitePages } from "./page.ts";
import { releaseProgram } from "./release-program.ts";
import {
  applicationValues,
  canonicalJson,
  type SiteValues,
  type StatedValues,
  statedValues,
} from "./site-values.ts";
import { trafficFiles } from "./traffic-units.ts";

/** One file of a machine. */
interface BundleFile {
  readonly path: string;
  /** Permission bits in octal. */
  readonly mode: string;
  readonly content: string;
}

/** What a site's machine is rendered from. */
export interface BundleArgs {
  /** The site's values, without those that follow from the rest. */
  readonly values: Omit<SiteValues, "allrisnet">;
  /** The system parameters; `release` is the version that runs after this roll-out. */
  readonly allrisnet: AllrisNet;
  /** The release that reads them: that of `allrisnet.release`. */
  readonly release: Release;
  /** All releases that are known: their changes of parameters build on each other. */
  readonly releases: readonly Release[];
  /** Bytes of the logo that `allrisnet.branding` names. @default - none */
  readonly logo?: Uint8Array | undefined;
  /** PEM of the ACME server's own CA where it is not a public one. @default - the machine's trusted roots */
  readonly acmeCa?: string | undefined;
  /** PEM of the CA whose client certificate Cloudflare shows to origins; needed by `cloudflare-origin`. */
  readonly originPullCa?: string | undefined;
  /** Where packages come from, for a site that is watched. @default - the machine's own sources */
  readonly packages?: PackageSource | undefined;
  /** Networks of the edge, for `cloudflare-origin`. @default - those that Cloudflare publishes */
  readonly edgeRanges?: readonly string[] | undefined;
  /** Networks that may see a closed Ratsinfo's page of signing in, and only that. @default - none */
  readonly askers?: readonly string[] | undefined;
}

/** A rendered bundle: one text that brings its own installer, and the values that it belongs to. */
export interface Bundle {
  readonly text: string;
  readonly values: StatedValues;
}

const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");

/** The installer: its start, and its modules in the order in which they need each other. */
const installer = {
  start: read("apply.py"),
  modules: ["__init__", "machine", "change", "parameters", "answers", "secret_files", "main"].map(
    (name): [string, string] =>
      name === "__init__"
        ? ["farm_apply", ""]
        : [`farm_apply.${name}`, read(join("farm_apply", `${name}.py`))],
  ),
};

/** What ALLRIS net, its backups and the counting of its traffic need, whatever the site. */
const allrisnetFiles: readonly BundleFile[] = [
  ...Object.entries(units).map(([name, content]) => ({
    path: `/etc/systemd/system/${name}`,
    mode: "0644",
    content,
  })),
  ...releaseProgram(),
  ...backupProgram(),
  ...trafficFiles(),
];

const certificateProgram = read("certificate.py");

/** What is the same in every bundle, rendered once: it is the larger part by far. */
const common = canonicalJson({ files: allrisnetFiles, modules: installer.modules }).trimEnd();

/** Renders everything that stands on a site's machine. Pure but for the programs beside this file. */
export function renderBundle(args: BundleArgs): Bundle {
  const values = { ...args.values, allrisnet: applicationValues(args.allrisnet) };
  const acme = values.issuer === "acme";
  const own = canonicalJson({
    files: siteFiles(args, values).sort((a, b) => (a.path < b.path ? -1 : 1)),
    parameters: renderParameterSet({ ...args, administration: args.values }),
    secrets: secretsOf(args.allrisnet).map(({ name }) => name),
    units: [
      ...enabledUnits,
      "farm-backup.timer",
      "farm-traffic.timer",
      ...(acme ? ["farm-certificate.timer"] : []),
      ...(values.monitoring === undefined ? [] : [nodeExporterTimer]),
    ],
    values,
  });
  const text = `${installer.start}\n# {"common":${common},${own.slice(1)}`;
  const bundle = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return { text, values: { ...args.values, allrisnet: statedValues(args.allrisnet), bundle } };
}

/** The files of one site. */
function siteFiles(args: BundleArgs, values: SiteValues): BundleFile[] {
  const files: BundleFile[] = [];
  const put = (path: string, content: string, mode = "0644"): void => {
    files.push({ path, mode, content });
  };
  const { allrisnet, edgeRanges = publishedEdgeRanges, askers = [] } = args;
  const nginx: NginxSite = { ...args.values, allrisnet, edgeRanges, askers };
  const names = [values.domain, ...values.aliases];
  put("/etc/nginx/nginx.conf", nginxMain(nginx));
  put("/etc/farm/nginx/http-pending.conf", nginxPending(nginx));
  put("/etc/farm/nginx/http-redirect.conf", nginxRedirect(nginx));
  put("/etc/farm/nginx/https.conf", nginxHttps(nginx));
  put("/etc/farm/nginx/local.conf", nginxLocal(nginx));
  put("/etc/farm/nginx/site.inc", nginxSite(nginx));
  put("/etc/farm/site.json", canonicalJson({ ...values, names }));
  put("/etc/logrotate.d/nginx", logrotate);
  put("/etc/systemd/system/farm-backup.timer", stateTimer(values.backup.ready));
  put("/etc/nftables.conf", firewall(values.bastions, values.monitoring), "0755");
  put("/usr/local/lib/farm/certificate", certificateProgram, "0755");
  const pages = sitePages({ ...values, contactEmail: values.contact.email, letsAskersIn: askers.length > 0 });
  for (const [name, content] of Object.entries(pages)) put(`/var/www/farm/${name}`, content);
  put("/var/www/farm/robots.txt", renderRobots(allrisnet));
  if (values.monitoring !== undefined) files.push(...nodeExporterFiles(values.address, args.packages));
  if (args.acmeCa !== undefined) put("/etc/farm/acme-ca.pem", args.acmeCa);
  if (args.originPullCa !== undefined) put("/etc/farm/origin-pull-ca.pem", args.originPullCa);
  if (values.issuer === "acme") {
    put("/etc/systemd/system/farm-certificate.service", renewalService);
    put("/etc/systemd/system/farm-certificate.timer", renewalTimer);
  }
  return files;
}

/** Where the roll-out leaves the bundle on the machine, in the operators' home. */
export const bundlePath = "site.py";

/**
 * The command that applies a bundle, with the values on its standard input. They name the bundle they belong
 * to, so a stale or damaged upload is refused. `-I` keeps Python off the user's own modules.
 */
export const applyCommand: string = `sudo python3 -I ${bundlePath} apply`;

/** The command that puts the application's secrets, which are on its standard input. It prints nothing. */
export const secretsCommand: string = `sudo python3 -I ${bundlePath} secrets`;
