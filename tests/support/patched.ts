import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { checkout } from "../../lib/paths.ts";
import { type RunResult, tryRun } from "../../lib/run.ts";
import type { Tenant } from "../../model/tenant.ts";
import { onMachine } from "./machine.ts";
import { project } from "./project.ts";
import { vmOf, withXo } from "./services.ts";
import { eventually } from "./wait.ts";

const folder = join(project, "patches");
/** Where the lab's package repository is, as the machines see it. */
const repository = "http://198.18.0.80/pool/main";

/** Runs `./farm` of the tests' project: the checkout's code with the project's own files. */
export function farmOfProject(...args: string[]): Promise<RunResult> {
  const keepLinks = ["--preserve-symlinks", "--preserve-symlinks-main"];
  return tryRun(process.execPath, [...keepLinks, join(project, "cli", "main.ts"), ...args], {
    timeout: 150_000,
  });
}

/** Fixes the packages of the ring pilot; the other rings have none. */
export function fixPackages(packages: Readonly<Record<string, string>>): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  const level = { ring: "pilot", reason: "DSA-6100-1 (probe)", expectedMinutes: 5, packages };
  const text = `import { definePatchLevel } from "../model/patch-level.ts";\n\nexport const level = definePatchLevel(${JSON.stringify(level, undefined, 2)});\n`;
  writeFileSync(join(folder, "pilot.ts"), text);
}

/** The fixed packages as the checkout has them. */
export function restorePackages(): void {
  rmSync(folder, { recursive: true });
  cpSync(join(checkout, "patches"), folder, { recursive: true });
}

/** A machine whose packages change. */
export class ProbedMachine {
  readonly tenant: Tenant;
  private readonly key: string;

  /** @param key the host key that the state pins */
  constructor(tenant: Tenant, key: string) {
    this.tenant = tenant;
    this.key = key;
  }

  /** Runs a command on it. @throws Error when it fails */
  async run(command: string): Promise<string> {
    const result = await onMachine(this.tenant.address, this.key, command);
    if (result.code !== 0) throw new Error(`${this.tenant.id}: ${command}: ${result.stdout}${result.stderr}`);
    return result.stdout.trim();
  }

  /** Gives it exactly these of the probe packages, whatever stands there. */
  async give(packages: Readonly<Record<string, string>>): Promise<void> {
    const files = Object.entries(packages).map(([name, version]) => `${name}_${version}_all.deb`);
    const fetch = files.map((file) => `curl -sfO ${repository}/${file}`);
    const install =
      files.length === 0 ? [] : [`sudo dpkg --force-downgrade -i ${files.join(" ")} >/dev/null 2>&1`];
    const lines = ["set -e", "cd $(mktemp -d)", removeProbes, ...fetch, ...install];
    await this.run(lines.join("; "));
  }

  /** Gives it the probe tool in a version that no repository has, with a setting that was changed by hand. */
  async giveOwn(version: string): Promise<void> {
    const lines = [
      "set -e; cd $(mktemp -d)",
      removeProbes,
      `curl -sfO ${repository}/farm-probe-tool_1.0_all.deb`,
      "dpkg-deb -R farm-probe-tool_1.0_all.deb own",
      `sed -i 's/^Version: .*/Version: ${version}/' own/DEBIAN/control`,
      `sed -i 's/echo .*/echo ${version}/' own/usr/bin/farm-probe-tool`,
      "mkdir own/etc; echo delivered >own/etc/farm-probe-tool.conf",
      "echo /etc/farm-probe-tool.conf >own/DEBIAN/conffiles",
      "dpkg-deb --root-owner-group -b own own.deb >/dev/null",
      "sudo dpkg -i own.deb >/dev/null",
      "echo changed | sudo tee /etc/farm-probe-tool.conf >/dev/null",
    ];
    await this.run(lines.join("; "));
  }

  /** Versions of the probe packages that are there; one that is not whole has its state beside it. */
  async packages(): Promise<Readonly<Record<string, string>>> {
    const format = ["Package", "Version", "db:Status-Abbrev"].map((field) => `\${${field}}`).join(" ");
    const shown = await this.run(
      `dpkg-query --show --showformat='${format}\\n' 'farm-probe-*' 2>/dev/null || true`,
    );
    const lines = shown.split("\n").map((line) => line.trim().split(" "));
    return Object.fromEntries(
      lines
        .filter(([, version]) => version !== undefined && version !== "")
        .map(([name, version, state]) => [name, state === "ii" ? version : `${version} (${state})`]),
    );
  }

  /** Which version of the probe service runs. */
  serves(): Promise<string> {
    return this.run("systemctl is-active --quiet farm-probe-service && cat /run/farm-probe-service");
  }

  /** Differs from boot to boot. */
  boot(): Promise<string> {
    return this.run("cut -d' ' -f22 /proc/1/stat");
  }

  /** When the machine and these units were started last. */
  started(...units: string[]): Promise<string> {
    const shown = `systemctl show --property=Id,ExecMainStartTimestampMonotonic ${units.join(" ")}`;
    return this.run(`cut -d' ' -f22 /proc/1/stat; ${shown}`);
  }

  /** Waits until the site answers as visitors know it, and the machine is whole. */
  async expectWell(): Promise<void> {
    const { domain, id } = this.tenant;
    await eventually(`the site of ${id} answers`, async () => {
      const { status, body } = await visit(readLab(), domain);
      return status === 200 && body.includes(`<meta name="farm-site" content="${id}">`);
    });
    const broken = await this.run(
      "dpkg --audit; systemctl list-units --failed --plain --no-legend; sudo ls -A /run/farm | grep maintenance || true",
    );
    if (broken !== "") throw new Error(`${id} is not whole: ${broken}`);
  }

  /** Ids of the snapshots of its VM. */
  async snapshots(): Promise<readonly string[]> {
    const { id } = await vmOf(this.tenant.id);
    const found = await withXo((xo) => xo.objects({ type: "VM-snapshot", $snapshot_of: id }));
    return found.map((snapshot) => String(snapshot["id"]));
  }

  async removeSnapshots(): Promise<void> {
    for (const id of await this.snapshots()) {
      await withXo((xo) => xo.call("vm.delete", { id, forceBlockedOperation: true }));
    }
  }

  /** Nothing of the tests' packages and runs is left. */
  async clean(): Promise<void> {
    await this.removeSnapshots();
    const own = "/etc/apt/sources.list.d/farm-patches.sources /etc/apt/keyrings/farm-patches.asc";
    await this.run(`set -e; ${removeProbes}; sudo rm -rf /var/lib/farm/patch ${own}`);
  }
}

/** Also those whose own scripts do not let them go. */
const removeProbes = [
  "sudo rm -f /var/lib/dpkg/info/farm-probe-tool.prerm /run/farm-probe-*",
  "sudo systemctl disable --quiet --now farm-probe-service 2>/dev/null || true",
  "sudo dpkg --purge --force-all farm-probe-tool farm-probe-service farm-probe-system >/dev/null 2>&1",
].join("; ");
