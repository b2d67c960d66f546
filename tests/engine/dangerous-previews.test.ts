import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { playAdministrations } from "../../cli/administrations.ts";
import { capturePulumi } from "../../cli/pulumi.ts";
import { planStack } from "../../cli/stacks/plan.ts";
import { checkout, farmFolder } from "../../lib/paths.ts";
import { type PreviewEnvelope, parseDocument } from "../../model/preview/envelope.ts";
import { toMarkdown } from "../../model/preview/markdown.ts";
import { type PreviewReport, reportOf } from "../../model/preview/report.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import {
  addTenant,
  editSettings,
  editTenant,
  makeProject,
  project,
  restoreTenant,
  tenantFile,
} from "../support/project.ts";
import { vmOf, withXo } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";

// What a reviewer is told of plans that nobody wants by accident: each one by the real engine, on a farm on paper.

const ids = ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"];
/** In the window below: what would stop a machine is not held then, so the plan has it. */
const at = new Date("2026-12-08T20:30:00+01:00");
const windowFile = join(project, "maintenance", "2026-12-08.ts");

let lab: PaperLab;
/** Comments hold no name of an earlier run: what a preview says of ids and instants differs from run to run. */
let unchanged: PreviewEnvelope;

beforeAll(async () => {
  rmSync(farmFolder, { recursive: true, force: true });
  lab = await startPaperLab();
  makeProject();
  joinInTime();
  // The code that some of these break is the project's own, as it is in a pull request.
  for (const name of ["components", "index.ts"]) {
    rmSync(join(project, name), { recursive: true });
    cpSync(join(checkout, name), join(project, name), { recursive: true });
  }
  writeFileSync(
    windowFile,
    `import { defineWindow } from "../model/window.ts";

export const window = defineWindow({
  id: "2026-12-08",
  kind: "technical-change",
  start: "2026-12-08T20:00:00+01:00",
  end: "2026-12-08T22:00:00+01:00",
  administrations: "all",
  reason: "More memory",
  notice: { sentAt: "2026-11-30T09:00:00+01:00", evidence: "mail to all recipients" },
  expectedMinutes: 30,
});
`,
  );
  await playAdministrations(await labTenants());
  const made = await engine("up", "--yes", "--skip-preview");
  expect(made.code, made.stdout + made.stderr).toBe(0);
  unchanged = await plan();
});

afterEach(() => {
  for (const id of ids) restoreTenant(id);
  joinInTime();
  cpSync(join(checkout, "Pulumi.lab.yaml"), join(project, "Pulumi.lab.yaml"));
  cpSync(join(checkout, "components"), join(project, "components"), { recursive: true });
});

afterAll(async () => {
  await lab?.stop();
  rmSync(farmFolder, { recursive: true, force: true });
});

/** Makes the Amt a customer before the window's notice was sent, whatever day it is today. */
function joinInTime(): void {
  editTenant("amt-seenplatte-nord", /liveFrom: "[\d-]+"/, 'liveFrom: "2026-11-01"');
}

function engine(...args: string[]) {
  const env = { ...lab.env, FARM_AT: at.toISOString() };
  return capturePulumi([...args, "-s", "lab", "--non-interactive"], { project, env });
}

function plan(): Promise<PreviewEnvelope> {
  return planStack({ stack: "lab", at, run: { project, env: lab.env } });
}

/** A plan that the engine refuses: it leaves its document all the same, with what it came to. */
async function refusedPlan(): Promise<PreviewEnvelope> {
  const { code, stdout } = await engine("preview", "--json");
  expect(code).not.toBe(0);
  return { ...unchanged, document: parseDocument(JSON.parse(stdout)) };
}

function editComponent(file: string, from: string, to: string): void {
  const path = join(project, "components", file);
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

/** Dangers in short: what, and to whom. */
function dangersOf({ dangers }: PreviewReport): string[] {
  return dangers.map(
    ({ impact, whose }) => `${impact}: ${whose.map((id) => id ?? "the platform").join(", ")}`,
  );
}

/** The comment without what differs from one farm on paper to the next. */
async function expectComment(report: PreviewReport, name: string): Promise<void> {
  const comment = toMarkdown(report)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<id>")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<sha256>")
    .replaceAll(/--digest \S+/g, "--digest <digest>")
    .replaceAll(/^\| lab \|.*$/gm, "| lab | <instant> | <digest> | <commit> |")
    .replaceAll(/"\.\.\/bundles\/[^"]*"/g, '"<bundle>"')
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>");
  await expect(comment).toMatchFileSnapshot(join(import.meta.dirname, "golden", "previews", `${name}.md`));
}

