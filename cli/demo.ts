import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { LabFile } from "../lab/lab-file.ts";
import { readLab, readSecrets } from "../lab/lab-file.ts";
import { labUp } from "../lab/lifecycle/up.ts";
import { type SiteAnswer, visit } from "../lab/probe.ts";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { loadFarm } from "../loading/farm.ts";
import { loadSettings } from "../loading/settings.ts";
import { tenantTag } from "../model/plan.ts";
import type { Tenant } from "../model/tenant.ts";
import { XoClient } from "../providers/xenops/xo-client.ts";
import { ensureEngine } from "../toolchain/engine.ts";
import { playAdministrations } from "./administrations.ts";
import { type ServiceLevel, serviceLevel, serviceLevelText } from "./demo-service-level.ts";
import { labStack, stackEnvironment } from "./environment.ts";
import { type Output, outputOf, table } from "./output.ts";
import { runPulumi } from "./pulumi.ts";

/** One line of the demo's table. */
interface DemoRow {
  readonly administration: string;
  readonly domain: string;
  readonly vm: string;
  readonly host: string;
  readonly address: string;
  readonly issuer: string;
  readonly daysLeft: number;
  readonly status: number;
  readonly seconds: number;
}

/** How long a site may take to answer once the engine is done: nginx has been reloaded, so seconds. */
const patience = 30_000;

/** Registers `./farm demo`. */
export function register(program: Command): void {
  program
    .command("demo")
    .description(
      "the whole farm on this machine: engine, lab, three sites over HTTPS; the lab goes on running",
    )
    .option("--service-level", "also probers, a monitoring and mail: how each month stands, status pages")
    .option("--json", "the tables as JSON")
    .action(async (options: { readonly serviceLevel?: true }, command: Command) => {
      const output = outputOf(command);
      const measured = options.serviceLevel === true;
      const rows = await demo(output, measured);
      const level = measured ? await serviceLevel(output.progress) : undefined;
      output.result(jsonOf(rows, level), textOf(rows, level));
    });
}

/** @param measured whether the lab gets what the service level is measured and told with */
async function demo(output: Output, measured: boolean): Promise<DemoRow[]> {
  const engine = await ensureEngine(output.progress);
  await labUp({
    progress: output.progress,
    ...(measured && { edgeHosts: true, mail: true, monitoring: true }),
  });
  const tenants = await tenantsOf(engine.binFolder);
  await playAdministrations(tenants);
  output.progress("The engine brings up the stack lab");
  const code = await runPulumi(
    ["up", "-s", labStack, "--yes", "--skip-preview", "--non-interactive", "--suppress-outputs"],
    {
      progress: output.progress,
      toStandardError: true,
    },
  );
  if (code !== 0) {
    throw new FarmError({
      what: "The engine did not finish",
      why: "its own lines above name the administration and the reason",
      next: "mend it, then run npm run demo again: what is done already stays",
    });
  }
  output.progress("Waiting for the sites to answer over HTTPS");
  return describe(tenants);
}

async function tenantsOf(engineBin: string): Promise<readonly Tenant[]> {
  const { file, value } = await loadSettings(labStack);
  const { variables } = stackEnvironment(labStack, engineBin);
  return (await loadFarm({ settings: value, settingsFile: file, environment: variables })).tenants;
}

async function describe(tenants: readonly Tenant[]): Promise<DemoRow[]> {
  const lab = readLab();
  const xo = new XoClient({ url: lab.xo.url, token: readSecrets().xo.token });
  try {
    const vms = await xo.objects({ type: "VM" });
    const hosts = new Map(
      (await xo.objects({ type: "host" })).map((host) => [String(host["id"]), String(host["name_label"])]),
    );
    return await Promise.all(
      tenants.map(async (tenant) => {
        const vm = vms.find(
          (candidate) => Array.isArray(candidate["tags"]) && candidate["tags"].includes(tenantTag(tenant.id)),
        );
        const started = performance.now();
        const answer = await answerOf(lab, tenant);
        return {
          administration: tenant.name,
          domain: tenant.domain,
          vm: String(vm?.["name_label"] ?? "none"),
          host: hosts.get(String(vm?.["$container"])) ?? "not running",
          address: tenant.address,
          issuer: answer.issuer,
          daysLeft: answer.daysLeft,
          status: answer.status,
          seconds: Math.round(performance.now() - started) / 1000,
        };
      }),
    );
  } finally {
    xo.close();
  }
}

/** The site's own page under its own name, with a chain that a visitor trusts. */
async function answerOf(lab: LabFile, tenant: Tenant): Promise<SiteAnswer> {
  const deadline = Date.now() + patience;
  for (;;) {
    let reason: string;
    try {
      const answer = await visit(lab, tenant.domain);
      if (answer.status === 200 && answer.body.includes(`<meta name="farm-site" content="${tenant.id}">`))
        return answer;
      reason = `it answers ${answer.status} without this site's marker`;
    } catch (error) {
      reason = messageOf(error);
    }
    if (Date.now() > deadline) {
      throw new FarmError({
        what: `${tenant.name} does not answer over HTTPS`,
        where: `https://${tenant.domain}/ (VM at ${tenant.address})`,
        why: reason,
        next: `./farm lab exec -- curl -sSv https://${tenant.domain}/`,
      });
    }
    await sleep(300);
  }
}

function tableOf(rows: readonly DemoRow[]): string {
  const heading = [
    "administration",
    "domain",
    "VM",
    "host",
    "address",
    "certificate",
    "days left",
    "HTTPS",
    "seconds",
  ];
  return table([
    heading,
    ...rows.map((row) => [
      row.administration,
      row.domain,
      row.vm,
      row.host,
      row.address,
      row.issuer,
      String(row.daysLeft),
      String(row.status),
      row.seconds.toFixed(3),
    ]),
  ]);
}

function jsonOf(rows: readonly DemoRow[], level: ServiceLevel | undefined): unknown {
  if (level === undefined) return rows;
  const { administrations, alarms, pages } = level;
  return { sites: rows, administrations, alarms, pages };
}

function textOf(rows: readonly DemoRow[], level: ServiceLevel | undefined): string {
  const parts = [tableOf(rows), ...(level === undefined ? [] : serviceLevelText(level))];
  return [...parts, whereToLook(readLab())].join("\n\n");
}

function whereToLook(lab: LabFile): string {
  return `The lab goes on running:
  status page       ${lab.xo.statusPage}
  the sites         by any browser or curl with the proxy ${lab.proxy}, roots in ${lab.roots.folder}
  ./farm lab status
  ./farm pulumi preview -s lab
  ./farm lab down   stops everything and keeps the data`;
}
