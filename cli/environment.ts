import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LabFile, LabSecrets } from "../lab/lab-file.ts";
import { labPlaces, tryReadLab, tryReadSecrets } from "../lab/lab-file.ts";
import { labMailGate } from "../lab/mail/service.ts";
import { packagesKeyFile } from "../lab/packages/places.ts";
import { visitorRoots } from "../lab/probe.ts";
import { FarmError } from "../lib/farm-error.ts";
import { makeOnce } from "../lib/made-once.ts";
import { checkout, farmFolder } from "../lib/paths.ts";
import { tryStateSettings } from "../loading/state-settings.ts";
import { parseStackName } from "../model/shards.ts";

/** The user's own Pulumi: sign-in, service, passphrases, chosen stack and how states are kept. */
const foreign =
  /^PULUMI_(ACCESS_TOKEN|API|STACK|PROJECT|ORGANIZATION|DEFAULT_ORGANIZATION|TEAM_ID|BACKEND_URL|HOME|CONFIG|CONFIG_PASSPHRASE|CONFIG_PASSPHRASE_FILE|CREDENTIALS_PATH|CREDENTIAL_STORE|CLOUD_SECRET_OVERRIDE|CONSOLE_DOMAIN|SKIP_CHECKPOINTS|OPTION_(STACK|CONFIG_FILE)|(DIY_BACKEND|SELF_MANAGED_STATE)_.+)$/;

/** Access to the user's real Xen Orchestra and Cloudflare, of which the lab must not see anything. */
const foreignToLab = /^(XOA|CLOUDFLARE|CF)_/;

/** What engine and plug-ins of a stack are given besides the caller's environment. */
export interface StackEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Variables of the caller that must not reach the engine. */
  readonly removed: readonly string[];
}

/** The stack of the lab; its endpoints and credentials come from the lab's own files. */
export const labStack = "lab";

/** Whether a stack is the lab's, or one of its shards. */
export function isLabStack(stack: string | undefined): boolean {
  return stack !== undefined && parseStackName(stack).farm === labStack;
}

/** File with the passphrase of the state's secrets; made at the first use, mode 600. */
export function passphraseFile(): string {
  const file = join(farmFolder, "passphrase");
  // Another one would lock out of a state that is encrypted already.
  makeOnce(
    file,
    () => `${randomBytes(24).toString("base64url")}
`,
  );
  return file;
}

/** Folders of programs that stand before the caller's PATH: the pinned Node, then the engine with its host. */
export function programFolders(engineBin: string): string[] {
  return [join(checkout, "node_modules", "node", "bin"), engineBin];
}

/**
 * The engine's environment for a stack.
 * @param caller @default - this process's environment
 * @param folder the project's; its settings say where the state is. @default - the checkout
 * @throws FarmError for the stack `lab` while no lab has been started, and for a state whose place is not known
 */
export function stackEnvironment(
  stack: string | undefined,
  engineBin: string,
  caller: NodeJS.ProcessEnv = process.env,
  folder: string = checkout,
): StackEnvironment {
  // A lab's state belongs to its machine.
  const named =
    stack === undefined || isLabStack(stack) ? undefined : tryStateSettings(stack, folder, caller);
  const state = join(farmFolder, "state");
  if (named === undefined) mkdirSync(state, { recursive: true, mode: 0o700 });
  const path = [...programFolders(engineBin), ...(caller.PATH ?? "").split(delimiter)];
  const variables: Record<string, string> = {
    PATH: [...new Set(path)].filter((folder) => folder !== "").join(delimiter),
    PULUMI_HOME: join(farmFolder, "pulumi"),
    PULUMI_BACKEND_URL: named?.backend ?? pathToFileURL(state).href,
    PULUMI_CONFIG_PASSPHRASE_FILE: named?.passphraseFile ?? passphraseFile(),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Program and providers are the same code at every run: half a second of a preview's start. Not the farm's
    // folder: the next lab begins with an empty one.
    NODE_COMPILE_CACHE: join(checkout, "node_modules", ".cache", "compile"),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // A plug-in that happens to lie on the user's PATH would be taken before ours, whatever its version.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    // One failing administration never stops the others.
    PULUMI_CONTINUE_ON_ERROR: "true",
    ...policies(stack),
    ...(isLabStack(stack) ? labEnvironment() : {}),
  };
  const strange = (name: string): boolean =>
    foreign.test(name) || (isLabStack(stack) && foreignToLab.test(name));
  const removed = Object.keys(caller).filter((name) => strange(name) && !(name in variables));
  return { variables, removed: removed.sort() };
}

