import { linkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { newTenantText, readTenantText } from "../../loading/tenant-text.ts";
import { findSlot, planBackupSlots } from "../../model/backup-slot.ts";
import type { DomainFinding } from "../../model/domain-findings.ts";
import { findTenant } from "../../model/find-tenant.ts";
import { FarmProblems, formatField, type Problem } from "../../model/problems.ts";
import { type SiteResource, siteResources } from "../../model/site-resources.ts";
import type { Tenant } from "../../model/tenant.ts";
import type { TenantInput } from "../../model/tenant-input.ts";
import type { PoolRoom } from "../../model/tenant-proposals.ts";
import {
  type Answers,
  inputOf,
  type Question,
  type QuestionScene,
  questions,
  refusalOf,
} from "../../model/tenant-questions.ts";
import { checkDomain, findingLines } from "./domain-check.ts";
import type { OpenFarm } from "./open-farm.ts";
import { findRooms } from "./pool-room.ts";
import { approve, interview, type Terminal } from "./wizard.ts";

/** Where the answers for a new tenant file come from. */
export interface Source {
  /** Said on the command line, by the names of the questions. */
  readonly given: Answers;
  /** Whether proposals are taken for what is not said. @default false */
  readonly proposals?: true;
  /** Whoever is asked for the rest. @default - nobody */
  readonly terminal?: Terminal;
}

/** A new tenant file before it is written. */
export interface NewTenant {
  readonly tenant: Tenant;
  /** "tenants/<id>.ts". */
  readonly file: string;
  readonly text: string;
  /** What the DNS says of its domain. */
  readonly findings: readonly DomainFinding[];
  readonly resources: readonly SiteResource[];
  /** Start of its backup by the clock in Berlin. */
  readonly slot: string;
  /** The room in its pool before it comes. @default - the pool is not known */
  readonly room?: PoolRoom;
}

/**
 * Puts a tenant file together from answers, checked against every other file.
 * @throws FarmError that names every option that is missing or wrong; FarmProblems when the farm does not fit with it
 */
export async function draftTenant(
  open: OpenFarm,
  { given, proposals, terminal }: Source,
  { dns, say }: { readonly dns: boolean; readonly say: (line: string) => void },
): Promise<NewTenant> {
  const farm = await open.load();
  const scene: QuestionScene = { farm, rooms: await findRooms(farm, open, say) };
  refuseWrong(given);
  const check = (answers: Answers, question: Question): Promise<string | undefined> =>
    problemWith(open, answers, question, scene);
  const answers =
    terminal === undefined
      ? propose(given, scene, proposals === true)
      : await interview({ scene, given, check }, terminal);
  const text = newTenantText(inputOf(answers, scene) as unknown as TenantInput);
  const file = `tenants/${answers["id"]}.ts`;
  if (farm.tenants.some(({ id }) => id === answers["id"])) throw isThere(file);
  const draft = await open.load([{ file, value: readTenantText(text, file) }]);
  const tenant = findTenant(draft.tenants, String(answers["id"]));
  const findings = dns ? await checkDomain(tenant, draft.settings, open) : [];
  const slot = findSlot(planBackupSlots(draft.tenants, draft.settings.backup), tenant.id).at;
  if (terminal !== undefined) {
    const lines = findings.length === 0 ? "" : `\nThe domain:\n${findingLines(findings)}\n`;
    const body = `${text}\nBackup at ${slot} every night.\n${lines}`;
    await approve({ title: file, body, question: "Write this file?" }, terminal);
  }
  const room = scene.rooms.find(({ pool }) => pool === tenant.pool);
  return {
    ...{ tenant, file, text, findings, slot, resources: siteResources(tenant, draft.settings) },
    ...(room === undefined ? {} : { room }),
  };
}

/**
 * Writes the file, whole or not at all.
 * @throws FarmError when there is one of its name: nothing is ever overwritten
 */
export async function writeTenant({ folder }: Pick<OpenFarm, "folder">, drafted: NewTenant): Promise<void> {
  const { file, text, tenant } = drafted;
  const path = join(folder, `${tenant.id}.ts`);
  // Files that begin with a dot are no tenant files: half a file is never found.
  const draft = join(folder, `.${tenant.id}.${process.pid}.draft`);
  writeFileAtomic(draft, text);
  try {
    linkSync(draft, path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw isThere(file);
    throw new FarmError(
      { what: "The tenant file cannot be written", where: file, why: messageOf(error) },
      { cause: error },
    );
  } finally {
    rmSync(draft, { force: true });
  }
}

function isThere(file: string): FarmError {
  return new FarmError({
    what: "There is an administration of this id already; its file stays as it is",
    where: file,
    next: "give the new one another --id, or change the one that is there: ./farm tenant set",
  });
}

/** All options that their own fields refuse, in one error. */
function refuseWrong(given: Answers): void {
  const wrong = questions.flatMap((question) => {
    const answer = given[question.name];
    const refusal = answer === undefined ? undefined : refusalOf(question, answer);
    return refusal === undefined ? [] : [`--${question.name} ${refusal}`];
  });
  if (wrong.length > 0) throw new FarmError({ what: wrong.join("\n"), next: "./farm tenant new --help" });
}

/** Answers without anybody to ask. @throws FarmError that names what nothing can be proposed for */
function propose(given: Answers, scene: QuestionScene, proposals: boolean): Answers {
  const answers: Record<string, string> = { ...given };
  const missing: Question[] = [];
  for (const question of questions) {
    if (given[question.name] !== undefined || question.needless?.(answers) === true) continue;
    const proposal = proposals ? question.propose?.(answers, scene) : question.standard;
    if (proposal !== undefined) answers[question.name] = proposal;
    else if (question.optional !== true) missing.push(question);
  }
  if (missing.length === 0) return answers;
  throw new FarmError({
    what: `${missing.length} ${missing.length === 1 ? "answer is" : "answers are"} missing and nobody is there to be asked`,
    where: missing.map(({ name }) => `--${name}`).join(", "),
    why: missing.map(({ name, ask }) => `--${name}: ${ask}`).join("\n         "),
    next: proposals ? "say them" : "say them, or --yes to take what can be proposed",
  });
}

/** What all files together say against the answer that was just given. */
async function problemWith(
  open: OpenFarm,
  answers: Answers,
  { path }: Question,
  scene: QuestionScene,
): Promise<string | undefined> {
  const id = answers["id"] ?? "draft";
  const file = `tenants/${id}.ts`;
  if (String(path[0]) === "id" && scene.farm.tenants.some((tenant) => tenant.id === id)) {
    return `There is ${file} already`;
  }
  try {
    await open.load([{ file, value: { id, ...inputOf(answers, scene) } }]);
    return undefined;
  } catch (error) {
    if (!(error instanceof FarmProblems)) throw error;
    const field = formatField(path);
    const about = ({ file: named, field: at }: Problem): boolean =>
      named === file && (at === field || at.startsWith(`${field}.`) || at.startsWith(`${field}[`));
    const problem = error.problems.find((each) => about(each) && each.why !== "is missing");
    if (problem === undefined) return undefined;
    return `It ${problem.why}${problem.hint === undefined ? "" : ` (${problem.hint})`}`;
  }
}
