import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { expect } from "vitest";
import { playAdministrations } from "../../cli/administrations.ts";
import { findLogs, linesOf } from "../../cli/measurements/log-files.ts";
import { readLab } from "../../lab/lab-file.ts";
import { requireRootOnLinux } from "../../lab/lifecycle/requirements.ts";
import { labReset } from "../../lab/lifecycle/reset.ts";
import { labUp } from "../../lab/lifecycle/up.ts";
import { monitoringPackages } from "../../lab/packages/service.ts";
import { farmFolder } from "../../lib/paths.ts";
import type { MeasurementRecord } from "../../model/measurement/record.ts";
import { ensureEngine } from "../../toolchain/engine.ts";
import { FarmProcess } from "../support/farm-process.ts";
import { onMachine, pinnedKeys } from "../support/machine.ts";
import { MailInLab, mailAddress } from "../support/mail-in-lab.ts";
import { Monitoring } from "../support/monitoring.ts";
import { editSettings, makeProject, project, tenantFile, up } from "../support/project.ts";
import { labTenants } from "../support/tenants.ts";
import { until } from "./own-lab.ts";

const begun = Date.now();
/** Says how far a test is. */
export const say = (what: string): void =>
  void process.stderr.write(`[service level] ${((Date.now() - begun) / 1000).toFixed(1)} s: ${what}\n`);

/** The administration whose site is stopped. */
export const tenant = "hohenbrueck";
/** Whom alerts are mailed to. */
const operators = "betrieb@kuestenring.example";
const monitoringAddress = "198.18.10.200";
const siteAddress = "198.18.10.11";

const settings = (port: number, certificate: string): string => `    mail:
      host: {env: FARM_MAIL_HOST}
      port: ${port}
      from: ${operators}
      user: farm
      passwordVariable: FARM_MAIL_PASSWORD
      caFile: ${certificate}
    monitoring:
      pool: nord
      address: ${monitoringAddress}
      size: {cpus: 1, memory: 1 GiB, disk: 20 GiB}
      recipients: [${operators}]
      caFile: {env: FARM_VISITOR_CA_FILE}
    measurement:
      tls: decides
      caFile: {env: FARM_VISITOR_CA_FILE}
      probers:
        - {name: rand-1, failureDomain: Brandabschnitt 1, host: 198.18.0.31, hostKey: {env: FARM_EDGE_1_HOST_KEY}}
        - {name: rand-2, failureDomain: Brandabschnitt 2, host: 198.18.0.32, hostKey: {env: FARM_EDGE_2_HOST_KEY}}
    backup:
`;

/** Has a prober ask by the clock of a file; whatever it is given is read when it starts. */
const trialClock = `[Service]
ExecStart=
ExecStart=/usr/local/lib/farm-prober/prober.py run --state /run/farm-prober/state.json --clock-file /etc/farm-prober/clock.json
`;

/** A lab with a site, its monitoring, two probers at the edge and a mail server; everything came up from settings. */
export class ServiceLevelScene {
  readonly mail: MailInLab;
  readonly monitoring: Monitoring = new Monitoring(monitoringAddress);
  readonly #siteKey: string;

  private constructor(mail: MailInLab, siteKey: string) {
    this.mail = mail;
    this.#siteKey = siteKey;
  }

  static async make(): Promise<ServiceLevelScene> {
    requireRootOnLinux();
    await ensureEngine(say);
    await labReset({ progress: say });
    const mail = await MailInLab.start();
    try {
      return await ServiceLevelScene.#bringUp(mail);
    } catch (error) {
      await labReset({ progress: say });
      await mail.stop();
      throw error;
    }
  }