/**
 * So that `pulumi preview` and `pulumi up` alone ask the policy pack as well. In a lab `./farm preview` and `up` alone
 * do: there rules stop nothing, and each run would take seconds longer.
 */
function policies(stack: string | undefined): Record<string, string> {
  if (stack === undefined || isLabStack(stack)) return {};
  // Another project's stack is none of its business.
  if (!existsSync(join(checkout, `Pulumi.${stack}.yaml`))) return {};
  return { PULUMI_OPTION_POLICY_PACK: join(checkout, "policies") };
}

/** The caller's environment as the engine gets it. */
export function engineEnvironment(
  { variables, removed }: StackEnvironment,
  caller: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...caller, ...variables };
  for (const name of removed) delete env[name];
  return env;
}

function labEnvironment(): Record<string, string> {
  const places = labPlaces();
  const lab = tryReadLab(places);
  const secrets = tryReadSecrets(places);
  if (lab === undefined || secrets === undefined) {
    throw new FarmError({
      what: "The stack lab needs the lab, which has not been started",
      where: places.labFile,
      next: "./farm lab up",
    });
  }
  return labVariables(lab, secrets, {
    agent: join(places.run, "agent.sock"),
    publicKey: readFileSync(join(places.keys, "farm_ed25519.pub"), "utf8").trim(),
    deliveries: join(places.lab, "deliveries"),
    packagesKey: packagesKeyFile(places),
    releases: places.releases,
    // Only those who ask sites need it.
    visitorRoots: lab.edgeHosts === undefined && !lab.monitoring ? "" : visitorRoots(places, lab),
  });
}

/** For settings that have probers on the hosts at the lab's edge, or a monitoring. */
function edgeVariables({ edgeHosts = [] }: LabFile, roots: string): Record<string, string> {
  const keys = edgeHosts.map(({ hostKey }, index) => [`FARM_EDGE_${index + 1}_HOST_KEY`, hostKey]);
  return { ...Object.fromEntries(keys), ...(roots === "" ? {} : { FARM_VISITOR_CA_FILE: roots }) };
}

function labVariables(
  lab: LabFile,
  secrets: LabSecrets,
  own: {
    readonly agent: string;
    readonly publicKey: string;
    readonly deliveries: string;
    readonly packagesKey: string;
    readonly releases: string;
    readonly visitorRoots: string;
  },
): Record<string, string> {
  const { jump, quarantine } = lab;
  return {
    XOA_URL: lab.xo.url,
    XOA_TOKEN: secrets.xo.token,
    XOA_ADMIN_TOKEN: secrets.xo.adminToken,
    // The lab answers for the pool's master where it answers for XO.
    FARM_XAPI_URL: lab.xo.url.replace(/^ws/, "http"),
    // A second pool, where the lab has one (`./farm lab add-pool`), is answered for below a path of its own.
    FARM_XAPI_SUED_URL: `${lab.xo.url.replace(/^ws/, "http")}/pools/sued/`,
    FARM_XAPI_USER: "farm",
    // A lab of an older version has none until its next start.
    FARM_XAPI_PASSWORD: secrets.xapi?.password ?? "",
    CLOUDFLARE_BASE_URL: lab.cloudflare.baseUrl,
    CLOUDFLARE_API_TOKEN: secrets.cloudflare.token,
    SSH_AUTH_SOCK: own.agent,
    FARM_JUMP: `${jump.host}:${jump.port} ${jump.user} ${jump.hostKey}`,
    FARM_QUARANTINE_JUMP: `${quarantine.host}:${quarantine.port} ${quarantine.user} ${quarantine.hostKey}`,
    FARM_ACME_DIRECTORY: lab.acme.directory,
    FARM_ACME_CA_FILE: lab.acme.caFile,
    FARM_ORIGIN_PULL_CA_FILE: join(lab.roots.folder, "origin-pull-ca.pem"),
    FARM_SSH_PUBLIC_KEY: own.publicKey,
    FARM_DELIVERIES: own.deliveries,
    FARM_PACKAGES_KEY_FILE: own.packagesKey,
    FARM_RELEASES: own.releases,
    ...edgeVariables(lab, own.visitorRoots),
    ...(lab.mail === undefined ? {} : { [labMailGate]: `${lab.mail.host}:${lab.mail.port}` }),
    ...(lab.monitoring === true ? { FARM_LAB_MONITORING: "yes" } : {}),
    // The official plug-in waits 25 s after each vm.set; the lab's stand-in need not. docs/decisions/0004.
    FARM_VM_SET_SETTLE_SECONDS: process.env.FARM_VM_SET_SETTLE_SECONDS ?? "0.2",
  };
}
