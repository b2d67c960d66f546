import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noteApplied, readApplied } from "../../cli/applied/applied-book.ts";
import { lookAtApplied } from "../../cli/report/month-evidence.ts";
import { readState } from "../../cli/stack-state.ts";
import { makeStatusPages } from "../../cli/status/make-pages.ts";
import { draftTenant, writeTenant } from "../../cli/tenant/draft.ts";
import { type OpenFarm, openFarm } from "../../cli/tenant/open-farm.ts";
import { renameDomain } from "../../cli/tenant/rename-domain.ts";
import { resize } from "../../cli/tenant/resize.ts";
import { setFields } from "../../cli/tenant/set.ts";
import { checkout, farmFolder } from "../../lib/paths.ts";
import { tryRun } from "../../lib/run.ts";
import { loadParameterLabels } from "../../loading/parameter-labels.ts";
import { monthOf } from "../../model/berlin-time.ts";
import { changeEvidence } from "../../model/report/find-changes.ts";
import { changeText } from "../../model/report/report-words.ts";
import { type PaperLab, startPaperLab } from "../bench/paper-lab.ts";
import { tenantId, writeTenants } from "../bench/tenants.ts";
import { logOf, saveLogs } from "../support/prober-log.ts";
import { engine, makeProject, project, type Step } from "../support/project.ts";
import { zoneOf } from "../support/services.ts";

const id = "neu-wiesenau";
const zone = "hohenbrueck.example";

let lab: PaperLab;
let farm: OpenFarm;

beforeAll(async () => {
  rmSync(farmFolder, { recursive: true, force: true });
  lab = await startPaperLab();
  makeProject();
  writeTenants(1);
  const output = { json: false, progress: () => {}, result: () => {} };
  farm = await openFarm("lab", join(project, "tenants"), output);
});
afterAll(async () => {
  await lab.stop();
  rmSync(farmFolder, { recursive: true, force: true });
});

async function up(): Promise<void> {
  const { code, stdout, stderr } = await engine(["up", "--yes", "--skip-preview"], lab.env);
  if (code !== 0) throw new Error(`up failed:\n${stdout}\n${stderr}`);
}

async function plan(): Promise<readonly Step[]> {
  const { code, stdout, stderr } = await engine(["preview", "--json"], lab.env);
  if (code !== 0) throw new Error(`preview failed:\n${stdout}\n${stderr}`);
  const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
  return steps
    .filter(({ op }) => op !== "same" && op !== "read")
    .map(({ op, urn }) => ({
      op,
      name: urn.split("::").at(-1) ?? "",
      type: urn.split("::")[2] ?? "",
      changed: [],
    }));
}

/** The provider's page for programs. */
function readProvider(file: string): readonly { id: string; page: string | null; facts: object }[] {
  return JSON.parse(readFileSync(file, "utf8")).administrations;
}

/** Records of the zone that lead to the site, as Cloudflare has them. */
async function records(): Promise<readonly string[]> {
  const shown = (await zoneOf(zone)).records.map(({ type, name, content }) => `${name} ${type} ${content}`);
  return shown.filter((text) => text.includes("wiesenau")).sort();
}

