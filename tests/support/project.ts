import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { capturePulumi } from "../../cli/pulumi.ts";
import { checkout, farmFolder } from "../../lib/paths.ts";
import type { RunResult } from "../../lib/run.ts";

/** A project of its own for the tests: the checkout's code, tenant files and settings that a test may change. */
export const project: string = join(farmFolder, "project");

/** Makes the project anew with the tenants of the checkout. */
export function makeProject(): void {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  const folders = ["tenants", "maintenance", "patches"];
  const own = new Set([...folders, "Pulumi.lab.yaml", ".farm", ".git", "node_modules"]);
  for (const name of readdirSync(checkout)) {
    if (!own.has(name)) symlinkSync(join(checkout, name), join(project, name));
  }
  symlinkSync(join(checkout, "node_modules"), join(project, "node_modules"));
  for (const name of folders) cpSync(join(checkout, name), join(project, name), { recursive: true });
  cpSync(join(checkout, "Pulumi.lab.yaml"), join(project, "Pulumi.lab.yaml"));
  for (const name of readdirSync(join(project, "tenants")).filter((file) => file.endsWith(".ts")))
    joinEarlier(join(project, "tenants", name));
}

/**
 * Windows of tests were announced nine days ago, by one notice to everybody: who became a customer since would not have
 * got it, whatever day it is when the tests run.
 */
function joinEarlier(file: string): void {
  const text = readFileSync(file, "utf8");
  const before = (days: number): string =>
    new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  const earlier = text.replace(/(liveFrom: ")([\d-]{10})"/, (all, begin: string, date: string) =>
    date >= before(11) && date <= before(-1) ? `${begin}${before(11)}"` : all,
  );
  if (earlier !== text) writeFileSync(file, earlier);
}

/** The path of a tenant's file. */
export function tenantFile(id: string): string {
  return join(project, "tenants", `${id}.ts`);
}

/** Changes a tenant's file; fails when there is nothing of the kind to change. */
export function editTenant(id: string, from: string | RegExp, to: string): void {
  edit(tenantFile(id), from, to);
}

/** Changes the stack's settings. */
export function editSettings(from: string | RegExp, to: string): void {
  edit(join(project, "Pulumi.lab.yaml"), from, to);
}

function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, "utf8");
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${file} holds nothing like ${from}`);
  writeFileSync(file, changed);
}

/** Puts a tenant's file back as the checkout has it, or removes one that it does not have. */
export function restoreTenant(id: string): void {
  const original = join(checkout, "tenants", `${id}.ts`);
  if (existsSync(original)) {
    cpSync(original, tenantFile(id));
    joinEarlier(tenantFile(id));
  } else rmSync(tenantFile(id), { force: true });
}

/** A further administration, reached by ACME, with what a test needs to be different. */
export function addTenant(id: string, address: string, fields = ""): void {
  const name = id.replaceAll("-", " ");
  writeFileSync(
    tenantFile(id),
    `import { defineTenant } from "../model/tenant.ts";

export const tenant = defineTenant({
  id: "${id}",
  name: "Gemeinde ${name}",
  kind: "gemeinde",
  domain: "ratsinfo.${id}.hohenbrueck.example",
  dns: { mode: "ours", zone: "hohenbrueck.example" },
  pool: "nord",
  address: "${address}",
  links: {
    imprint: "https://www.hohenbrueck.example/impressum",
    privacy: "https://www.hohenbrueck.example/datenschutz",
    accessibility: "https://www.hohenbrueck.example/barrierefreiheit",
    home: "https://www.hohenbrueck.example/",
  },
  contact: { email: "rat@hohenbrueck.example" },
  contract: { customer: "Gemeinde ${name}", number: "R-2026-900", liveFrom: "2026-11-01" },
  allrisnet: {
    release: "4.1.7",
    citizens: {
      accessibility: {
        feedbackEmail: "rat@hohenbrueck.example",
        enforcementBodyUrl: "https://www.land-kuestenring.example/durchsetzungsstelle",
        statementDate: "2026-03-02",
      },
    },
  },
  ${fields}
});
`,
  );
}

/** Runs the engine on the stack `lab` of this project. */
export function engine(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  const flags = args[0] === "stack" ? [] : ["--non-interactive"];
  return capturePulumi([...args, "-s", "lab", ...flags], { project, env, timeout: 280_000 });
}

/** Runs `up`; fails with the engine's own words when it fails. */
export async function up(): Promise<RunResult> {
  const result = await tryUp();
  if (result.code !== 0) throw new Error(`up failed:\n${result.stdout}\n${result.stderr}`);
  return result;
}

/** Runs `up`, whatever comes of it. */
export function tryUp(...more: string[]): Promise<RunResult> {
  return engine(["up", "--yes", "--skip-preview", ...more]);
}

/** One planned operation. */
export interface Step {
  readonly op: string;
  readonly name: string;
  readonly type: string;
  /** Changed properties by path. */
  readonly changed: readonly string[];
}

interface PreviewStep {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff?: Record<string, unknown>;
}

/** The operations of a preview that change something. */
export async function plan(...more: string[]): Promise<Step[]> {
  return stepsOf(await engine(["preview", "--json", ...more]));
}

/** What a refresh without writing would find changed. */
export async function drift(): Promise<Step[]> {
  return stepsOf(await engine(["refresh", "--preview-only", "--json"]));
}

/** The operations of a preview in JSON that change something. */
export function stepsOf(result: RunResult): Step[] {
  if (result.code !== 0) throw new Error(`the engine failed:\n${result.stdout}\n${result.stderr}`);
  const { steps = [] } = JSON.parse(result.stdout) as { steps?: PreviewStep[] };
  return steps
    .filter(
      ({ op, detailedDiff }) =>
        op !== "same" && op !== "read" && (op !== "refresh" || Object.keys(detailedDiff ?? {}).length > 0),
    )
    .map(({ op, urn, detailedDiff }) => {
      const parts = urn.split("::");
      const type = (parts[2] ?? "").split("$").at(-1) ?? "";
      return { op, name: parts[3] ?? "", type, changed: Object.keys(detailedDiff ?? {}).sort() };
    });
}
