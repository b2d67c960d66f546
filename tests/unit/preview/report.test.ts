import { join } from "node:path";
import { expect, test } from "vitest";
import { toHtml } from "../../../model/preview/html.ts";
import { toMarkdown } from "../../../model/preview/markdown.ts";
import { reportOf } from "../../../model/preview/report.ts";
import { envelope, envelopeTenant, step } from "../../support/preview-envelopes.ts";

const vm = "xenorchestra:index/vm:Vm";
const command = "command:remote:Command";
const golden = (name: string) => join(import.meta.dirname, "golden", name);

const open = {
  id: "2026-12-08",
  start: "2026-12-08T19:00:00.000Z",
  end: "2026-12-08T21:00:00.000Z",
  open: true,
};
const ahead = { ...open, open: false };
const diagnostic = (id: string, message: string, severity = "warning") => ({
  urn: `urn:pulumi:prod::allris-farm::farm:site:TenantSite::${id}`,
  message,
  severity,
});

/** A day's work on a farm of five: one machine grows in its window, one waits, one ends, one gets a new release. */
const day = envelope({
  at: "2026-12-08T20:30:00+01:00",
  tenants: [
    envelopeTenant("adorf", {
      shortOutages: { today: 2, week: 2 },
      name: "Stadt Adorf",
      window: open,
      notes: [{ on: "2026-12-01", ticket: "4711", by: "Frau Sommer, Ratsbüro", what: "size" }],
    }),
    envelopeTenant("bdorf", { window: ahead }),
    envelopeTenant("cdorf", {
      window: open,
      quotaLeft: { month: "2026-12", seconds: { ST1: 7_200, ST2: 150 } },
    }),
    envelopeTenant("ddorf"),
    envelopeTenant("edorf"),
  ],
  document: {
    steps: [
      step("adorf", "vm", vm, "update", {
        before: { cpus: 2, memoryMax: 2_147_483_648 },
        after: { cpus: 4, memoryMax: 8_589_934_592 },
        paths: { cpus: "update", memoryMax: "update" },
      }),
      step("cdorf", "release", "xenops:index:Release", "update", {
        before: { version: "4.1.7", expectedMinutes: 4 },
        after: { version: "4.1.8", expectedMinutes: 6, window: "2026-12-08" },
        paths: { version: "update", window: "add" },
      }),
      step("ddorf", "apply", command, "update", {
        before: { stdin: '{"allrisnet":{"citizens.modules.minutes":true}}' },
        after: { stdin: '{"allrisnet":{"citizens.modules.minutes":false}}' },
        paths: { stdin: "update" },
      }),
      step("alt", "vm", vm, "delete", { before: { nameLabel: "allris-alt.prod" } }),
      step("alt", "a", "cloudflare:index/dnsRecord:DnsRecord", "delete", { before: { type: "A" } }),
    ],
    diagnostics: [
      diagnostic("bdorf", "warning: held: memory 2 GiB → 4 GiB. held until window 2026-12-08\n"),
      diagnostic("cdorf", "ALLRIS net 4.1.7 → 4.1.8 in window 2026-12-08", "info"),
      { message: "warning: the logo of ddorf is large", severity: "warning" },
    ],
  },
  findings: [
    {
      policy: "backup-daily",
      level: "mandatory",
      requirements: ["CON.3.A5 (IT-Grundschutz 2023)"],
      urn: "urn:pulumi:prod::allris-farm::farm:site:TenantSite$xenops:index:BackupJob::adorf-backup",
      message: "runs less often than once a day",
    },
    { policy: "snapshot-choice", level: "advisory", requirements: [], message: "no decision is recorded" },
  ],
});

test("a day's work as one comment", async () => {
  await expect(toMarkdown(reportOf([day]), { page: "report.html" })).toMatchFileSnapshot(golden("day.md"));
});

test("and as one page", async () => {
  await expect(toHtml(reportOf([day]))).toMatchFileSnapshot(golden("day.html.txt"));
});

test("what there is to say of each administration", () => {
  const report = reportOf([day]);
  expect(report.administrations).toBe(6);
  expect(report.changing.map(({ id, level, outage }) => [id, level, outage.text])).toEqual([
    ["alt", "danger", "for good"],
    ["cdorf", "notice", "6 min"],
    ["adorf", "notice", "5 min"],
    ["ddorf", "calm", "none"],
  ]);
  expect(report.held.map(({ id }) => id)).toEqual(["bdorf"]);
  expect(report.unchanged.map(({ id }) => id)).toEqual(["edorf"]);
  expect(report.counts).toEqual({ create: 0, update: 3, delete: 2, replace: 0, import: 0 });
});

test("a machine that stops while no window is open is a danger; one stop serves all its inputs", () => {
  const outside = { ...day, tenants: day.tenants.map((tenant) => ({ ...tenant, window: ahead })) };
  const [first] = reportOf([outside]).dangers.filter(({ impact }) => impact.startsWith("outside"));
  expect(first?.whose).toEqual(["cdorf", "adorf"]);
  expect(reportOf([day]).dangers.some(({ impact }) => impact.startsWith("outside"))).toBe(false);
});

test("drift says what changed behind the farm's back, from what was read, and what to do about it", () => {
  const refreshed = step("adorf", "vm", vm, "update", {
    before: { highAvailability: "restart", memoryMax: 2 },
    after: { highAvailability: "", memoryMax: 2 },
    paths: { highAvailability: "update" },
  });
  const looked = step("bdorf", "vm", vm, "refresh", { before: { cpus: 2 }, after: { cpus: 2 } });
  const report = reportOf([
    envelope({
      kind: "drift",
      tenants: [envelopeTenant("adorf"), envelopeTenant("bdorf")],
      document: { steps: [refreshed, looked] },
    }),
  ]);
  const comment = toMarkdown(report);
  expect(comment).toMatch(/^### Drift at 1 of 2 administrations: \+0 ~1 −0 ±0\n/);
  expect(report.dangers.map(({ impact, whose }) => [impact, whose])).toEqual([["failover off", ["adorf"]]]);
  expect(comment).toContain("./farm refresh -s prod");
  expect(comment).not.toContain("--digest");
});

test("the three steps of one replacement are one change", () => {
  const states = { before: { template: "a", cpus: 2 }, after: { template: "b", cpus: 2 } };
  const report = reportOf([
    envelope({
      tenants: [envelopeTenant("adorf")],
      document: {
        steps: [
          step("adorf", "vm", vm, "create-replacement", states),
          step("adorf", "vm", vm, "replace", { ...states, paths: { template: "update-replace" } }),
          step("adorf", "vm", vm, "delete-replaced", { before: states.before }),
        ],
      },
    }),
  ]);
  expect(report.counts).toEqual({ create: 0, update: 0, delete: 0, replace: 1, import: 0 });
  expect(report.dangers.map(({ impact }) => impact)).toEqual([
    "machine replaced",
    "outside an announced window",
  ]);
});

test("a list that goes as a whole goes element by element", () => {
  const report = reportOf([
    envelope({
      tenants: [envelopeTenant("adorf")],
      document: {
        steps: [
          step("adorf", "vm", vm, "update", {
            before: { blockedOperations: ["destroy"] },
            after: {},
            paths: { blockedOperations: "delete" },
          }),
        ],
      },
    }),
  ]);
  expect(report.dangers.map(({ impact }) => impact)).toEqual(["protection lifted"]);
});