test("nothing changes: no danger, no row", async () => {
  const report = reportOf([unchanged]);
  expect(dangersOf(report)).toEqual([]);
  expect(report.unchanged.map(({ id }) => id)).toEqual(ids);
  expect(toMarkdown(report)).toMatch(/^### 0 of 3 administrations change: \+0 ~0 −0 ±0\n\n3 unchanged/);
});

test("a new administration and a parameter: nothing dangerous", async () => {
  addTenant("neudorf", "198.18.10.60");
  editTenant("hohenbrueck", "citizens: {", "citizens: {\n      modules: { minutes: false },");
  try {
    const report = reportOf([await plan()]);
    expect(dangersOf(report)).toEqual([]);
    expect(report.changing.map(({ id, outage }) => [id, outage.text])).toEqual([
      ["hohenbrueck", "none"],
      ["neudorf", "none"],
    ]);
    await expectComment(report, "new-and-parameter");
  } finally {
    rmSync(tenantFile("neudorf"));
  }
});

test("template changed: nothing by the guard, and without it every machine is replaced", async () => {
  editSettings("template: Debian 12 ALLRIS net", "template: Other install media");
  expect((await plan()).digest).toBe(unchanged.digest);

  editComponent("virtual-machine.ts", '  "template",\n', "");
  const report = reportOf([await refusedPlan()]);
  expect(dangersOf(report)).toContain(`machine replaced: ${ids.join(", ")}`);
  expect(report.changing.every(({ outage }) => outage.text === "until restored")).toBe(true);
  await expectComment(report, "template-changed");
});

test("disk shrunk: XO refuses it when the machine is stopped already", async () => {
  editTenant(
    "hohenbrueck",
    'pool: "nord",',
    'pool: "nord",\n  size: { cpus: 2, memory: "2 GiB", disk: "15 GiB" },',
  );
  const report = reportOf([await plan()]);
  expect(dangersOf(report)).toEqual(["disk shrunk: hohenbrueck"]);
  expect(report.changing[0]?.outage.text).toBe("until repaired");
  await expectComment(report, "disk-shrunk");
});

test("a tenant file deleted: the run refuses it, and once the machine is nobody's, everything would go", async () => {
  rmSync(tenantFile("landkreis-auental"));
  const refused = reportOf([await refusedPlan()]);
  expect(refused.failures.join("\n")).toContain("tenants/landkreis-auental.ts is missing");
  expect(refused.unplanned).toHaveLength(3);
  await expectComment(refused, "tenant-deleted-refused");

  const { id } = await vmOf("landkreis-auental");
  const tags = ["tenant=landkreis-auental", "farm=allris-farm/lab"];
  try {
    await withXo(async (xo) => {
      for (const tag of tags) await xo.call("tag.remove", { id, tag });
    });
    const envelope = await refusedPlan();
    const left = unchanged.tenants.filter((tenant) => tenant.id !== "landkreis-auental");
    const report = reportOf([{ ...envelope, tenants: left }]);
    expect(dangersOf(report)).toContain("backup off: landkreis-auental");
    expect(report.failures.join("\n")).toContain("landkreis-auental-backup");
    await expectComment(report, "tenant-deleted");
  } finally {
    await withXo(async (xo) => {
      for (const tag of tags) await xo.call("tag.add", { id, tag });
    });
  }
});

test("certificate issuer changed: the old certificate is revoked, and the name leaves Cloudflare's edge", async () => {
  editTenant("amt-seenplatte-nord", /certificate: \{ issuer: "cloudflare-origin" \},\n/, "");
  const report = reportOf([await plan()]);
  expect(dangersOf(report)).toEqual(
    expect.arrayContaining([
      "certificate issuer changed: amt-seenplatte-nord",
      "certificate revoked: amt-seenplatte-nord",
      "record moved: amt-seenplatte-nord",
    ]),
  );
  await expectComment(report, "issuer-changed");
});

test("protection lifted: of every machine, job, zone and pool", async () => {
  editSettings("protection: true", "protection: false");
  const report = reportOf([await plan()]);
  expect(dangersOf(report).sort()).toEqual([
    `protection lifted: ${ids.join(", ")}`,
    `protection lifted: the platform, ${ids.join(", ")}`,
  ]);
  const [lifted] = report.dangers.filter(({ whose }) => whose.includes(undefined));
  expect(lifted?.resources).toEqual(
    expect.arrayContaining(["platform-nord-ha", "platform-hohenbrueck-example-zone", "hohenbrueck-backup"]),
  );
  await expectComment(report, "protection-lifted");
});

test("failover turned off for all by a default: one danger that names them all", async () => {
  editComponent("virtual-machine.ts", 'highAvailability: "restart"', 'highAvailability: ""');
  const report = reportOf([await plan()]);
  expect(dangersOf(report)).toEqual([`failover off: ${ids.join(", ")}`]);
  await expectComment(report, "failover-off");
});
