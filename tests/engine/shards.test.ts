import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { playAdministrations } from "../../cli/administrations.ts";
import { examine } from "../../cli/doctor/examine.ts";
import { healStack } from "../../cli/heal.ts";
import type { Output } from "../../cli/output.ts";
import type { Applied } from "../../cli/stacks/apply.ts";
import { carryOut, type MoveRequest, planMove } from "../../cli/stacks/move.ts";
import { makePlans, showPlans } from "../../cli/stacks/preview.ts";
import { up } from "../../cli/stacks/up.ts";
import { farmFolder } from "../../lib/paths.ts";
import { planDigest } from "../../model/plan-digest.ts";
import { parseEnvelope } from "../../model/preview/envelope.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import { vmsOf } from "../support/heal.ts";
import { addTenant, editSettings, editTenant, engine, makeProject, project } from "../support/project.ts";
import { withXo } from "../support/services.ts";
import { labTenants } from "../support/tenants.ts";

const out = join(farmFolder, "previews");
/** The digest of a plan that does nothing. */
const nothing = planDigest([]);

let lab: PaperLab;

beforeAll(async () => {
  rmSync(farmFolder, { recursive: true, force: true });
  lab = await startPaperLab();
  makeProject();
  git("init", "--quiet", "--initial-branch=main");
  // Whatever is a link to the checkout's code does not change here.
  writeFileSync(join(project, ".git", "info", "exclude"), "*\n");
  await playAdministrations(await labTenants());
});
afterAll(async () => {
  await lab?.stop();
  rmSync(farmFolder, { recursive: true, force: true });
});

function git(...args: string[]): void {
  const identity = ["-c", "user.name=Tests", "-c", "user.email=tests@kuestenring.example"];
  execFileSync("git", [...identity, ...args], { cwd: project, stdio: "ignore" });
}

function commit(): void {
  git("add", "--force", "tenants", "Pulumi.lab.yaml");
  git("commit", "--quiet", "--message", "as it is");
}

/** What a command printed as its result. */
class Said implements Output {
  readonly json = true;
  readonly lines: string[] = [];
  value: unknown;
  progress(line: string): void {
    this.lines.push(line);
  }
  result(value: unknown): void {
    this.value = value;
  }
}

const run = () => ({ project, env: lab.env });
const options = (stack: string, more: object = {}) => ({
  stack,
  out,
  parallel: 2,
  yes: false,
  run: run(),
  ...more,
});

/** The plans of all stacks of the farm, of those that --base leaves. */
async function previewAll(more: object = {}) {
  return makePlans(options("lab", { all: true, ...more }), "preview", new Said());
}

async function moved(request: MoveRequest): Promise<readonly string[]> {
  return carryOut(await planMove({ run: run(), ...request }), run());
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => {
      throw new Error("it was not refused");
    },
    (error: Error) => error.message,
  );
}

async function machines(): Promise<Map<string, unknown>> {
  const vms = await withXo((xo) => xo.objects({ type: "VM" }));
  return new Map(
    vms.map(({ id, name_label, tags, power_state, startTime }) => [
      String(id),
      [name_label, tags, power_state, startTime],
    ]),
  );
}

describe("one stack", () => {
  it("is applied as it was reviewed", async () => {
    const said = new Said();
    const at = new Date().toISOString();
    const shown = await showPlans(options("lab", { at }), "preview", said);
    expect(said.value).toMatchObject({ digest: shown.digest, stacks: [{ stack: "lab" }] });
    const kept = parseEnvelope(JSON.parse(readFileSync(join(out, "lab.preview.json"), "utf8")));
    expect(kept.digest).toBe(shown.digest);
    expect(kept.tenants.map(({ id }) => id)).toEqual([
      "amt-seenplatte-nord",
      "hohenbrueck",
      "landkreis-auental",
    ]);
    // Another look at the same plan, minutes later to the program, is the same plan.
    await up(
      options("lab", { digest: shown.digest, at: new Date(Date.now() + 600_000).toISOString() }),
      said,
    );
    expect(said.value).toMatchObject({ stacks: [{ stack: "lab", ok: true, errors: [] }] });
    expect((await machines()).size).toBe(3);
  });

  it("is refused with another plan than the reviewed one, and told what differs", async () => {
    editTenant("hohenbrueck", 'name: "Stadt Hohenbrück"', 'name: "Stadt Hohenbrück am See"');
    const { digest } = await showPlans(options("lab"), "preview", new Said());
    editTenant("hohenbrueck", 'name: "Stadt Hohenbrück am See"', 'name: "Stadt Hohenbrück an der See"');
    const before = await machines();
    const text = await refusal(up(options("lab", { digest }), new Said()));
    expect(text).toContain("The plan is not the one that was reviewed; nothing has been changed");
    expect(text).toContain(
      "hohenbrueck-vm would be updated as reviewed, with other values at nameDescription",
    );
    expect(await machines()).toEqual(before);
    editTenant("hohenbrueck", 'name: "Stadt Hohenbrück an der See"', 'name: "Stadt Hohenbrück"');
  });
});

