import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { playAdministrations } from "../../cli/administrations.ts";
import { examine } from "../../cli/doctor/examine.ts";
import { healStack } from "../../cli/heal.ts";
import { capturePulumi } from "../../cli/pulumi.ts";
import { labPlaces } from "../../lab/lab-file.ts";
import { packagesKeyFile } from "../../lab/packages/places.ts";
import { farmFolder } from "../../lib/paths.ts";
import type { RunResult } from "../../lib/run.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import {
  addTenant,
  editSettings,
  editTenant,
  makeProject,
  project,
  restoreTenant,
  type Step,
  stepsOf,
} from "../support/project.ts";
import { withXo } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";

// The real engine on a farm on paper: what the monitoring's settings add to a stack, and what they leave alone.

const password = "Geheim-7c1f4f0e";
const token = "Takt-90b2ce41";
const monitoring = `    mail:
      host: mail.kuestenring.example
      from: farm@kuestenring.example
      user: monitoring
      passwordVariable: FARM_MAIL_PASSWORD
    monitoring:
      pool: nord
      address: 198.18.10.200
      recipients: [betrieb@kuestenring.example]
      storage:
        pollers: [http://198.18.0.90:12990]
      heartbeat:
        url: https://takt.kuestenring.example/farm
        tokenVariable: FARM_HEARTBEAT_TOKEN
`;

let lab: PaperLab;

beforeAll(async () => {
  rmSync(farmFolder, { recursive: true, force: true });
  lab = await startPaperLab();
  // Nothing is installed on paper, but whose signature would count is part of what stands on a machine.
  mkdirSync(dirname(packagesKeyFile(labPlaces())), { recursive: true });
  writeFileSync(packagesKeyFile(labPlaces()), "-----BEGIN PGP PUBLIC KEY BLOCK-----\n");
  makeProject();
  // What is protected does not go in a test either.
  editSettings("protection: true", "protection: false");
  await playAdministrations(await labTenants());
  must(await engine("up", "--yes", "--skip-preview"));
});
afterAll(async () => {
  await lab?.stop();
  rmSync(farmFolder, { recursive: true, force: true });
});

function engine(...args: string[]): Promise<RunResult> {
  const env = { ...lab.env, FARM_MAIL_PASSWORD: password, FARM_HEARTBEAT_TOKEN: token };
  return capturePulumi([...args, "-s", "lab", "--non-interactive"], { project, env });
}

function must(result: RunResult): RunResult {
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result;
}

const plan = async (): Promise<readonly Step[]> => stepsOf(await engine("preview", "--json"));
const lines = (steps: readonly Step[]): readonly string[] =>
  steps.map(({ op, name }) => `${op} ${name}`).sort();

