import { rmSync } from "node:fs";
import { join } from "node:path";
import { FarmError } from "../../lib/farm-error.ts";
import { checkout } from "../../lib/paths.ts";
import { parseDate } from "../../model/plain-date.ts";
import { tellOpenReport } from "../../model/report/open-report.ts";
import { dayOf, isDeleted, nextStep } from "../../model/termination.ts";
import { requireNoMove } from "../pool-move/journal.ts";
import type { RestoreScope } from "../restore-scope.ts";
import { type Closed, closeSite, exportFolder } from "./close.ts";
import { deleteSite, requireReady } from "./delete.ts";
import { archiveIncidents } from "./incidents.ts";
import { loadTermination } from "./journal.ts";
import { type WrittenReport, writeReport } from "./report.ts";
import { editTenantFile, tenantFile } from "./tenant-file.ts";

/** What somebody asks for. */
export interface TerminationWish {
  readonly orderedBy?: string;
  readonly since?: string;
  readonly deleteAfter?: string;
  /** Who deletes; without it nothing is deleted. */
  readonly deleteBy?: string;
  /** Asked before anything that visitors notice or that cannot be taken back; throws to leave it. */
  readonly confirm: (question: string) => Promise<void>;
  /** Loads the farm anew after its file was changed. */
  readonly reload: () => Promise<unknown>;
}

/** How far a termination has come. */
export interface TerminationResult {
  readonly tenant: string;
  /** What this call did. */
  readonly did: "ordered" | "closed" | "deleted" | "nothing";
  /** A sentence for people. */
  readonly text: string;
  /** What is to be done next. */
  readonly next: string;
  /** Folder of what the administration is handed over. @default - not exported yet */
  readonly export?: string;
  /** @default - nothing is deleted yet */
  readonly report?: WrittenReport;
}

/**
 * Does the next step of a site's end that is due, and no other. The tenant file says which are done, so that each is
 * reviewed like any other change.
 * @throws FarmError when a step fails; the same call again goes on
 */
export async function terminate(scope: RestoreScope, wish: TerminationWish): Promise<TerminationResult> {
  const next = nextStep(scope.tenant, new Date());
  const { id } = scope.tenant;
  requireNoMove(scope.stack, id, "ended");
  if (next.step !== "order" && (wish.orderedBy ?? wish.since ?? wish.deleteAfter) !== undefined) {
    throw new FarmError({
      what: `The end of ${id} is ordered already`,
      where: `${scope.tenant.file}: lifecycle`,
      next: "what was agreed on is changed in the file",
    });
  }
  switch (next.step) {
    case "order":
      return order(scope, wish);
    case "close":
      return close(scope, wish);
    case "serve":
      return wait(scope, wish, `the service runs on until ${next.until}`, next.until);
    case "keep":
      return wait(scope, wish, `its data is kept until ${next.until}`, next.until);
    case "delete":
      return wish.deleteBy === undefined
        ? { ...result(id, "nothing", `${id} may be deleted`), next: deleteCommand(scope) }
        : remove(scope, wish, wish.deleteBy);
  }
}

async function order({ tenant, stack }: RestoreScope, wish: TerminationWish): Promise<TerminationResult> {
  const { id } = tenant;
  const { orderedBy, deleteAfter, since = dayOf(new Date()) } = wish;
  if (orderedBy === undefined || deleteAfter === undefined) {
    throw new FarmError({
      what: `Nobody has ordered the end of ${id} yet`,
      why: "who ordered it and the day after which nothing is kept any more belong to the contract's papers",
      next: `./farm tenant terminate ${id} --ordered-by "Frau Sommer, letter of 2027-01-15" --delete-after 2027-03-31`,
    });
  }
  for (const [option, text] of Object.entries({ "--since": since, "--delete-after": deleteAfter })) {
    const read = parseDate(text);
    if (!read.ok) throw new FarmError({ what: `${option} ${read.why}`, where: text });
  }
  const lifecycle = { state: "terminating", since, deleteAfter, orderedBy };
  await editTenantFile(id, [{ path: ["lifecycle"], value: lifecycle }], wish.reload);
  const { endsOn } = tenant.contract;
  const then =
    endsOn === undefined ? "run this again" : `run this again after ${endsOn}, the last day of its service`;
  return {
    ...result(id, "ordered", `${id} ends: from the next up on nothing of it changes any more`),
    next: `commit tenants/${id}.ts and bring it up (./farm pulumi up -s ${stack}); then ${then}`,
  };
}

