import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { renderMonitoring } from "../../../guest/monitoring-bundle.ts";
import { monitoringPaths } from "../../../model/monitoring/prometheus.ts";
import { monitoringTools } from "../../../toolchain/monitoring-tools.ts";
import { freePort } from "../../support/free-port.ts";
import { MailServer } from "../../support/mail-server.ts";
import { eventually } from "../../support/wait.ts";
import { tenant } from "../model/fixtures.ts";
import { mail, monitoring, watchedFarm } from "../model/monitoring/fixtures.ts";

// Debian's Alertmanager with the farm's own settings, and Debian's Exim, which wants STARTTLS and a sign-in.

const recipient = "betrieb@kuestenring.de";
let folder: string;
let server: MailServer;
let manager: ChildProcess | undefined;
let address: string;
let receiver: Server | undefined;
/** What the service of the sign of life got. */
const beats: {
  readonly method: string | undefined;
  readonly token: string | undefined;
  readonly body: string;
}[] = [];

beforeAll(async () => {
  const { alertmanager, root } = await monitoringTools((line) => console.log(`[tests] ${line}`));
  server = await MailServer.start();
  folder = mkdtempSync(join(tmpdir(), "farm-alerts-"));
  mkdirSync(join(folder, "secrets"));
  writeFileSync(join(folder, "secrets/mail"), server.login.password, { mode: 0o600 });
  writeFileSync(join(folder, "mail-ca.pem"), readFileSync(server.certificateFile));
  const given = mail({
    ...{ host: server.host, port: server.port, caFile: "given" },
    ...{ user: server.login.user, passwordVariable: "FARM_MAIL_PASSWORD" },
  });
  receiver = createServer((request, response) => {
    const { method, headers } = request;
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      beats.push({ method, token: headers.authorization, body });
      response.end();
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/allris-farm`;
  writeFileSync(join(folder, "secrets/heartbeat"), "Takt-5e1c", { mode: 0o600 });
  const watch = monitoring({ heartbeat: { url, tokenVariable: "FARM_HEARTBEAT_TOKEN" } });
  const written = watchedFarm([tenant()], { mail: given, monitoring: watch }).files[
    monitoringPaths.alertmanager
  ];
  expect(written).not.toContain("FARM_HEARTBEAT_TOKEN");
  // A second for a minute.
  const text = (written ?? "").replace(
    /group_interval: 1m(\s+)repeat_interval: 30s/,
    "group_interval: 1s$1repeat_interval: 500ms",
  );
  expect(text).not.toBe(written);
  const config = join(folder, "alertmanager.yml");
  writeFileSync(config, text.replaceAll(monitoringPaths.folder, folder));
  address = `127.0.0.1:${await freePort()}`;
  const options = [
    `--config.file=${config}`,
    `--storage.path=${folder}/data`,
    `--web.listen-address=${address}`,
  ];
  // Debian's program looks for its templates in its own folder of /usr/share: laid over the machine's for it alone.
  const mount = 'mount -t overlay overlay -o "lowerdir=$0/usr/share:/usr/share" /usr/share && exec "$@"';
  const command = [alertmanager, ...options, "--cluster.listen-address="];
  // The zone of the unit's settings, on a machine that has another one.
  const zone = /^Environment=TZ=(.+)$/m.exec(unitOf(given))?.[1] ?? "";
  manager = spawn("unshare", ["--mount", "sh", "-c", mount, root, ...command], {
    stdio: "ignore",
    env: { ...process.env, TZ: zone },
  });
  await eventually("Alertmanager is ready", async () => (await fetch(`http://${address}/-/ready`)).ok);
  // A new machine fetches its packages first.
}, 600_000);
afterAll(async () => {
  if (manager?.exitCode === null && manager.kill()) await once(manager, "exit");
  await server?.stop();
  receiver?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** How the service is started. */
function unitOf(given: object): string {
  const { monitoring, mail: access, pools } = watchedFarm([tenant()], { mail: given }).settings;
  if (monitoring === undefined || access === undefined) throw new Error("the sample has both");
  const { text } = renderMonitoring({
    settings: monitoring,
    mail: access,
    pools,
    bastions: [],
    user: "farm",
  });
  const { files } = JSON.parse(text.slice(text.lastIndexOf("\n# ") + 3)) as { files: string[][] };
  return files.find(([path]) => path?.includes("alertmanager.service.d"))?.[2] ?? "";
}

async function raise(...alerts: object[]): Promise<void> {
  const response = await fetch(`http://${address}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alerts),
  });
  expect(response.status).toBe(200);
}

const bytes = (text: string): string =>
  text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** A mail as people read it: its subject, and its text. */
function readable(raw: string): { readonly subject: string; readonly text: string } {
  const subject = /^Subject: (.*(?:\r?\n[ \t].*)*)/m.exec(raw)?.[1] ?? "";
  const words = subject
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?utf-8\?q\?(.*?)\?=/gi, (_, word: string) => bytes(word.replaceAll("_", " ")));
  const text = bytes(raw.replaceAll(/=\r?\n/g, ""));
  return { subject: Buffer.from(words, "latin1").toString(), text: Buffer.from(text, "latin1").toString() };
}

test("an alert is a German mail for each administration, and one that follows from another is not told", async () => {
  const about = (alertname: string, tenant: string, target: string) => ({
    labels: { alertname, tenant, target, severity: "critical" },
    annotations: {
      summary: `Verwaltung ${tenant}: Bürgerinfo antwortet nicht`,
      description: "Ab fünf Minuten ist es kein Kurzausfall mehr.",
      runbook_url: "docs/how-to/runbooks/outage-nears-limit.md",
    },
  });
  await raise(
    { ...about("OutageNearsLimit", "hohenbrueck", "citizens"), startsAt: "2026-11-26T11:00:00Z" },
    about("OutageNearsLimit", "seenplatte", "citizens"),
    about("SiteDown", "hohenbrueck", "citizens"),
  );
  const mails = await eventually("two mails arrive", async () => {
    const found = await server.mailbox(recipient);
    return found.length >= 2 && found;
  });
  const read = mails.map(readable);
  expect(read.map(({ subject }) => subject).sort()).toEqual([
    "[Alarm] OutageNearsLimit · hohenbrueck",
    "[Alarm] OutageNearsLimit · seenplatte",
  ]);
  const first = read.find(({ subject }) => subject.endsWith("hohenbrueck"))?.text;
  expect(first).toContain("Alarm: Verwaltung hohenbrueck: Bürgerinfo antwortet nicht");
  expect(first).toContain("Ab fünf Minuten ist es kein Kurzausfall mehr.");
  expect(first).toContain("Vorgehen: docs/how-to/runbooks/outage-nears-limit.md");
  expect(first).toContain("seit 26.11.2026 12:00:00 CET");
  expect(first).toContain("From: farm@kuestenring.de");
  expect(await server.mailbox(recipient)).toHaveLength(2);
});

test("the sign of life goes out each time that it is due, with its token, and to nobody's mailbox", async () => {
  await raise({ labels: { alertname: "Watchdog", severity: "info" }, annotations: { summary: "lebt" } });
  await eventually("three signs of life", async () => beats.length >= 3);
  for (const { method, token, body } of beats) {
    expect([method, token]).toEqual(["POST", "Bearer Takt-5e1c"]);
    expect(JSON.parse(body)).toMatchObject({
      status: "firing",
      alerts: [{ labels: { alertname: "Watchdog" } }],
    });
  }
  // Whoever is gone sends none: the service notices by that alone.
  manager?.kill("SIGSTOP");
  await sleep(500);
  const before = beats.length;
  await sleep(2_500);
  expect(beats).toHaveLength(before);
  manager?.kill("SIGCONT");
  await eventually("it goes on", async () => beats.length > before);
  expect(await server.mailbox(recipient)).toHaveLength(2);
});
