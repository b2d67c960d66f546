import { FarmError } from "../../lib/farm-error.ts";
import { checkFields, type Fields } from "../kit/fields.ts";
import { type Provider, type ResourceType, Unknown, type Value } from "../kit/types.ts";
import { backupJob } from "./backup-job.ts";
import { backupRepository } from "./backup-repository.ts";
import { findBackupRepositories } from "./found-repositories.ts";
import { findVms, getPoolFacts } from "./inventory.ts";
import { getLastGoodBackup } from "./last-good-backup.ts";
import { getPoolCapacity } from "./pool-capacity.ts";
import { poolHighAvailability } from "./pool-high-availability.ts";
import { poolSettings } from "./pool-settings.ts";
import { release } from "./release.ts";
import { sshHostKey } from "./ssh-host-key.ts";
import { vmRestartOrder } from "./vm-restart-order.ts";
import { vmSnapshot } from "./vm-snapshot.ts";
import { XoClient } from "./xo-client.ts";

const fields: Fields = {
  url: { type: "text" },
  token: { type: "text" },
  adminToken: { type: "text" },
  // A provider's arguments travel as text.
  insecure: { type: "text", allowed: ["true", "false"] },
};

/** An argument, or what the environment says in its place. */
function given(argument: Value | undefined, variable: string): string {
  return typeof argument === "string" && argument !== "" ? argument : (process.env[variable] ?? "");
}

function required(argument: Value | undefined, name: string, variable: string): string {
  const value = given(argument, variable);
  if (value !== "") return value;
  throw new FarmError({
    what: `the provider xenops does not know the ${name} of Xen Orchestra`,
    next: `set ${variable}, or the provider's argument ${name}`,
  });
}

/** The farm's own provider: what the official ones lack. */
export const xenops: Provider<XoClient> = {
  name: "xenops",
  version: "0.1.0",
  checkConfig(args) {
    const insecure = typeof args.insecure === "boolean" ? String(args.insecure) : args.insecure;
    const { inputs, failures } = checkFields(insecure === undefined ? args : { ...args, insecure }, fields);
    // What comes from the environment is not filled in here: it would be stored, and the token in the clear.
    const missing = (["url", "token"] as const).filter(
      (name) => !(args[name] instanceof Unknown) && given(args[name], `XOA_${name.toUpperCase()}`) === "",
    );
    const reasons = missing.map((name) => ({
      property: name,
      reason: `is missing: set XOA_${name.toUpperCase()}`,
    }));
    return { inputs, failures: [...failures, ...reasons] };
  },
  configure: (args) =>
    new XoClient({
      url: required(args.url, "url", "XOA_URL"),
      token: required(args.token, "token", "XOA_TOKEN"),
      // Only backups need it: without one everything else works.
      adminToken: given(args.adminToken, "XOA_ADMIN_TOKEN"),
      insecure: given(args.insecure, "XOA_INSECURE") === "true",
    }),
  resources: {
    "xenops:index:BackupJob": backupJob,
    "xenops:index:BackupRepository": backupRepository,
    "xenops:index:SshHostKey": sshHostKey as ResourceType<XoClient>,
    "xenops:index:Release": release,
    "xenops:index:VmSnapshot": vmSnapshot,
    "xenops:index:PoolHighAvailability": poolHighAvailability,
    "xenops:index:PoolSettings": poolSettings,
    "xenops:index:VmRestartOrder": vmRestartOrder,
  },
  functions: {
    "xenops:index:getPoolFacts": getPoolFacts,
    "xenops:index:findVms": findVms,
    "xenops:index:findBackupRepositories": findBackupRepositories,
    "xenops:index:getPoolCapacity": getPoolCapacity,
    "xenops:index:getLastGoodBackup": getLastGoodBackup,
  },
};