describe("a farm that is split", () => {
  beforeAll(() => {
    const shards =
      "shards:\n      nord:\n        pools: [nord] # all that no list names\n      kreise:\n        tenants: []\n";
    editSettings(/$/, `\n    ${shards}`);
    for (const shard of ["platform", "nord", "kreise"]) {
      const text = `config:\n  allris-farm:settings:\n    shard: ${shard}\n`;
      writeFileSync(join(project, `Pulumi.lab-${shard}.yaml`), text);
    }
  });

  it("is no longer run as a whole, and no shard runs before it has its state", async () => {
    const whole = await engine(["up", "--yes", "--skip-preview"]);
    expect(whole.code).not.toBe(0);
    expect(whole.stdout).toContain("the farm is split: lab-platform, lab-kreise, lab-nord");
    const early = await refusal(makePlans(options("lab-nord"), "preview", new Said()));
    expect(early).toMatch(/hohenbrueck: \.\/farm stack move-tenant hohenbrueck --to lab-nord/);
  });

  it("moves into its stacks without a touch of anything, and each plan is empty", async () => {
    const before = await machines();
    const calls = new Set(lab.calls);
    await moved({ tenants: [], to: "lab-platform" });
    await moved({
      tenants: ["hohenbrueck", "amt-seenplatte-nord", "landkreis-auental"],
      to: "lab-nord",
    });
    const { plans, digest } = await previewAll();
    expect(plans.map(({ stack, tenants }) => [stack, tenants.map(({ id }) => id)])).toEqual([
      ["lab-platform", []],
      ["lab-kreise", []],
      ["lab-nord", ["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"]],
    ]);
    expect(digest).toBe(nothing);
    expect(await machines()).toEqual(before);
    const asked = [...lab.calls].filter((call) => !calls.has(call));
    expect(asked.filter((call) => !/\.(get|list)/i.test(call))).toEqual([]);
    commit();
  });

  it("moves one administration by one command, which changes the lists and the states alone", async () => {
    const before = await machines();
    const settings = readFileSync(join(project, "Pulumi.lab.yaml"), "utf8");
    const planned = await planMove({ tenants: ["landkreis-auental"], to: "lab-kreise", run: run() });
    // As if it had been interrupted after its first step: neither stack does any harm.
    writeFileSync(planned.settings?.file ?? "", planned.settings?.text ?? "");
    for (const stack of ["lab-nord", "lab-kreise"]) {
      expect(await refusal(makePlans(options(stack), "preview", new Said()))).toContain(
        "landkreis-auental: ./farm stack move-tenant landkreis-auental --to lab-kreise",
      );
    }
    await moved({ tenants: ["landkreis-auental"], to: "lab-kreise" });
    for (const stack of ["lab-nord", "lab-kreise"])
      expect((await makePlans(options(stack), "preview", new Said())).digest).toBe(nothing);
    expect(await machines()).toEqual(before);
    expect(readFileSync(join(project, "Pulumi.lab.yaml"), "utf8")).toBe(
      settings.replace("tenants: []", "tenants: [landkreis-auental]"),
    );
    expect((await planMove({ tenants: ["landkreis-auental"], to: "lab-kreise", run: run() })).urns.size).toBe(
      0,
    );
    commit();
  });

  it("plans what a change may touch, and applies the stacks in which something changes", async () => {
    addTenant("neustadt-moor", "198.18.10.77");
    git("add", "--force", "tenants");
    const { plans, digest, at } = await previewAll({ base: "main" });
    expect(plans.map(({ stack }) => stack)).toEqual(["lab-platform", "lab-nord"]);
    const said = new Said();
    await up(options("lab", { all: true, base: "main", digest, at }), said);
    const { stacks } = said.value as { readonly stacks: readonly Applied[] };
    expect(stacks).toMatchObject([{ stack: "lab-nord", ok: true, errors: [] }]);
    expect(said.lines).toContain("lab-nord: create neustadt-moor-vm done");
    expect(await vmsOf("neustadt-moor")).toHaveLength(1);
  });

  it("tells in a preview what the platform has not made yet, and stops a run before it changes anything", async () => {
    addTenant("neustadt-heide", "198.18.10.78");
    editTenant("neustadt-heide", /hohenbrueck\.example" }/, 'heide.example" }');
    editTenant("neustadt-heide", "ratsinfo.neustadt-heide.hohenbrueck.example", "ratsinfo.heide.example");
    editSettings("hohenbrueck.example: {}", "hohenbrueck.example: {}\n      heide.example: {}");
    const before = await machines();
    const said = new Said();
    // Its plan is made, and says what is missing; the run then stops.
    await up(options("lab-nord", { yes: true }), said);
    const [failed] = (said.value as { readonly stacks: readonly Applied[] }).stacks;
    expect(failed).toMatchObject({ stack: "lab-nord", ok: false });
    expect(failed?.errors.join("\n")).toContain("This shard needs what is not there: the zone heide.example");
    expect(process.exitCode).toBe(1);
    process.exitCode = 0;
    expect(await machines()).toEqual(before);
    await up(options("lab", { all: true, yes: true }), said);
    expect((said.value as { readonly stacks: readonly Applied[] }).stacks).toMatchObject([
      { stack: "lab-platform", ok: true, changes: { create: 6 } },
      { stack: "lab-nord", ok: true, changes: { create: 12 } },
    ]);
    expect(await vmsOf("neustadt-heide")).toHaveLength(1);
  });

  it("is looked at and healed shard by shard: the machines of another one are none of its business", async () => {
    for (const stack of ["lab-nord", "lab-kreise"]) {
      const results = await examine({ stack, run: run() });
      const found = results.flatMap(({ findings }) => findings);
      expect(found.filter(({ id }) => id.startsWith("machines.")).map(({ severity }) => severity)).toEqual([
        "fine",
      ]);
      expect(await healStack(stack, { run: run() })).toMatchObject({ did: [], open: [] });
    }
  });
});
