import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drainHost } from "../../../cli/host-drain.ts";
import { readShortOutages } from "../../../cli/sla/short-outages.ts";
import { FarmError } from "../../../lib/farm-error.ts";
import { tenantTag } from "../../../model/plan.ts";
import { envelopeTenants } from "../../../model/preview/envelope-tenants.ts";
import { shortOutagesCell } from "../../../model/preview/words.ts";
import { winter } from "../model/foresight/months.ts";
import { DrainScene } from "./drain-scene.ts";
import { down, type MeasuredFarm, measuredFarm } from "./measured-farm.ts";

let scene: MeasuredFarm;

beforeAll(async () => {
  scene = await measuredFarm("2026-12-02T12:00", [
    ...down("hohenbrueck", "2026-12-02T08:00", "2026-12-02T08:02"),
    ...down("hohenbrueck", "2026-12-02T10:00", "2026-12-02T10:02"),
    // The week's first day lies in the month before.
    ...down("hohenbrueck", "2026-11-30T09:00", "2026-11-30T09:01"),
  ]);
});
afterAll(() => scene.remove());

function read(at: string, tenants?: readonly string[]) {
  return readShortOutages({
    ...{ stack: "lab", folder: scene.farm.folder, measurements: scene.measurements },
    farm: () => scene.farm.load(),
    at: new Date(winter(at)),
    ...(tenants === undefined ? {} : { tenants }),
  });
}

describe("short outages of the day and the week", () => {
  test("are those of everybody who was measured, the week over the month's end", async () => {
    const known = await read("2026-12-02T12:00");
    expect(known.known && [...known.of]).toEqual([
      ["amt-seenplatte-nord", { today: 0, week: 0, next: "excused" }],
      ["hohenbrueck", { today: 2, week: 3, next: "counts" }],
    ]);
  });

  test("are not known of a time that lies ahead, or of a VM's tag that names nobody", async () => {
    const later = await read("2026-12-04T20:00");
    expect(later.known && later.of.size).toBe(0);
    const nobody = await read("2026-12-02T12:00", ["gone", "hohenbrueck"]);
    expect(nobody.known && [...nobody.of.keys()]).toEqual(["hohenbrueck"]);
  });

  test("do not stop what only wants to show them", async () => {
    const failing = async () => {
      throw new FarmError({ what: "A tenant file has problems" });
    };
    const scope = { stack: "lab", folder: scene.farm.folder, at: new Date() };
    expect(await readShortOutages({ ...scope, farm: failing })).toEqual({
      known: false,
      why: "A tenant file has problems",
    });
    expect(
      await readShortOutages({ ...scope, farm: () => scene.farm.load(), measurements: "/nowhere/at/all" }),
    ).toEqual({ known: false, why: "The measurements cannot be read" });
  });
});

test("a preview's table has them, marked where one more makes all count", async () => {
  const known = await read("2026-12-02T12:00");
  const tenants = envelopeTenants(await scene.farm.load(), new Set(), known.known ? known.of : new Map());
  expect(tenants.map((tenant) => [tenant.id, shortOutagesCell({ tenant })])).toEqual([
    ["amt-seenplatte-nord", "0/2 today, 0/3 this week"],
    ["hohenbrueck", "⚠ 2/2 today, 3/3 this week"],
    ["landkreis-auental", "–"],
  ]);
});

test("a drain says them before the first move, of whom it moves alone", async () => {
  const drain = await DrainScene.start();
  try {
    await drain.boot("a", "xcp-nord-2", 1, [tenantTag("hohenbrueck")]);
    await drain.boot("b", "xcp-nord-2", 1, [tenantTag("landkreis-auental")]);
    await drain.boot("c", "xcp-nord-1", 1, [tenantTag("amt-seenplatte-nord")]);
    const shortOutages = (tenants: readonly string[]) => read("2026-12-02T12:00", tenants);
    const result = await drainHost(await drain.pool(), "xcp-nord-2", { ...drain.scope(), shortOutages });
    expect(drain.said.slice(0, 3)).toEqual([
      "hohenbrueck: short outages 2/2 today, 3/3 this week: with one more, all of them count",
      "landkreis-auental: short outages not measured",
      "xcp-nord-2 takes no more VMs",
    ]);
    expect(result.complete).toBe(true);
    expect(result.shortOutages).toEqual({ hohenbrueck: { today: 2, week: 3, next: "counts" } });
  } finally {
    await drain.close();
  }
});
