import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderBundle } from "../../../guest/bundle.ts";
import { firewall, monitoringFirewall } from "../../../guest/machine-files.ts";
import { renderMonitoring } from "../../../guest/monitoring-bundle.ts";
import { nodeExporterTimer } from "../../../guest/node-exporter.ts";
import { checkout } from "../../../lib/paths.ts";
import { run, tryRun } from "../../../lib/run.ts";
import { monitoringTools } from "../../../toolchain/monitoring-tools.ts";
import { tenant } from "../model/fixtures.ts";
import { watchedFarm } from "../model/monitoring/fixtures.ts";
import { argsOf, town } from "./samples.ts";

const { settings } = watchedFarm([tenant()]);
const source = {
  ...{ repository: "http://198.18.0.80", suite: "bookworm", component: "main" },
  key: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
};

function render(differs: object = {}) {
  const { monitoring, mail } = settings;
  if (monitoring === undefined || mail === undefined) throw new Error("the sample has both");
  return renderMonitoring({
    settings: monitoring,
    mail,
    pools: settings.pools,
    bastions: ["10.20.0.2/32"],
    user: "farm",
    ...differs,
  });
}

/** Texts by path, as the bundle brings them. */
function filesOf(text: string): Readonly<Record<string, string>> {
  const { files } = JSON.parse(text.slice(text.lastIndexOf("\n# ") + 3)) as {
    files: [string, string, string][];
  };
  return Object.fromEntries(files.map(([path, , content]) => [path, content]));
}

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "farm-bundle-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the monitoring's bundle", () => {
  test("starts its services with the farm's settings, on the ports that the firewall knows", () => {
    const files = filesOf(render().text);
    expect(files["/etc/systemd/system/prometheus.service.d/farm.conf"]).toContain(
      "--storage.tsdb.retention.time=100d",
    );
    expect(files["/etc/systemd/system/prometheus-blackbox-exporter.service.d/farm.conf"]).toContain(
      "--web.listen-address=127.0.0.1:9115",
    );
    expect(files["/etc/systemd/system/prometheus-node-exporter.service.d/farm.conf"]).toContain(
      "--web.listen-address=127.0.0.1:9100",
    );
    expect(files["/etc/nftables.conf"]).toContain(
      "ip saddr { 10.20.0.2/32 } tcp dport { 9090, 9093 } accept",
    );
    expect(files).not.toHaveProperty("/etc/farm/packages.sources");
  });

  test("brings authorities one a file, and the repository with its key", () => {
    const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
    const files = filesOf(render({ authorities: pem("b25l") + pem("dHdv"), packages: source }).text);
    expect(files["/usr/local/share/ca-certificates/farm-1.crt"]).toBe(pem("b25l"));
    expect(files["/usr/local/share/ca-certificates/farm-2.crt"]).toBe(pem("dHdv"));
    expect(files["/etc/farm/packages.sources"]).toContain("URIs: http://198.18.0.80\nSuites: bookworm\n");
    expect(files["/etc/farm/packages.asc"]).toBe(source.key);
  });

  test("is a program that refuses the values of another bundle", async () => {
    const { text, bundle } = render();
    const file = join(root, "monitoring.py");
    writeFileSync(file, text);
    const refused = await tryRun("python3", ["-I", file, "set-up"], {
      input: '{"bundle":"0000000000000000"}',
    });
    expect(refused).toMatchObject({
      code: 1,
      stderr: "monitoring: the uploaded bundle is not the one of this run\n",
    });
    expect(render().bundle).toBe(bundle);
    expect(render({ user: "other" }).bundle).not.toBe(bundle);
  });
});

describe("a site's bundle", () => {
  const args = argsOf(town);
  const rendered = (monitoring?: string): string =>
    renderBundle(monitoring === undefined ? args : { ...args, values: { ...args.values, monitoring } }).text;

  test("holds nothing of the monitoring where there is none", () => {
    for (const word of ["9100", "prometheus", nodeExporterTimer, "/usr/local/lib/farm/packages"])
      expect(rendered()).not.toContain(word);
  });

  test("lets the monitoring in and nobody else, and has the exporter seen to", () => {
    const text = rendered("10.20.0.200");
    expect(text).toContain("ip saddr 10.20.0.200 tcp dport 9100 accept");
    expect(text).toContain(`--web.listen-address=${town.address}:9100`);
    expect(text).toContain(nodeExporterTimer);
  });
});

describe("the firewalls", () => {
  const nothing = firewall(["10.20.0.2/32"]);

  test("a site without a monitoring has no line about it", () => {
    expect(nothing).not.toContain("9100");
    expect(firewall(["10.20.0.2/32"], "10.20.0.200")).toBe(
      nothing.replace(
        "    ip saddr { 10",
        "    ip saddr 10.20.0.200 tcp dport 9100 accept\n    ip saddr { 10",
      ),
    );
  });

  test("operators of both families are let in by their family's word", () => {
    const text = monitoringFirewall(["10.20.0.2/32"], ["10.9.0.0/24", "fd00:9::/64"]);
    expect(text).toContain("    ip saddr { 10.9.0.0/24 } tcp dport { 9090, 9093 } accept\n");
    expect(text).toContain("    ip6 saddr { fd00:9::/64 } tcp dport { 9090, 9093 } accept\n");
    expect(text).not.toContain("443");
  });
});

describe("the farm's figures on the monitoring's machine", () => {
  test("are shown as a whole, and refused as a whole", async () => {
    const { promtool } = await monitoringTools((line) => console.log(`[tests] ${line}`));
    const ready = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
    await once(ready, "listening");
    const { port } = ready.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}/-/ready`;
    const env = {
      FARM_TEXTFILES: root,
      FARM_READY: `${address} ${address}`,
      PATH: `${dirname(promtool)}:${process.env["PATH"]}`,
    };
    const give = (input: string) =>
      tryRun("python3", ["-I", join(checkout, "guest/figures.py"), "sla"], { env, input });
    const good = '# HELP farm_a What it is.\n# TYPE farm_a gauge\nfarm_a{tenant="a"} 1\n';
    expect(await give(good)).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(root, "farm-sla.prom"), "utf8")).toBe(good);
    // Joined names would tell the same figures a second time, and older.
    for (const name of ["farm-sla-windows.prom", "farm-backups-storage.prom"])
      writeFileSync(join(root, name), good);
    await give(good);
    expect(
      readdirSync(root)
        .filter((name) => name.startsWith("farm-") && name.endsWith(".prom"))
        .toSorted(),
    ).toEqual(["farm-backups-storage.prom", "farm-sla.prom"]);
    for (const bad of ["", 'farm_a{tenant="a} 1\n', good.slice(0, -2)]) {
      expect((await give(bad)).code, bad).toBe(1);
      expect(readFileSync(join(root, "farm-sla.prom"), "utf8")).toBe(good);
    }
    await run("promtool", ["check", "metrics"], { env, input: good });
    // Nobody there who raises alerts: the figures are taken all the same, and whoever brings them is told.
    ready.close();
    const other = good.replace("} 1", "} 2");
    expect(await give(other)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`figures: taken, but nobody raises alerts: ${address} does not answer`),
    });
    expect(readFileSync(join(root, "farm-sla.prom"), "utf8")).toBe(other);
  });
});
