import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { Matters } from "../../../cli/incident/matters.ts";
import { archiveIncidents } from "../../../cli/terminate/incidents.ts";
import { checkout } from "../../../lib/paths.ts";
import { loadIncidents } from "../../../loading/incidents.ts";

const both = ["altdorf", "hohenbrueck"];

test("the incident files of an administration that ends stay as a record, and every other month can be computed", async () => {
  const root = mkdtempSync(join(tmpdir(), "farm-ended-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  symlinkSync(join(checkout, "model"), join(root, "model"));
  symlinkSync(join(checkout, "lib"), join(root, "lib"));
  const folder = join(root, "incidents");
  const matters = new Matters(both, folder);
  for (const [id, tenant] of Object.entries({ blitz: "altdorf", flut: "altdorf", sturm: "hohenbrueck" })) {
    matters.write({
      ...{ id, tenant, start: "2026-10-14T10:00:00+02:00", end: "2026-10-14T11:00:00+02:00" },
      objection: { from: "Frau Sommer", receivedAt: "2026-10-15T11:00:00+02:00", claim: "Seite war leer" },
    });
  }
  // Without it, the file of the one that is gone would be about nobody.
  await expect(loadIncidents(folder, ["hohenbrueck"])).rejects.toThrow(
    /is no administration of tenants[\s\S]*incidents\/ended\/altdorf/,
  );
  const ended = join(folder, "ended", "altdorf");
  expect(await archiveIncidents(folder, "altdorf", both)).toBe(ended);
  expect((await loadIncidents(folder, ["hohenbrueck"])).map(({ id }) => id)).toEqual(["sturm"]);
  expect(readdirSync(ended).sort()).toEqual(["blitz.ts", "flut.ts"]);
  const moved = (await import(/* @vite-ignore */ pathToFileURL(join(ended, "blitz.ts")).href)) as object;
  expect(Object.values(moved)).toMatchObject([{ id: "blitz", tenant: "altdorf" }]);
  expect(await archiveIncidents(folder, "altdorf", both)).toBeUndefined();
  expect(await archiveIncidents(join(root, "none"), "altdorf", both)).toBeUndefined();
  expect(existsSync(join(root, "none"))).toBe(false);
});
