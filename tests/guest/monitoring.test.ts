import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { playAdministrations } from "../../cli/administrations.ts";
import { deliverFigures } from "../../cli/metrics/deliver.ts";
import { labPlaces, readLab } from "../../lab/lab-file.ts";
import { requireRootOnLinux } from "../../lab/lifecycle/requirements.ts";
import { labReset } from "../../lab/lifecycle/reset.ts";
import { labUp } from "../../lab/lifecycle/up.ts";
import { monitoringPackages } from "../../lab/packages/service.ts";
import { trustedRoots } from "../../lab/probe.ts";
import { farmFolder } from "../../lib/paths.ts";
import type { RunResult } from "../../lib/run.ts";
import type { Ipv4 } from "../../model/address.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { onMachine, pinnedKeys } from "../support/machine.ts";
import { get, Monitoring } from "../support/monitoring.ts";
import { editSettings, editTenant, makeProject, tenantFile, up } from "../support/project.ts";
import { labTenants } from "../support/tenants.ts";
import { until } from "./own-lab.ts";

const begun = Date.now();
const say = (what: string): void =>
  void process.stderr.write(`[monitoring] ${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}\n`);

const monitoring = "198.18.10.200";
const site = "198.18.10.11";
/** A lab of its own with one site and its monitoring. */
beforeAll(async () => {
  requireRootOnLinux();
  await ensureEngine(say);
  await labReset({ progress: say });
  const { lab } = await labUp({ progress: say, packages: monitoringPackages });
  makeProject();
  for (const id of ["amt-seenplatte-nord", "landkreis-auental"]) rmSync(tenantFile(id));
  const authorities = join(farmFolder, "authorities.pem");
  writeFileSync(authorities, trustedRoots(lab).join("\n"));
  editSettings(
    "    backup:\n",
    `    mail: { host: 198.18.0.80, port: 25, from: farm@kuestenring.example, security: none }
    monitoring:
      pool: nord
      address: ${monitoring}
      size: { cpus: 1, memory: 1 GiB, disk: 20 GiB }
      recipients: [betrieb@kuestenring.example]
      caFile: ${authorities}
    backup:
`,
  );
  await playAdministrations((await labTenants()).filter(({ id }) => id === "hohenbrueck"));
  say("the lab is up");
  await up();
  keys = await pinnedKeys();
  say("one site and its monitoring are up");
}, 480_000);
afterAll(async () => {
  await labReset({ progress: say });
});

const watch = new Monitoring(monitoring);
const query = (expression: string) => watch.query(expression);
const probes = () => watch.probes("hohenbrueck");

let keys: ReadonlyMap<string, string>;
const onMonitoring = (...command: string[]): Promise<RunResult> =>
  onMachine(monitoring, keys.get("platform-monitoring") ?? "", ...command);
const onSite = (...command: string[]): Promise<RunResult> =>
  onMachine(site, keys.get("hohenbrueck") ?? "", ...command);

const started = async (job: string): Promise<string | undefined> =>
  (await query(`process_start_time_seconds{instance=~".*:${job}"}`))[0]?.value[1];

const all = { citizens: "1", politicians: "1", tls: "1", version: "1", oparl: "1", dns: "1" };

describe("the monitoring of a site that runs", () => {
  test("asks every target of the site, and the machines how they are", async () => {
    await until(
      "each target answered",
      async () =>
        JSON.stringify(Object.entries(await probes()).sort()) === JSON.stringify(Object.entries(all).sort()),
    );
    say("all targets answered");
    const decides = await query('probe_success{decides="true"}');
    expect(decides.map(({ metric }) => metric["target"]).sort()).toEqual(["citizens", "politicians"]);
    await until(
      "days are recorded",
      async () => (await query("site:certificate_days_left > 80")).length === 1,
    );
    await until("machines and services answered", async () => (await query("up == 1")).length === 6 + 1 + 4);
    say("the machine of the site answered");
    const used = 'machine:memory_used:ratio{tenant="hohenbrueck"} > 0';
    await until("its figures are recorded", async () => (await query(used)).length === 1);
    expect(await query("farm_monitoring_targets_accepted")).toMatchObject([
      { value: [expect.anything(), "1"] },
    ]);
  });

  test("shows its pages to the management network alone, and its exporters to nobody but itself", async () => {
    const pages = [`http://${monitoring}:9090/-/ready`, `http://${monitoring}:9093/-/ready`];
    const exporters = [`${monitoring}:9115`, `${monitoring}:9100`, `${site}:9100`].map(
      (address) => `http://${address}/metrics`,
    );
    const [fromJump, fromLab, fromSite] = await Promise.all([
      Promise.all([...pages, ...exporters].map((page) => get("jump", page))),
      Promise.all([...pages, ...exporters].map((page) => get("lab", page))),
      Promise.all(pages.map((page) => onSite("curl", "--silent", "--max-time", "3", page))),
    ]);
    // curl's 28: nothing came back at all.
    expect(fromJump.map(({ code }) => code)).toEqual([0, 0, 28, 28, 28]);
    expect(fromLab.map(({ code }) => code)).toEqual([28, 28, 28, 28, 28]);
    expect(fromSite.map(({ code }) => code)).toEqual([28, 28]);
  });

  test("takes another list of targets and other settings without a restart", async () => {
    const before = [await started("9090"), await started("9093"), await started("9115")];
    expect(before).not.toContain(undefined);
    editTenant("hohenbrueck", /oparl: \{ enabled: true.*\},/, "oparl: { enabled: false },");
    editSettings("[betrieb@kuestenring.example]", "[betrieb@kuestenring.example, nacht@kuestenring.example]");
    await up();
    say("settings are changed");
    await until("the target is gone", async () => !("oparl" in (await probes())));
    const status = await watch.json<{ config: { original: string } }>(9093, "/api/v2/status");
    expect(status.config.original).toContain("nacht@kuestenring.example");
    expect([await started("9090"), await started("9093"), await started("9115")]).toEqual(before);
  });

  test("goes on with its targets when it is given some that are wrong, and says so", async () => {
    await onMonitoring("echo wrong >targets.json");
    await until(
      "the refusal is seen",
      async () => (await query("farm_monitoring_targets_accepted == 0")).length === 1,
    );
    expect((await probes())["citizens"]).toBe("1");
  });

  test("shows the farm's own figures once they are handed over, and takes them whole or not at all", async () => {
    const access = { user: "farm", authorizedKeys: [], jump: readLab().jump };
    const settings = { access, shards: {}, monitoring: { address: monitoring as Ipv4 } };
    const scope = { stack: "lab", settings, agentSocket: join(labPlaces().run, "agent.sock") };
    const text = (value: number) =>
      `# TYPE farm_example gauge\nfarm_example{tenant="hohenbrueck"} ${value}\n`;
    await deliverFigures("sla", text(1), scope);
    await until("the figure is seen", async () => (await query("farm_example == 1")).length === 1);
    await expect(deliverFigures("sla", "farm_example{ 2\n", scope)).rejects.toThrow(/figures: refused/);
    expect(await query("farm_example == 1")).toHaveLength(1);
  });
});