  static async #bringUp(mail: MailInLab): Promise<ServiceLevelScene> {
    const { login, port, host, certificateFile } = mail.server;
    await labUp({ progress: say, packages: monitoringPackages, edgeHosts: true });
    await mail.open();
    makeProject();
    for (const id of ["amt-seenplatte-nord", "landkreis-auental"]) rmSync(tenantFile(id));
    editSettings("    backup:\n", settings(port, certificateFile));
    process.env["FARM_MAIL_PASSWORD"] = login.password;
    // The operators' machine and the lab's reach the server at addresses of their own.
    process.env["FARM_MAIL_HOST"] = host;
    await playAdministrations((await labTenants()).filter(({ id }) => id === tenant));
    await until("the hosts at the edge let the operators in", async () => {
      for (const index of [0, 1]) await onEdge(index, "true");
      return true;
    });
    say("the lab is up");
    process.env["FARM_MAIL_HOST"] = mailAddress;
    await up();
    process.env["FARM_MAIL_HOST"] = host;
    say("site, monitoring and probers are up");
    return new ServiceLevelScene(mail, (await pinnedKeys()).get(tenant) ?? "");
  }

  async remove(): Promise<void> {
    await labReset({ progress: say });
    await this.mail.stop();
  }

  /** Does something with the site's web server. */
  async site(verb: "stop" | "start"): Promise<void> {
    const { code, stderr } = await onMachine(siteAddress, this.#siteKey, `sudo systemctl ${verb} nginx`);
    if (code !== 0) throw new Error(stderr);
  }

  /**
   * Runs `./farm` as an operator would. @returns what `--json` shows
   * @throws Error with its words for another exit code than 0
   */
  async farm<Value>(...args: string[]): Promise<Value> {
    const { code, stdout, stderr } = await new FarmProcess(...args, "--json").ended;
    if (code !== 0) throw new Error(`./farm ${args.join(" ")}: ${code}\n${stderr}\n${stdout}`);
    return JSON.parse(stdout) as Value;
  }

  /** Runs the engine by `./farm up`, as of an instant. */
  async upAt(at: string): Promise<void> {
    process.env["FARM_MAIL_HOST"] = mailAddress;
    const running = new FarmProcess("up", "-s", "lab", "--yes", "--at", at);
    process.env["FARM_MAIL_HOST"] = this.mail.server.host;
    const { code, stdout, stderr } = await running.ended;
    if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
  }

  /** Fetches the probers' logs. @returns all lines of each */
  async pull(): Promise<readonly (readonly MeasurementRecord[])[]> {
    const { folder } = await this.farm<{ folder: string }>("measurements", "pull");
    return findLogs(folder).map(({ files }) => files.flatMap(linesOf).map((line) => JSON.parse(line)));
  }

  /** Waits until the log of each prober says something. */
  async untilLogs(what: string, holds: (records: readonly MeasurementRecord[]) => boolean): Promise<void> {
    await until(what, async () => (await this.pull()).every(holds));
    say(what);
  }

  /** Begins both probers anew by a clock of their own: from an instant on, so many seconds pass in one. */
  async setClock(start: number, speed: number): Promise<void> {
    const unit = "/run/systemd/system/farm-prober.service.d";
    const put = (file: string, text: string): string =>
      `echo ${Buffer.from(text).toString("base64")} | base64 -d | sudo -n tee ${file} >/dev/null`;
    const clock = put("/etc/farm-prober/clock.json", JSON.stringify({ start, speed }));
    await Promise.all(
      [0, 1].map((index) =>
        onEdge(
          index,
          `sudo -n mkdir -p ${unit} && ${put(`${unit}/clock.conf`, trialClock)} && ${clock} && sudo -n systemctl daemon-reload && sudo -n systemctl restart farm-prober`,
        ),
      ),
    );
  }

  /** What the operators were mailed of an alert, oldest first: "Alarm SiteDown" with the text. */
  async told(alert: string): Promise<readonly { readonly what: string; readonly text: string }[]> {
    const mails = await this.mail.server.mailbox(operators);
    const read = await Promise.all(mails.map((mail) => PostalMime.parse(Buffer.from(mail, "latin1"))));
    return read.flatMap(({ subject = "", text = "" }) => {
      const found = /^\[(Alarm|Entwarnung)\] (\w+)(?: · (.*))?$/.exec(subject);
      return found?.[2] === alert && found[3] === tenant ? [{ what: `${found[1]} ${alert}`, text }] : [];
    });
  }

  /** State of each alert of a name about the site, as Alertmanager has it. */
  async alertStates(name: string): Promise<readonly string[]> {
    const found = await this.monitoring.alerts();
    return found
      .filter((alert) => `${alert.name} `.startsWith(`${name} ${tenant} `))
      .map(({ state }) => state);
  }

  /** Writes a window of two hours for the site. */
  writeWindow(id: string, start: number): void {
    const at = (instant: number): string => new Date(instant).toISOString().replace(".000", "");
    const window = {
      ...{ id, kind: "technical-change", administrations: [tenant], reason: "Mehr Arbeitsspeicher" },
      ...{ start: at(start), end: at(start + 7_200_000), expectedMinutes: 30 },
    };
    const text = `import { defineWindow } from "../model/window.ts";\n\nexport const window = defineWindow(${JSON.stringify(window)});\n`;
    writeFileSync(join(project, "maintenance", `${id}.ts`), text);
  }
}

async function onEdge(index: number, command: string): Promise<string> {
  const edge = readLab().edgeHosts?.[index];
  if (edge === undefined) throw new Error("the lab has no such host");
  const { code, stdout, stderr } = await onMachine(edge.host, edge.hostKey, command);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** Where reports of a test are written. */
export const reports: string = join(farmFolder, "reports");

/** The only one of some values. */
export function expectOne<Value>(values: readonly Value[]): Value {
  const [value, ...more] = values;
  expect(more).toEqual([]);
  if (value === undefined) throw new Error("there is none");
  return value;
}
