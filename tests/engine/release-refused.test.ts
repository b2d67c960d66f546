import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { labPlaces, readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { release } from "../../releases/4.1.8.ts";
import { editTenant, engine, plan, restoreTenant } from "../support/project.ts";
import { callsOfXo } from "../support/services.ts";
import { hoursFromNow, removeWindow, writeWindow } from "../support/windows.ts";

afterEach(() => {
  restoreTenant("hohenbrueck");
  removeWindow("probe");
});

afterAll(async () => {
  expect(await plan()).toEqual([]);
});

/** Calls that change nothing in XO. */
const reading = ["session.signIn", "xo.getAllObjects"];

/** What `up` says that is refused, as an operator runs it; fails when it is not, or when XO saw any change. */
async function refusal(): Promise<string> {
  const before = callsOfXo().length;
  const { code, stdout } = await engine(["up", "--yes"]);
  expect(code, stdout).not.toBe(0);
  const changes = callsOfXo()
    .slice(before)
    .filter((method) => !reading.includes(method));
  expect(changes, stdout).toEqual([]);
  expect(stdout).not.toMatch(/ (created|updated|deleted) \(/);
  return stdout;
}

/** A problem of the report: its file, its field and what is wrong. */
function problem(file: string, field: string, why: string): RegExp {
  const plain = (text: string): string => text.replace(/[.[\]()/]/g, "\\$&");
  return new RegExp(`${plain(file)}\\W+${plain(field)}\\W+${plain(why)}`);
}

describe("up is refused before anything is touched", () => {
  it("for a window that was announced too late", async () => {
    writeWindow("probe", {
      notice: { sentAt: hoursFromNow(-3 * 24), evidence: "mail to all recipients, ticket 4712" },
    });
    const said = await refusal();
    expect(said).toMatch(problem("maintenance/probe.ts", "notice.sentAt", "is 2"));
    expect(said).toContain("7 calendar days before the start, so this never becomes announced maintenance");
  });

  it("for a plan above the month's quota, unless the excess is accepted", async () => {
    // A whole day has eleven hours of service time 1, wherever it begins; two of them are the quota.
    const day = { start: hoursFromNow(-1), end: hoursFromNow(23), expectedMinutes: undefined };
    writeWindow("probe", day);
    const said = await refusal();
    expect(said).toMatch(problem("maintenance/probe.ts", "end", "brings the planned maintenance of 2"));
    expect(said).toMatch(
      /of 120 minutes in ST1 for amt-seenplatte-nord and 2 more; \d+ would count as downtime/,
    );

    writeWindow("probe", { ...day, acceptExcess: "agreed with all customers" });
    const accepted = await engine(["preview"]);
    expect(accepted.code, accepted.stdout).toBe(0);
  });

  it.each([
    ["an unknown release", 'release: "4.1.7",', 'release: "4.1.6",', "release", "is no release of releases"],
    [
      "a parameter that the release does not know any longer",
      /release: "4\.1\.7",(.*?)citizens: \{/s,
      'release: "4.1.8",\n    emergency: "CVE-2026-4711",$1citizens: {\n      feeds: { rss: true },',
      "citizens.feeds.rss",
      "is not known to release 4.1.8 any longer",
    ],
    [
      "a parameter that comes with a later release",
      "citizens: {",
      "citizens: {\n      modules: { livestream: true },",
      "citizens.modules.livestream",
      "is not known to release 4.1.7 yet; it comes with 4.1.8",
    ],
    [
      "a parameter that the release knows and the one that runs until the window does not",
      /release: "4\.1\.7",(.*?)citizens: \{/s,
      'release: "4.1.8",$1citizens: {\n      modules: { livestream: true },',
      "citizens.modules.livestream",
      "is not known to release 4.1.7 yet; it comes with 4.1.8; 4.1.7 runs until an announced window",
    ],
    [
      "a module without its licence",
      'licensedModules: ["app", "oparl", "totp"]',
      'licensedModules: ["oparl", "totp"]',
      "politicians.modules.app",
      'needs the licence "app"',
    ],
  ])("for %s", async (_what, from, to, field, why) => {
    editTenant("hohenbrueck", from, to);
    const said = await refusal();
    expect(said).toMatch(problem("tenants/hohenbrueck.ts", `allrisnet.${field}`, why));
  });

  it("for an archive that is not the release's", async () => {
    const archive = join(labPlaces().releases, "allrisnet-4.1.8.war");
    const bytes = readFileSync(archive);
    const other = Buffer.from(bytes);
    other.writeUInt8(other.readUInt8(1000) ^ 1, 1000);
    editTenant("hohenbrueck", 'release: "4.1.7",', 'release: "4.1.8",\n    emergency: "CVE-2026-4711",');
    writeFileSync(archive, other);
    try {
      const said = await refusal();
      expect(said).toContain("the archive is not release 4.1.8");
      expect(said).toMatch(/where: .*allrisnet-4\.1\.8\.war/);
      expect(said).toMatch(new RegExp(`its SHA-256 is [0-9a-f]{64}, expected ${release.sha256}`));
    } finally {
      writeFileSync(archive, bytes);
    }
    const { body } = await visit(readLab(), "ratsinfo.hohenbrueck.example");
    expect(body).toContain("ALLRIS net Version 4.1.7 (");
    // With the right one it may begin.
    const may = await engine(["preview"]);
    expect(may.code, may.stdout).toBe(0);
    expect(may.stdout).toContain("snapshot, wait for running requests, install beside");
  });
});
