import { describe, expect, test } from "vitest";
import { linesOf, parse, problemsOf, settings, tenant } from "../fixtures.ts";
import { mail, monitoring, watchedFarm, watchedSettings } from "./fixtures.ts";

const linesWith = (differs: object): readonly string[] =>
  linesOf(problemsOf([tenant()], watchedSettings(differs)));

describe("the settings of the monitoring", () => {
  test("a farm without them has none", () => {
    expect(parse([tenant()]).settings.monitoring).toBeUndefined();
  });

  test("what is not written has a default", () => {
    expect(watchedFarm([tenant()]).settings.monitoring).toEqual({
      ...monitoring(),
      size: { cpus: 2, memory: 2 * 2 ** 30, disk: 40 * 2 ** 30 },
      retentionDays: 100,
      runbooks: "docs/how-to/runbooks",
    });
  });

  test.each([
    [{ pool: "nort" }, 'monitoring.pool: is no pool of the stack settings (did you mean "nord"?)'],
    [{ address: "10.21.0.5" }, "monitoring.address: must lie in the pool's subnet 10.20.0.0/24"],
    [{ address: "10.20.0.255" }, "monitoring.address: is no address of a host in 10.20.0.0/24"],
    [{ address: "10.20.0.1" }, "monitoring.address: is the router's address"],
    [{ address: "10.20.0.53" }, "monitoring.address: is a resolver's address"],
    [{ recipients: [] }, "monitoring.recipients: must have at least 1 entry"],
    [{ retentionDays: 99 }, "monitoring.retentionDays: must be at least 100"],
  ])("%j is refused with the reason", (differs, line) => {
    expect(linesWith(differs)).toContain(line);
  });

  test("alerts need a mail server, and Alertmanager begins under TLS at one port alone", () => {
    const lines = (more: object) => linesOf(problemsOf([tenant()], watchedSettings({}, more)));
    expect(lines({ mail: undefined })).toEqual(["mail: is missing; the monitoring sends its alerts by it"]);
    expect(lines({ mail: mail({ security: "tls" }) })).toEqual([]);
    expect(lines({ mail: mail({ security: "tls", port: 4650 }) })).toEqual([
      'mail.port: must be 465 with security "tls" where there is a monitoring',
    ]);
  });

  test("an administration cannot have its address", () => {
    const problems = problemsOf([tenant({ address: "10.20.0.200" })], watchedSettings());
    expect(linesOf(problems)).toEqual(["address: is the monitoring's address"]);
  });

  test("production wants names that exist, and pages that are not for everybody", () => {
    const given = {
      ...settings(),
      stage: "production",
      mail: mail(),
      monitoring: monitoring({
        heartbeat: { url: "http://takt.kuestenring.de/farm" },
        recipients: ["betrieb@example.org"],
        operators: ["0.0.0.0/0"],
      }),
    };
    const lines = linesOf(problemsOf([tenant()], given)).filter((line) => line.startsWith("monitoring"));
    expect(lines).toEqual([
      "monitoring.heartbeat.url: must begin with https:// in production",
      "monitoring.operators[0]: opens the monitoring to the whole Internet, which production refuses",
      "monitoring.recipients[0]: lies in the reserved domain example.org, which production refuses",
    ]);
  });
});
