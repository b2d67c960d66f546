import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { startLoad } from "../support/load.ts";
import { editTenant, engine, plan, restoreTenant, up } from "../support/project.ts";

const id = "hohenbrueck";
const domain = "ratsinfo.hohenbrueck.example";

/** What the navigation of the citizens' pages names. */
async function navigation(): Promise<readonly string[]> {
  const { status, body } = await visit(readLab(), domain, "/public/");
  if (status !== 200) throw new Error(`the start page answers ${status}`);
  const [, list = ""] = /<nav aria-label="Hauptnavigation">(.*?)<\/nav>/s.exec(body) ?? [];
  return [...list.matchAll(/<a [^>]*>([^<]+)<\/a>/g)].map(([, name = ""]) => name);
}

async function statusOf(path: string): Promise<number> {
  return (await visit(readLab(), domain, path)).status;
}

describe("a changed parameter", () => {
  it("is shown by the preview, and by nothing on the site yet", async () => {
    editTenant(id, "citizens: {", "citizens: {\n      modules: { factions: false, map: true },");
    const steps = await plan();
    expect(steps.map(({ op, name }) => `${op} ${name}`).sort()).toEqual([
      "update hohenbrueck-apply",
      "update hohenbrueck-bundle",
    ]);
    const shown = (await engine(["preview"])).stdout;
    const lines = shown.match(/^ +\S+: .* → .*$/gm)?.map((line) => line.trim());
    // Only what differs, each by its key in the tenant file.
    expect(lines).toEqual([
      "citizens.modules.factions: true (default) → false",
      "citizens.modules.map: false (default) → true",
    ]);
    expect(await navigation()).toContain("Fraktionen");
  });

  it("reaches the pages without losing a request of fifty a second", async () => {
    expect(await navigation()).not.toContain("Karte");
    expect(await statusOf("/public/fr010")).toBe(200);
    expect(await statusOf("/public/kt010")).toBe(403);

    const load = startLoad(domain, { path: "/public/" });
    await sleep(2000);
    await up();
    await sleep(2000);
    const report = await load.stop();

    const rate = report.answered / report.seconds;
    process.stderr.write(
      `parameter: ${report.answered} answers in ${report.seconds.toFixed(1)} s, ${rate.toFixed(1)} a second, ${report.repeated} repeated\n`,
    );
    expect(report.lost).toEqual([]);
    expect(rate).toBeGreaterThanOrEqual(40);

    const names = await navigation();
    expect(names).not.toContain("Fraktionen");
    expect(names).toContain("Karte");
    expect(await statusOf("/public/fr010")).toBe(403);
    expect(await statusOf("/public/kt010")).toBe(200);
    expect(await plan()).toEqual([]);
  });

  it("goes back with its file", async () => {
    restoreTenant(id);
    await up();
    const names = await navigation();
    expect(names).toContain("Fraktionen");
    expect(names).not.toContain("Karte");
    expect(await statusOf("/public/fr010")).toBe(200);
    expect(await plan()).toEqual([]);
  });
});
