import { rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

// A farm of its own on paper: nothing boots, and the plan of a site is all that rules need.
const home = vi.hoisted(() => {
  const folder = `${process.env["TMPDIR"] ?? "/tmp"}/farm-policies-${process.pid}`;
  process.env["FARM_HOME"] = folder;
  return folder;
});

import { join } from "node:path";
import { playAdministrations } from "../../cli/administrations.ts";
import { planStack } from "../../cli/stacks/plan.ts";
import { policyPack } from "../../cli/stacks/policies.ts";
import type { PolicyFinding } from "../../model/preview/envelope.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import { editSettings, editTenant, engine, makeProject, project, tenantFile } from "../support/project.ts";
import { withXo } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";

let lab: PaperLab;

beforeAll(async () => {
  lab = await startPaperLab();
  makeProject();
  // One that renews its own certificate and one behind Cloudflare's edge: with them every kind of resource is there.
  rmSync(tenantFile("landkreis-auental"));
  await playAdministrations(await labTenants());
});
afterAll(async () => {
  await lab?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** "rule resource", sorted. */
function short(findings: readonly PolicyFinding[]): string[] {
  return findings
    .map(({ policy, urn }) =>
      [policy, ...(urn === undefined ? [] : [urn.slice(urn.lastIndexOf("::") + 2)])].join(" "),
    )
    .sort();
}

/** What a lab is not: everything else that rules ask for holds for the program as it is. */
const missingInLab = [
  "backup-encrypted platform-backup-rechenzentrum-2",
  "storage-encrypted",
  "storage-encrypted",
  "xapi-over-tls platform-nord-ha",
  "xo-over-tls",
  "xo-over-tls",
];

/** A file that makes rules as hard as in production: these, or every one. */
function asInProduction(names: readonly string[] = ["all"]): Record<string, string> {
  const file = join(home, `policy-config-${names.join("-")}.json`);
  writeFileSync(file, JSON.stringify(Object.fromEntries(names.map((name) => [name, "mandatory"]))));
  return { PULUMI_OPTION_POLICY_PACK_CONFIG: file };
}

it("a lab is told what it is not, and its plan goes through; the findings stand in what is kept of the plan", async () => {
  const run = { project, env: lab.env };
  const { findings, document } = await planStack({ stack: "lab", at: new Date("2026-11-01T08:00:00Z"), run });
  expect(short(findings)).toEqual(missingInLab);
  expect(new Set(findings.map(({ level }) => level))).toEqual(new Set(["advisory"]));
  expect(findings.find(({ policy }) => policy === "backup-encrypted")).toEqual({
    policy: "backup-encrypted",
    level: "advisory",
    requirements: [
      "CON.3.A13 (IT-Grundschutz-Kompendium, Edition 2023)",
      "NOT.4.8 (Grundschutz++, Kernel, 2026-07-29)",
    ],
    urn: "urn:pulumi:lab::allris-farm::farm:platform:Platform$xenops:index:BackupRepository::platform-backup-rechenzentrum-2",
    message:
      "What leaves the storage for a backup repository is encrypted. Here: is written in clear. Next: name the variable with the key in `backup.repositories.<name>.encryptionKeyVariable`.",
  });
  expect(document.steps?.length).toBeGreaterThan(30);
});

it("where rules are mandatory the plan is kept with what forbids it, and nothing that a rule forbids is made", async () => {
  const plan = await planStack({
    ...{ stack: "lab", at: new Date() },
    run: { project, env: { ...lab.env, ...asInProduction() } },
  });
  expect(short(plan.findings)).toEqual(missingInLab);
  expect(new Set(plan.findings.map(({ level }) => level))).toEqual(new Set(["mandatory"]));
  // Plain `pulumi up`, as the environment of a stack in production has it.
  const up = await engine(["up", "--yes", "--skip-preview"], {
    ...lab.env,
    ...asInProduction(["backup-encrypted", "xapi-over-tls"]),
    PULUMI_OPTION_POLICY_PACK: policyPack,
  });
  expect(up.code).not.toBe(0);
  expect(up.stdout).toMatch(/\[mandatory\].*backup-encrypted/);
  expect(await withXo((xo) => xo.call("remote.getAll"))).toEqual([]);
  const [pool] = await withXo((xo) => xo.objects({ type: "pool" }));
  expect(pool?.["HA_enabled"]).toBe(false);
});

it("what a file loosens is found at each resource, and what is kept of the plan holds no secret", async () => {
  const canary = "K4n4rienvogel-K4n4rienvogel-1234";
  editSettings("protection: true", "protection: false");
  editSettings(
    "location: Rechenzentrum 2",
    "location: Rechenzentrum 2\n          encryptionKeyVariable: FARM_BACKUP_KEY",
  );
  editTenant(
    "hohenbrueck",
    'ring: "pilot",',
    'ring: "pilot",\n    politicians: { audit: { retentionDays: 30 } },',
  );
  editTenant(
    "amt-seenplatte-nord",
    /issuer: "cloudflare-origin"/,
    'issuer: "cloudflare-origin", validityDays: 5475',
  );
  const env = { ...lab.env, FARM_BACKUP_KEY: canary };
  const plan = await planStack({ stack: "lab", at: new Date(), run: { project, env } });
  const machines = ["amt-seenplatte-nord", "hohenbrueck"];
  expect(short(plan.findings)).toEqual(
    [
      ...missingInLab.filter((finding) => !finding.startsWith("backup-encrypted")),
      ...machines.flatMap((id) => [`vm-deletion-refused ${id}-vm`, `vm-deletion-refused ${id}-vm`]),
      ...machines.map((id) => `backup-deletion-refused ${id}-backup`),
      "backup-deletion-refused platform-backup-rechenzentrum-2",
      "origin-certificate-renewed amt-seenplatte-nord-origin-r1",
      "politicians-audit-kept hohenbrueck-apply",
      "pool-availability-kept platform-nord-ha",
      "zone-deletion-refused platform-amt-seenplatte-nord-example-zone",
      "zone-deletion-refused platform-hohenbrueck-example-zone",
    ].sort(),
  );
  expect(JSON.stringify(plan)).not.toContain(canary);
});