async function close(scope: RestoreScope, wish: TerminationWish): Promise<TerminationResult> {
  const { tenant, stack } = scope;
  const { id } = tenant;
  refuseEarly(wish, "it is not closed, saved and exported yet", id);
  await wish.confirm(
    `${id} is closed now: https://${tenant.domain} shows the page of the maintenance, its data is saved and exported, its certificate is taken back`,
  );
  const { lastArchive, exportSha256, certificate } = await closeSite(scope);
  const closed = { on: dayOf(new Date()), archive: lastArchive, export: exportSha256, certificate };
  await editTenantFile(id, [{ path: ["lifecycle", "closed"], value: closed }], wish.reload);
  const folder = exportFolder(stack, id);
  return {
    ...result(id, "closed", `${id} is closed, saved (${lastArchive}) and exported to ${folder}`),
    next: `commit tenants/${id}.ts and bring it up: that withdraws its names; hand ${folder} over`,
    export: folder,
  };
}

async function wait(
  { tenant }: RestoreScope,
  wish: TerminationWish,
  why: string,
  until: string,
): Promise<TerminationResult> {
  refuseEarly(wish, why, tenant.id);
  return { ...result(tenant.id, "nothing", `${tenant.id}: ${why}`), next: `run this again after ${until}` };
}

async function remove(scope: RestoreScope, wish: TerminationWish, by: string): Promise<TerminationResult> {
  const { tenant, stack, signal } = scope;
  const { id } = tenant;
  const journal = loadTermination(stack, id);
  if (journal.exportSha256 === undefined) {
    throw new FarmError({
      what: `What was written down of the end of ${id} is not on this machine, so nothing is deleted`,
      where: exportFolder(stack, id),
      next: "run this where the site was closed, or bring that folder here",
    });
  }
  const closed = journal as Closed;
  if (!isDeleted(tenant)) {
    await requireReady(scope, closed);
    const open = tellOpenReport(tenant, new Date());
    await wish.confirm(
      `${id}: its machine, its disks and every backup of it are deleted for good${open === undefined ? "" : `; ${open}`}`,
    );
    const deletion = { on: dayOf(new Date()), by };
    await editTenantFile(id, [{ path: ["lifecycle", "deletion"], value: deletion }], wish.reload);
  }
  signal.throwIfAborted();
  const record = await deleteSite(scope, closed, by);
  const report = writeReport(record);
  const left = record.checks.filter(({ found }) => found.length > 0);
  if (left.length > 0) {
    throw new FarmError({
      what: `Something of ${id} is still there`,
      where: left.map(({ what, found }) => `${what}: ${found.join(", ")}`).join("; "),
      next: `remove it, then run the command again; the report says so meanwhile: ${report.page}`,
    });
  }
  // Only now: as long as anything is there its file says whose it is.
  const ids = scope.farm.tenants.map((each) => each.id);
  const ended = await archiveIncidents(join(checkout, "incidents"), id, ids);
  rmSync(tenantFile(id));
  const moved = ended === undefined ? "" : ` and its incident files lie in incidents/ended/${id}/`;
  return {
    ...result(id, "deleted", `${id} is deleted; the report for the administration: ${report.page}`),
    next: `commit that tenants/${id}.ts is gone${moved}, and send the report`,
    report,
  };
}

function refuseEarly({ deleteBy }: TerminationWish, why: string, id: string): void {
  if (deleteBy === undefined) return;
  throw new FarmError({
    what: `${id} is not deleted yet`,
    why,
    next: `./farm tenant terminate ${id} without --delete does the step that is due`,
  });
}

function deleteCommand({ stack, tenant }: RestoreScope): string {
  return `./farm tenant terminate ${tenant.id} -s ${stack} --delete --by "<who deletes>"`;
}

function result(
  tenant: string,
  did: TerminationResult["did"],
  text: string,
): Pick<TerminationResult, "tenant" | "did" | "text"> {
  return { tenant, did, text };
}
