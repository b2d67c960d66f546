import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import type { Ring } from "../model/allrisnet/allrisnet-input.ts";
import { type Release, tryFindRelease } from "../model/allrisnet/release.ts";
import { findMisfits, planRelease } from "../model/allrisnet/release-plan.ts";
import { unknownRelease } from "../model/allrisnet/release-rules.ts";
import type { Farm } from "../model/farm.ts";
import { FarmProblems, formatProblem } from "../model/problems.ts";
import type { Tenant } from "../model/tenant.ts";
import { editRelease } from "./release-edit.ts";
import type { SiteHealth } from "./release-health.ts";

/** Rings in the order in which they get a release. */
export const rings = ["pilot", "standard", "late"] as const satisfies readonly Ring[];

/** What is to be rolled. */
export interface RollOrder {
  readonly version: string;
  readonly ring: Ring;
  /** Written into the files as the reason why it does not wait for a window. @default - it waits */
  readonly emergency?: string;
}

/** What a roll works with. */
export interface RollScope {
  readonly farm: Farm;
  /** Folder of the tenant files. */
  readonly folder: string;
  /** Looks at the site of an administration of an earlier ring. */
  readonly examine: (tenant: Tenant, release: Release) => Promise<SiteHealth>;
}

/** What a roll did. */
export interface Roll extends RollOrder {
  /** The files that were changed. */
  readonly changed: readonly {
    readonly tenant: string;
    readonly file: string;
    readonly from: string;
    /** What the next run does about it. */
    readonly plan: string;
  }[];
  /** Ids whose files had the release already. */
  readonly already: readonly string[];
}

/**
 * Writes a release into the files of a ring: into all of them or, when something is wrong, into none.
 * @throws FarmError when the release or the ring is empty talk, or an earlier ring is not healthy on it;
 *   FarmProblems when parameters do not fit
 */
export async function rollRelease(order: RollOrder, { farm, folder, examine }: RollScope): Promise<Roll> {
  const release = findRelease(farm, order.version);
  const members = farm.tenants.filter(({ allrisnet }) => allrisnet.ring === order.ring);
  if (members.length === 0) {
    throw new FarmError({
      what: `There is no administration in the ring ${order.ring}`,
      where: "tenants/: allrisnet.ring",
      next: "./farm release list shows who is in which ring",
    });
  }
  const behind = members.filter(({ allrisnet }) => allrisnet.release !== order.version);
  const already = members.filter((tenant) => !behind.includes(tenant)).map(({ id }) => id);
  if (behind.length === 0) return { ...order, changed: [], already };
  await refuseUnhealthy(order, release, { farm, folder, examine });
  refuseLeftovers(order, behind);
  const wanted = behind.map((tenant) => ({ tenant, next: withOrder(tenant, order) }));
  const misfits = wanted.flatMap(({ next }) => findMisfits(next, farm.releases));
  if (misfits.length > 0) throw new FarmProblems(misfits);
  const edits = wanted.map(({ tenant, next }) => {
    const path = join(folder, basename(tenant.file));
    const text = editRelease(readFileSync(path, "utf8"), tenant.file, order);
    return { tenant, path, text, plan: planText(next, farm, tenant.allrisnet.release) };
  });
  for (const { path, text } of edits) writeFileAtomic(path, text, statSync(path).mode & 0o777);
  const changed = edits.map(({ tenant, plan }) => ({
    tenant: tenant.id,
    file: tenant.file,
    from: tenant.allrisnet.release,
    plan,
  }));
  return { ...order, changed, already };
}

function findRelease({ releases }: Farm, version: string): Release {
  const release = tryFindRelease(releases, version);
  if (release !== undefined) return release;
  const problem = unknownRelease(
    version,
    releases.map((each) => each.version),
  );
  throw new FarmError({
    what: `${version} ${problem?.why ?? "is no release"}`,
    where: "--release",
    ...(problem === undefined ? {} : { next: problem.hint }),
  });
}

/** A ring waits for all rings before it: they are there to find out what a release breaks. */
async function refuseUnhealthy(
  { ring, version }: RollOrder,
  release: Release,
  { farm, examine }: RollScope,
): Promise<void> {
  const before = rings.slice(0, rings.indexOf(ring));
  const earlier = farm.tenants.filter(({ allrisnet }) => before.some((each) => each === allrisnet.ring));
  const looks = await Promise.all(
    earlier.map(async (tenant): Promise<SiteHealth> => {
      const { release: own } = tenant.allrisnet;
      if (own === version) return examine(tenant, release);
      return { tenant: tenant.id, healthy: false, detail: `${tenant.file} says ${own}` };
    }),
  );
  const sick = looks.filter(({ healthy }) => !healthy);
  if (sick.length === 0) return;
  const lines = sick.map(({ tenant, detail }) => `  ${tenant}: ${detail}`);
  throw new FarmError({
    what: `The ring ${ring} waits: not every administration before it is healthy on ${version}\n${lines.join("\n")}`,
    why: `the rings go one after the other: ${rings.join(", ")}`,
    next: "bring those to run first; no file has been changed",
  });
}

/** A reason of last time would let this release run at once, which nobody asked for. */
function refuseLeftovers({ emergency }: RollOrder, tenants: readonly Tenant[]): void {
  const left = tenants.filter(({ allrisnet }) => allrisnet.emergency !== undefined);
  if (emergency !== undefined || left.length === 0) return;
  throw new FarmError({
    what: "An emergency of an earlier change is still written and would let this one run at once",
    where: left.map(({ file }) => `${file}: allrisnet.emergency`).join(", "),
    next: 'take it out, or say --emergency "<reason>"; no file has been changed',
  });
}

function withOrder(tenant: Tenant, { version, emergency }: RollOrder): Tenant {
  const allrisnet = { ...tenant.allrisnet, release: version };
  return { ...tenant, allrisnet: emergency === undefined ? allrisnet : { ...allrisnet, emergency } };
}

function planText(tenant: Tenant, farm: Farm, installed: string): string {
  const plan = planRelease(tenant, farm, installed);
  return plan.kind === "refused" ? plan.problems.map(formatProblem).join("\n") : plan.text;
}
