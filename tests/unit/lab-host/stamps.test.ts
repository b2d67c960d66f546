import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LabPlaces, labPlaces } from "../../../lab/lab-file.ts";
import {
  checkStateMatches,
  countResources,
  deleteMeasurements,
  deleteState,
  stamp,
} from "../../../lab/lifecycle/stamps.ts";
import { FarmError } from "../../../lib/farm-error.ts";

let places: LabPlaces;

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function state(...path: string[]): string {
  return join(places.farm, "state", ".pulumi", ...path);
}

const full = JSON.stringify({
  version: 3,
  checkpoint: {
    stack: "lab",
    latest: {
      resources: [
        { type: "pulumi:pulumi:Stack" },
        { type: "pulumi:providers:xenorchestra", custom: true },
        { type: "farm:index:TenantSite", custom: false },
        { type: "xenorchestra:index:Vm", custom: true },
      ],
    },
  },
});

beforeEach(() => {
  places = labPlaces(mkdtempSync(join(tmpdir(), "stamps-")));
});
afterEach(() => rmSync(places.farm, { recursive: true }));

describe("the lab's data and the stack's state belong together", () => {
  test("only what lies outside the engine counts as a resource", () => {
    expect(countResources(full)).toBe(1);
    expect(countResources(JSON.stringify({ version: 3, checkpoint: { latest: null } }))).toBe(0);
    expect(countResources("{}")).toBe(0);
  });

  test("a new lab, and one whose state and data bear the same stamp, may start", () => {
    expect(() => checkStateMatches(places)).not.toThrow();
    const id = stamp(places);
    put(state("stacks", "allris-farm", "lab.json"), full);
    expect(() => checkStateMatches(places)).not.toThrow();
    expect(stamp(places)).toBe(id);
  });

  test("state without data is refused, with the choice named", () => {
    put(state("stacks", "allris-farm", "lab.json"), full);
    expect(() => checkStateMatches(places)).toThrow(FarmError);
    expect(() => checkStateMatches(places)).toThrow(
      /has 1 resources, but the lab's data is missing[\s\S]*\.\/farm lab reset/,
    );
  });

  test("data of one simulator missing or of another lab is refused by its name", () => {
    stamp(places);
    put(state("stacks", "allris-farm", "lab.json"), full);
    writeFileSync(join(places.lab, "cloudflare", "lab-id"), "another\n");
    expect(() => checkStateMatches(places)).toThrow("Cloudflare's data belongs to another lab");
    rmSync(join(places.lab, "xo"), { recursive: true });
    expect(() => checkStateMatches(places)).toThrow("Xen Orchestra's data is missing");
  });

  test("data without state goes on under the stamp that it has", () => {
    const id = stamp(places);
    rmSync(join(places.farm, "state"), { recursive: true });
    expect(() => checkStateMatches(places)).not.toThrow();
    expect(stamp(places)).toBe(id);
    expect(readFileSync(join(places.farm, "state", "lab-id"), "utf8").trim()).toBe(id);
  });

  test("deleting the state takes the stack lab and no other", () => {
    const gone = [
      state("stacks", "allris-farm", "lab.json"),
      state("stacks", "allris-farm", "lab.json.bak"),
      state("stacks", "allris-farm", "lab.json.attrs"),
      state("backups", "allris-farm", "lab", "lab.1.json"),
      state("history", "allris-farm", "lab", "lab-1.history.json"),
      state("locks", "organization", "allris-farm", "lab", "lock.json"),
    ];
    const kept = [
      state("stacks", "allris-farm", "prod.json"),
      state("history", "allris-farm", "prod", "x.json"),
    ];
    for (const path of [...gone, ...kept]) put(path, full);
    deleteState(places);
    expect(gone.filter(existsSync)).toEqual([]);
    expect(kept.filter((path) => !existsSync(path))).toEqual([]);
  });

  test("the probers' raw logs of a lab and its shards go with it, those of other farms stay", () => {
    const log = (farm: string): string =>
      join(places.farm, "measurements", farm, "rand-1", "2026-11-26.jsonl");
    deleteMeasurements(places);
    for (const farm of ["lab", "lab-nord", "labor", "prod"]) put(log(farm), "{}\n");
    deleteMeasurements(places);
    expect(["lab", "lab-nord", "labor", "prod"].filter((farm) => existsSync(log(farm)))).toEqual([
      "labor",
      "prod",
    ]);
  });
});
