import { type Command, InvalidArgumentError } from "commander";
import { FarmError } from "../lib/farm-error.ts";
import { loadFarm } from "../loading/farm.ts";
import { loadSettings } from "../loading/settings.ts";
import type { DrillCheck, DrillRecord } from "../model/drill.ts";
import type { Farm } from "../model/farm.ts";
import type { Tenant } from "../model/tenant.ts";
import { drillFailover, type FailoverScope } from "./drill-failover.ts";
import { drillFolder, signerOf, writeDrill } from "./drill-record.ts";
import { isLabStack, labStack } from "./environment.ts";
import { machineData } from "./machine-data.ts";
import { exitCodes, type Output, outputOf, table } from "./output.ts";
import { pinnedHostKeys } from "./pinned-keys.ts";
import { findHostPool } from "./pool-view.ts";
import { examineSite } from "./release-health.ts";
import { requireNoBackup } from "./running-backups.ts";
import { routeTo } from "./site-route.ts";
import { withXoAccess, type XoAccess } from "./xo-access.ts";

interface Options {
  readonly stack: string;
  readonly by?: string;
  readonly inject?: true;
  readonly confirm?: string;
  readonly patience: number;
  readonly records: string;
}

/** Registers `./farm drill failover`. */
export function register(drill: Command): void {
  drill
    .command("failover")
    .description("let a host fail under its sites, and measure detection, restart and boot apart")
    .argument("<host>", "its name in Xen Orchestra")
    .option("--by <name>", "who does it and signs the record")
    .option("--confirm <host>", "the host's name once more: its sites will be away for a while")
    .option("--inject", "let the lab cut the simulated host's power; in the lab only")
    .option("--patience <seconds>", "how long the operator may take, and the sites", seconds, 900)
    .option("--records <folder>", "where the record is written", drillFolder)
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "the record as JSON")
    .action(async (host: string, options: Options, command: Command) => {
      process.exitCode = await run(host, options, outputOf(command));
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 10) return value;
  throw new InvalidArgumentError("a whole number of seconds from 10 is wanted");
}

async function run(name: string, options: Options, output: Output): Promise<number> {
  const { stack } = options;
  const by = signerOf(options.by);
  requireIntent(name, options);
  const { file, value } = await loadSettings(stack);
  const { record, jsonFile, pageFile } = await withXoAccess(stack, output, async (access, environment) => {
    const farm = await loadFarm({ settings: value, settingsFile: file, environment });
    const { pool, host } = await findHostPool(access.xo, name);
    await requireNoBackup(`let ${name} fail`, pool, access.admin);
    const scope = await scopeOf(farm, options, output, { access, environment, host: host.id });
    return writeDrill({ ...(await drillFailover(pool, host, scope)), by }, options.records);
  });
  output.result(record, recordText(record, pageFile, jsonFile));
  return record.outcome === "passed" ? exitCodes.done : exitCodes.failed;
}

/** A host is never let fail by a slip of the hand. */
function requireIntent(name: string, { stack, inject, confirm }: Options): void {
  if (inject === true && !isLabStack(stack)) {
    throw new FarmError({
      what: "Only the lab lets a host fail by itself",
      where: `--inject with the stack ${stack}`,
      next: `on a real farm somebody takes the host's power: ./farm drill failover ${name} --confirm ${name} -s ${stack}`,
    });
  }
  if (confirm === name) return;
  throw new FarmError({
    what: `The sites on ${name} will be away for a while, and it counts as downtime outside an announced window`,
    where: confirm === undefined ? "--confirm is missing" : `--confirm ${confirm}`,
    next: `say the host's name once more: --confirm ${name}`,
  });
}

interface Circumstances {
  readonly access: XoAccess;
  readonly environment: NodeJS.ProcessEnv;
  readonly host: string;
}

async function scopeOf(
  farm: Farm,
  { stack, inject, patience }: Options,
  output: Output,
  { access, environment, host }: Circumstances,
): Promise<FailoverScope> {
  const { xo, admin } = access;
  const hostKeys = await pinnedHostKeys(stack);
  const { settings } = farm;
  const fleet = { stack, settings, hostKeys, agentSocket: environment.SSH_AUTH_SOCK };
  const route = routeTo(stack);
  return {
    xo,
    stack,
    lab: isLabStack(stack),
    tenants: farm.tenants,
    route,
    data: machineData(fleet),
    version: (tenant) => checkVersion(tenant, farm, { xo, stack: `allris-farm/${stack}`, route }),
    patience,
    ...(inject === true && {
      cut: async () => {
        if (admin === undefined)
          throw new FarmError({ what: "XOA_ADMIN_TOKEN is not set", next: "./farm lab up" });
        await admin.call("lab.failHost", { host });
      },
    }),
    say: output.progress,
  };
}

/** Whether a site's page names the release that its file wants. */
async function checkVersion(
  tenant: Tenant,
  { releases }: Farm,
  outlook: Parameters<typeof examineSite>[2],
): Promise<DrillCheck> {
  const check = "the same release";
  const release = releases.find(({ version }) => version === tenant.allrisnet.release);
  if (release === undefined)
    return { check, good: false, detail: `no file in releases/ for ${tenant.allrisnet.release}` };
  const { healthy, detail } = await examineSite(tenant, release, outlook);
  return { check, good: healthy, detail };
}

function recordText(record: DrillRecord, page: string, json: string): string {
  const heading = ["administration", "part", "seconds"];
  const durations = record.sites.flatMap(({ tenant, durations: parts }) =>
    parts.map(({ name, seconds: taken }) => [tenant, name, taken.toFixed(1)]),
  );
  const failed = record.sites.flatMap(({ tenant, checks }) =>
    checks.filter(({ good }) => !good).map(({ check, detail }) => `✗ ${tenant}: ${check}: ${detail}`),
  );
  return [
    table([heading, ...durations]),
    "",
    ...failed,
    `The drill ${record.outcome}. Signed off by ${record.signedOff.by}: ${page}, ${json}`,
    ...(record.lab ? ["These seconds are the lab's: they belong into no customer's report."] : []),
    `next: ${record.lab ? `./farm lab fault host ${record.subject} --heal` : `give ${record.subject} its power back`}, then ./farm host undrain ${record.subject} -s ${record.stack}`,
  ].join("\n");
}