describe("the monitoring of a farm", () => {
  test("is made of its settings: a machine, its bundle, its password, its targets", async () => {
    editSettings("    backup:\n", `${monitoring}    backup:\n`);
    const steps = lines(await plan());
    const own = steps.filter((line) => line.includes("platform-monitoring"));
    expect(own).toEqual([
      "create platform-monitoring",
      "create platform-monitoring",
      ...["apply", "bundle", "host-key", "secrets", "targets", "vm"].map(
        (part) => `create platform-monitoring-${part}`,
      ),
    ]);
    // Each site's machine lets it in and gets the node exporter; nothing else of a site changes.
    const sites = (await labTenants()).flatMap(({ id }) => [`update ${id}-apply`, `update ${id}-bundle`]);
    expect(steps.filter((line) => !own.includes(line))).toEqual(sites.sort());
    must(await engine("up", "--yes", "--skip-preview"));
    expect(await plan()).toEqual([]);
  });

  test("has a machine that is restarted after a failure, is no administration's, and has no secret in its first boot", async () => {
    const [vm] = await withXo((xo) =>
      xo.objects({ type: "VM", tags: ["service=allris-farm/lab/monitoring"] }),
    );
    expect(vm).toMatchObject({ name_label: "monitoring.lab", high_availability: "restart" });
    expect(vm?.["tags"]).toEqual(["service=allris-farm/lab/monitoring"]);
    expect(JSON.stringify(vm)).not.toContain(password);
  });

  test("is no stranger to doctor and heal", async () => {
    const secrets = { FARM_MAIL_PASSWORD: password, FARM_HEARTBEAT_TOKEN: token };
    const run = { project, env: { ...lab.env, ...secrets } };
    const findings = (await examine({ stack: "lab", run })).flatMap((result) => result.findings);
    const machines = findings.filter(({ id }) => id.startsWith("machines."));
    expect(machines).toMatchObject([{ id: "machines.same", detail: "4 VMs, the same on both sides" }]);
    expect(await healStack("lab", { run })).toMatchObject({ did: [], open: [] });
  });

  test("its secrets travel by standard input alone: not in the state, not in a preview, not in a log", async () => {
    const state = must(await engine("stack", "export")).stdout;
    for (const secret of [password, token]) expect(state).not.toContain(secret);
    expect(state).toContain("platform-monitoring-secrets");
    const told = lab.told.get("198.18.10.200");
    expect(told?.get("sudo python3 -I monitoring.py secrets")).toBe(
      `{"secrets":{"heartbeat":"${token}","mail":"${password}"}}\n`,
    );
    for (const [command, input] of told ?? [])
      if (!command.endsWith(" secrets")) expect(input).not.toMatch(new RegExp(`${password}|${token}`));
  });

  test("its bundle asks Harvest and looks for the volumes and LUNs of the pools' settings", () => {
    const bundle = readFileSync(join(farmFolder, "bundles/lab/platform-monitoring-bundle.py"), "utf8");
    for (const wanted of [
      "198.18.0.90:12990",
      "svm-nord-san:allris_nord_lun/lun0",
      "svm-nord-nas:allris_nord_nfs",
    ])
      expect(bundle).toContain(wanted);
    expect(bundle).not.toContain(token);
  });

  test("without the password only that step fails, and the sites go on", async () => {
    editTenant("hohenbrueck", 'name: "Stadt Hohenbrück"', 'name: "Stadt Hohenbrück a. d. Au"');
    editSettings("FARM_MAIL_PASSWORD", "FARM_OTHER_PASSWORD");
    const result = await engine("up", "--yes", "--skip-preview");
    expect(result.code).not.toBe(0);
    expect(result.stdout + result.stderr).toContain("The password of the mail server for alerts is missing");
    expect(result.stdout).toMatch(/hohenbrueck-apply .*updated/);
    editSettings("FARM_OTHER_PASSWORD", "FARM_MAIL_PASSWORD");
  });

  test("an administration more, or one that changes what is asked of it, changes the uploaded targets alone", async () => {
    const id = "gemeinde-neu";
    addTenant(id, "198.18.10.60");
    const all = await plan();
    const others = all.filter(
      ({ name }) => !name.startsWith(id) && !name.startsWith("platform-monitoring-targets"),
    );
    expect(others).toEqual([]);
    const targets = all.filter(({ name }) => name === "platform-monitoring-targets");
    expect(targets).toMatchObject([{ op: "update", changed: ["source"] }]);
    restoreTenant(id);
    // What no target is made of changes none: the name is another one again.
    restoreTenant("hohenbrueck");
    const steps = lines(await plan());
    expect(steps).toContain("update hohenbrueck-apply");
    expect(steps.filter((line) => line.includes("monitoring"))).toEqual([]);
  });

  test("the state keeps the targets' hash and not their text", async () => {
    const state = must(await engine("stack", "export")).stdout;
    expect(state).not.toContain("fail_if_body_not_matches_regexp");
    const uploaded = readFileSync(join(farmFolder, "bundles/lab/platform-monitoring-targets.json"), "utf8");
    expect(uploaded).toContain("dns_hohenbrueck");
    const resources = (JSON.parse(state) as { deployment: { resources: { urn: string }[] } }).deployment
      .resources;
    const own = resources.filter(({ urn }) => urn.includes("platform-monitoring"));
    const bytes = own.map((each) => JSON.stringify(each).length).reduce((sum, size) => sum + size, 0);
    process.stderr.write(`[monitoring] ${own.length} resources, ${bytes} bytes of state\n`);
    expect(bytes).toBeLessThan(40_000);
  });

  test("goes with its settings", async () => {
    editSettings(monitoring, "");
    must(await engine("up", "--yes", "--skip-preview"));
    expect(
      await withXo((xo) => xo.objects({ type: "VM", tags: ["service=allris-farm/lab/monitoring"] })),
    ).toEqual([]);
    expect(await plan()).toEqual([]);
  });
});