describe("the commands that write tenant files, and the engine", () => {
  it("a new site is planned as the command said, by resources of the names it gave", async () => {
    const given = {
      ...{ name: "Gemeinde Neu Wiesenau", domain: `wiesenau.${zone}`, email: "rat@neu-wiesenau.example" },
      ...{
        contract: "R-2027-010",
        "feedback-email": "b@neu-wiesenau.example",
        "statement-date": "2026-11-02",
      },
      "enforcement-url": "https://www.land-kuestenring.example/durchsetzungsstelle",
    };
    const drafted = await draftTenant(farm, { given, proposals: true }, { dns: false, say: () => {} });
    expect(drafted.room).toMatchObject({ pool: "nord", source: "Xen Orchestra" });
    expect(drafted.room?.room).toBeGreaterThan(2 ** 40);
    await writeTenant(farm, drafted);
    const steps = await plan();
    const made = steps.filter(
      ({ name, type }) => name.startsWith(`${id}-`) && !/site:(TenantSite|VirtualMachine)$/.test(type),
    );
    expect(made.map(({ op, name }) => `${op} ${name}`).sort()).toEqual(
      drafted.resources.map(({ name }) => `create ${name}`).sort(),
    );
    await up();
    expect(await records()).toEqual([`wiesenau.${zone} A 198.18.10.12`, expect.stringMatching(/CAA/)]);
  });

  it("another domain: the old one becomes an alias in one run, and the VM stays", async () => {
    const edited = await renameDomain(farm, id, `rat-wiesenau.${zone}`, { alias: true });
    expect(edited.effects.some(({ window }) => window)).toBe(false);
    const steps = await plan();
    expect(steps.filter(({ name }) => name === `${id}-vm`)).toEqual([]);
    await up();
    expect(await records()).toEqual([
      `rat-wiesenau.${zone} A 198.18.10.12`,
      expect.stringMatching(/^rat-wiesenau.* CAA/),
      `wiesenau.${zone} CNAME rat-wiesenau.${zone}`,
    ]);
    expect(await plan()).toEqual([]);
  });

  it("and back again, in two steps: an alias has to be free before it can be the domain", async () => {
    const back = () => renameDomain(farm, id, `wiesenau.${zone}`, { alias: true });
    await expect(back()).rejects.toThrow(/is an alias of this site[\s\S]*take it out of the aliases/);
    await setFields(farm, id, ["aliases="], { ticket: "4710", by: "Frau Sommer" });
    await up();
    await back();
    await up();
    expect((await records()).filter((record) => !record.includes("CAA"))).toEqual([
      `rat-wiesenau.${zone} CNAME wiesenau.${zone}`,
      `wiesenau.${zone} A 198.18.10.12`,
    ]);
    expect(await plan()).toEqual([]);
  });

  it("another size is held as the command said; a note about it changes no resource", async () => {
    const edited = await resize(farm, id, { size: "large", ticket: "4711", by: "Frau Sommer" });
    expect(edited.effects).toMatchObject([{ window: true }]);
    expect(edited.after.changes.at(-1)).toMatchObject({ what: "size", ticket: "4711" });
    expect(await plan()).toEqual([]);
  });

  it("who may see the status page changes no resource, and moves the page with the next report", async () => {
    const measurements = join(farmFolder, "measured");
    const out = join(farmFolder, "pages");
    const targets = [tenantId(0), id].map((tenant) => ({
      tenant,
      target: "citizens" as const,
      decides: true,
    }));
    const to = Date.now();
    saveLogs(measurements, {
      "rand-1": logOf({ prober: "rand-1", targets, from: to - 3_600_000, to, silences: [] }).lines,
    });
    const report = () =>
      makeStatusPages({
        ...{ stack: "lab", at: new Date(to), measurements, out, provider: true, progress: () => {} },
        run: { project, env: lab.env },
      });
    const { administrations } = await report();
    expect(administrations).toEqual([
      { id: tenantId(0), statusPage: "customer", state: "up" },
      { id, statusPage: "customer", state: "not-live" },
    ]);
    expect(readdirSync(join(out, "customer"))).toHaveLength(2);
    // What cannot be looked at is said: nobody has looked for drift.
    const rows = readProvider(join(out, "provider", "status.json"));
    expect(rows.find((row) => row.id === id)?.facts).toMatchObject({
      backup: { lastGood: null, red: true },
      certificate: { ends: expect.any(Number) },
      version: { runs: false },
      drift: { unseen: expect.any(String) },
    });

    await setFields(farm, id, ["statusPage=public"], { ticket: "4713", by: "Frau Sommer" });
    expect(await plan()).toEqual([]);
    expect(await report()).toMatchObject({ gone: 3 });
    expect(readdirSync(join(out, "customer"))).toHaveLength(1);
    expect(existsSync(join(out, "public", id, "index.html"))).toBe(true);

    await setFields(farm, id, ["statusPage=off"], { ticket: "4714", by: "Frau Sommer" });
    expect((await report()).administrations[1]).toEqual({ id, statusPage: "off", state: null });
    expect(existsSync(join(out, "public", id))).toBe(false);
    expect(readProvider(join(out, "provider", "status.json")).map((row) => row.page !== null)).toContain(
      false,
    );
  });

  it("a parameter changes the roll-out alone", async () => {
    await setFields(farm, id, ["citizens.modules.minutes=false"], { ticket: "4712", by: "Frau Sommer" });
    expect((await plan()).map(({ op, name }) => `${op} ${name}`).sort()).toEqual([
      `update ${id}-apply`,
      `update ${id}-bundle`,
    ]);
  });

  it("what runs applied is told of, with its instant, and an order only once", async () => {
    await setFields(farm, id, ["release=4.1.8", "emergency=Lücke in 4.1.7"], {
      ticket: "4715",
      by: "Frau Sommer",
    });
    await up();
    const applied = readApplied("lab").filter(({ tenant }) => tenant === id);
    expect(applied.map(({ kind }) => kind)).toEqual([
      ...["domain", "domain", "domain"],
      ...["release", "settings"],
    ]);
    expect(applied.at(-1)).toMatchObject({ keys: ["citizens.modules.minutes"] });
    expect(applied.at(-2)).toMatchObject({ from: "4.1.7", to: "4.1.8" });
    for (const { at } of applied) expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(600_000);
    // All of it was written down by the runs themselves; a look at the state finds nothing new.
    expect(await noteApplied("lab", await readState("lab", { project, env: lab.env }))).toEqual([]);
    expect(readApplied("lab").some(({ tenant }) => tenant === tenantId(0))).toBe(false);

    const loaded = await farm.load();
    const tenants = loaded.tenants.filter((each) => each.id === id);
    const seen = await lookAtApplied(tenants, { stack: "lab", farm: loaded });
    const noted = { deeds: [], applied: seen.filter(({ tenant }) => tenant === id) };
    const month = monthOf(new Date());
    const told = tenants.flatMap((each) => changeEvidence(each, noted, month, loadParameterLabels()));
    const texts = told.map((change) => `${change.ticket ?? "–"} ${changeText(change)}`);
    expect(texts.filter((text) => /Release|Niederschriften/.test(text))).toEqual([
      expect.stringMatching(/^4712 Vorgabe des Auftraggebers: Niederschriften .*, umgesetzt am /),
      expect.stringMatching(
        /^4715 Vorgabe des Auftraggebers: Release \(release\): ALLRIS net 4\.1\.8 \(vorher 4\.1\.7\), umgesetzt am /,
      ),
    ]);
    // Nobody ordered the first domain and the last.
    expect(texts.filter((text) => text.includes("Andere Domain"))).toHaveLength(2);
    expect(texts.find((text) => text.startsWith("4710"))).toContain(
      "Weitere Domains (aliases): rat-wiesenau",
    );
    // The larger machine still waits for its window.
    expect(texts.find((text) => text.startsWith("4711"))).toBe(
      "4711 Vorgabe des Auftraggebers: Größe des Servers (size)",
    );
  });

  it("the command itself, with its exit codes and its JSON", async () => {
    const command = (...args: string[]) => {
      const all = [join(checkout, "cli", "main.ts"), "tenant", ...args];
      return tryRun(process.execPath, all, { env: lab.env, timeout: 60_000 });
    };
    const list = await command("list", "--json");
    const ids = (JSON.parse(list.stdout) as { id: string }[]).map(({ id: each }) => each);
    expect(ids).toEqual(["amt-seenplatte-nord", "hohenbrueck", "landkreis-auental"]);
    const change = ["set", "hohenbrueck", "citizens.modules.minutes=false", "--ticket", "1", "--by", "A B"];
    const set = JSON.parse((await command(...change, "--dry-run", "--json")).stdout);
    expect(set).toMatchObject({
      written: false,
      needsWindow: false,
      answer: expect.stringContaining("Niederschriften"),
    });
    const missing = await command("new", "--yes", "--name", "Stadt Brückow");
    expect([missing.code, missing.stdout]).toEqual([1, ""]);
    expect(missing.stderr).toMatch(/answers are missing[\s\S]*--domain, .*--email, --contract, /);
    expect((await command("set", "hohenbrueck", "x=1")).code).toBe(2);
  });
});
