import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError } from "../../lib/farm-error.ts";
import { type LabPlaces, labPlaces } from "../lab-file.ts";
import { cloudflareData, xoData } from "../services/simulators.ts";

const stack = "lab";

/** Where the engine keeps what belongs to stacks; below each, the stack's own part carries its name. */
function stateParts(places: LabPlaces): { folder: string; own: RegExp }[] {
  const pulumi = join(places.farm, "state", ".pulumi");
  return [
    { folder: join(pulumi, "stacks"), own: new RegExp(`^${stack}\\.json(\\..+)?$`) },
    ...["backups", "history", "locks"].map((name) => ({
      folder: join(pulumi, name),
      own: new RegExp(`^${stack}$`),
    })),
  ];
}

function findOwn(folder: string, own: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (own.test(entry.name)) return [path];
    return entry.isDirectory() ? findOwn(path, own) : [];
  });
}

/** State files of the stack `lab`. */
function stateFiles(places: LabPlaces): string[] {
  return stateParts(places)
    .slice(0, 1)
    .flatMap(({ folder, own }) => findOwn(folder, own))
    .filter((path) => basename(path) === `${stack}.json`);
}

/** How many things outside the engine a state file knows: providers and the stack itself are its own. */
export function countResources(state: string): number {
  const parsed = JSON.parse(state) as {
    checkpoint?: { latest?: { resources?: { type?: string; custom?: boolean }[] } };
  };
  const resources = parsed.checkpoint?.latest?.resources ?? [];
  return resources.filter(({ type = "", custom }) => custom === true && !type.startsWith("pulumi:")).length;
}

function idFile(places: LabPlaces): string {
  return join(places.lab, "id");
}

/** The stamp beside the data that must belong together. */
function stampFiles(places: LabPlaces): { file: string; name: string }[] {
  return [
    { file: join(xoData(places), "lab-id"), name: "Xen Orchestra's data" },
    { file: join(cloudflareData(places), "lab-id"), name: "Cloudflare's data" },
  ];
}

function stateStamp(places: LabPlaces): string {
  return join(places.farm, "state", "lab-id");
}

function tryRead(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

/**
 * Refuses to go on when the stack's state speaks of resources that the simulators cannot know.
 * @throws FarmError that names the choice
 */
export function checkStateMatches(places: LabPlaces = labPlaces()): void {
  for (const file of stateFiles(places)) {
    const resources = countResources(readFileSync(file, "utf8"));
    const why = resources === 0 ? undefined : findMismatch(places);
    if (why === undefined) continue;
    throw new FarmError({
      what: `The stack's state has ${resources} resources, but ${why}`,
      where: file,
      why: "an update would take everything for deleted and build it again beside what is there",
      next: `either bring ${places.lab} back from where it went, or ./farm lab reset deletes the lab's data and this state together`,
    });
  }
}

function findMismatch(places: LabPlaces): string | undefined {
  const id = tryRead(idFile(places));
  if (id === undefined) return "the lab's data is missing";
  for (const { file, name } of stampFiles(places)) {
    const stamp = tryRead(file);
    if (stamp === undefined) return `${name} is missing`;
    if (stamp !== id) return `${name} belongs to another lab`;
  }
  const state = tryRead(stateStamp(places));
  return state === undefined || state === id ? undefined : "it belongs to another lab";
}

/** Marks the lab's data and the state as belonging together. Comes after checkStateMatches(). */
export function stamp(places: LabPlaces): string {
  mkdirSync(places.lab, { recursive: true });
  const id = tryRead(idFile(places)) ?? randomUUID();
  mkdirSync(join(places.farm, "state"), { recursive: true });
  for (const file of [idFile(places), ...stampFiles(places).map((entry) => entry.file), stateStamp(places)]) {
    mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
    if (tryRead(file) !== id) writeFileAtomic(file, `${id}\n`);
  }
  return id;
}

/** Deletes the state of the stack `lab` and of no other. */
export function deleteState(places: LabPlaces): void {
  for (const { folder, own } of stateParts(places)) {
    for (const path of findOwn(folder, own)) rmSync(path, { recursive: true, force: true });
  }
  rmSync(stateStamp(places), { force: true });
  // A restore that was under way belongs to that state.
  rmSync(join(places.farm, "restores", stack), { recursive: true, force: true });
}

/**
 * Deletes the probers' raw logs of a lab and of no other farm: the next lab's probers begin new ones, and nothing is added
 * to a log that does not go on.
 */
export function deleteMeasurements(places: LabPlaces): void {
  const folder = join(places.farm, "measurements");
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name === stack || name.startsWith(`${stack}-`)) rmSync(join(folder, name), { recursive: true });
  }
}
