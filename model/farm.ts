import type { Assets } from "./allrisnet/assets.ts";
import { completeAllrisnet, readParts } from "./allrisnet/read.ts";
import { refusals } from "./allrisnet/refusals.ts";
import type { Release } from "./allrisnet/release.ts";
import { findMisfits } from "./allrisnet/release-plan.ts";
import { readReleases, unknownRelease } from "./allrisnet/release-rules.ts";
import { checkAllrisnet } from "./allrisnet/rules.ts";
import { findSlotProblem } from "./backup-slot.ts";
import type { Environment } from "./environment.ts";
import { resolveEnvironment } from "./environment.ts";
import { readFields } from "./fields.ts";
import { type FoundFile, note, readFound, reporter } from "./found-file.ts";
import { isPlainObject, toPlain } from "./plain.ts";
import { FarmProblems, formatField, type Problem, sortProblems } from "./problems.ts";
import type { Report } from "./rules.ts";
import type { Settings } from "./settings.ts";
import { checkSettings, type SettingsFields } from "./settings-rules.ts";
import { settingsShape } from "./settings-schema.ts";
import { findShardProblems } from "./shards.ts";
import type { Tenant } from "./tenant.ts";
import { checkTenant, type TenantFields } from "./tenant-rules.ts";
import { tenantShape } from "./tenant-schema.ts";
import { addDays } from "./traffic-calendar.ts";
import { findCollisions, type ReadTenant } from "./unique.ts";
import type { Concerned, MaintenanceWindow } from "./window.ts";
import { readWindows } from "./window-rules.ts";

/** A tenant file as it was found. */
export type TenantFile = FoundFile;

/** What a run begins with. */
export interface FarmInput {
  /** The object below `allris-farm:settings`. */
  readonly settings: unknown;
  /** Where the settings stand, for the report. @default - "stack settings" */
  readonly settingsFile?: string;
  /** Every tenant file that there is. */
  readonly tenants: readonly TenantFile[];
  /** Every release file that there is. @default - not looked at */
  readonly releases?: readonly FoundFile[];
  /** Every window file that there is. @default - none */
  readonly windows?: readonly FoundFile[];
  /** The files of `maintenance/notices/`: what became of the letters about windows. @default - none */
  readonly notices?: readonly FoundFile[];
  /** The files of `assets/`. @default - not looked at */
  readonly assets?: Assets;
  /** Where `{ env: "NAME" }` in the settings is looked up. */
  readonly environment: Environment;
  /** The instant of the run. */
  readonly now: Date;
}

/** Everything that a run works with, checked as a whole. */
export interface Farm {
  readonly settings: Settings;
  /** Sorted by id. */
  readonly tenants: readonly Tenant[];
  /** The releases of ALLRIS net that may be installed, oldest first. */
  readonly releases: readonly Release[];
  /** Maintenance windows, past ones too, by their start. */
  readonly windows: readonly MaintenanceWindow[];
  /** The instant of the run. */
  readonly at: Date;
  /** What should be looked after and stops nothing, sorted. */
  readonly warnings: readonly Problem[];
}

/**
 * Parses settings and tenants and checks them against each other.
 * @throws FarmProblems with every problem of every file; nothing else, whatever the input is
 */
export function parseFarm(input: FarmInput): Farm {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const settings = readSettings(input, problems);
  if (input.tenants.length === 0) {
    problems.push({
      file: "tenants/",
      field: "",
      why: "holds no tenant file; a farm without any is never planned",
    });
  }
  const read = input.tenants.map((tenant) => readTenant(tenant, input, settings, { problems, warnings }));
  problems.push(...findCollisions(read));
  problems.push(...slotProblems(input, settings));
  const assigned = read.map(({ file, fields: { id, pool } }) => ({
    file,
    ...(id !== undefined && { id }),
    ...(pool !== undefined && { pool }),
  }));
  problems.push(
    ...findShardProblems(assigned, settings.shards ?? {}, input.settingsFile ?? "stack settings"),
  );
  const { releases, versions } = readReleases(input.releases, problems);
  problems.push(...read.flatMap((tenant) => releaseProblems(tenant, releases, versions)));
  const scope = {
    tenants: concerned(read),
    at: input.now,
    notices: input.notices ?? [],
    ...(settings.stage && { stage: settings.stage }),
  };
  const windows = readWindows(input.windows ?? [], scope, problems, warnings);
  if (problems.length > 0) throw new FarmProblems(problems);
  // Without a problem every required field is there: the readers report each one that is not.
  const complete = settings as Settings;
  const tenants = read.map(({ file, fields }) => finish(file, fields as CompleteFields, complete));
  return {
    settings: complete,
    tenants: tenants.sort(byId),
    releases,
    windows,
    at: input.now,
    warnings: sortProblems(warnings),
  };
}

type OptionalField = "ags" | "bodies" | "address6";
type CompleteFields = Required<Omit<TenantFields, OptionalField>> & Pick<TenantFields, OptionalField>;

function readSettings(input: FarmInput, problems: Problem[]): SettingsFields {
  const file = input.settingsFile ?? "stack settings";
  const plain = toPlain(input.settings);
  const resolved = resolveEnvironment(plain.value, input.environment);
  const read = readFields(settingsShape, resolved.value);
  // A value of the environment is never repeated: it may be a secret that stands in the wrong place.
  const report: Report = (path, why, hint) => {
    const variable = resolved.sources.get(formatField(path));
    reporter(file, problems)(path, why, variable === undefined ? hint : `the value of ${variable}`);
  };
  note(report, [...plain.problems, ...resolved.problems], read.problems);
  // What is missing only for want of a variable is no reason for further problems.
  const unread = new Set([...plain.problems, ...resolved.problems].map((problem) => String(problem.path[0])));
  const fields: SettingsFields = Object.fromEntries(
    Object.entries(read.fields).filter(([key]) => !unread.has(key)),
  );
  checkSettings(fields, report);
  return fields;
}

function readTenant(
  found: FoundFile,
  { assets, now }: FarmInput,
  settings: SettingsFields,
  { problems, warnings }: { readonly problems: Problem[]; readonly warnings: Problem[] },
): ReadTenant {
  const { file, fields, value, report } = readFound(found, tenantShape, problems, refusals);
  if ("failure" in found) return { file, fields };
  checkTenant(file, fields, settings, report);
  const parts = fields.allrisnet ?? readParts(isPlainObject(value) ? value["allrisnet"] : undefined);
  const below =
    (whole: Report): Report =>
    (path, why, hint) =>
      whole(["allrisnet", ...path], why, hint);
  const context = { now, stage: settings.stage, assets };
  checkAllrisnet(parts, context, below(report), below(reporter(file, warnings)));
  return { file, fields };
}

/** More administrations than backups that the night has room for. */
function slotProblems({ tenants, settingsFile }: FarmInput, { backup }: SettingsFields): readonly Problem[] {
  const problem = backup === undefined ? undefined : findSlotProblem(tenants.length, backup);
  if (problem === undefined) return [];
  return [{ file: settingsFile ?? "stack settings", field: "backup.concurrency", ...problem }];
}

/** A release that has no file, and parameters that it does not know. */
function releaseProblems(
  { file, fields }: ReadTenant,
  releases: readonly Release[],
  versions: readonly string[] | undefined,
): readonly Problem[] {
  const { allrisnet, kind, contact } = fields;
  if (allrisnet === undefined || versions === undefined) return [];
  const unknown = unknownRelease(allrisnet.release, versions);
  if (unknown !== undefined) return [{ file, field: "allrisnet.release", ...unknown }];
  if (kind === undefined || contact === undefined) return [];
  return findMisfits({ file, allrisnet: completeAllrisnet(allrisnet, { kind, contact }) }, releases);
}

/** What windows have to know of the administrations, as far as it could be read. */
function concerned(tenants: readonly ReadTenant[]): readonly Concerned[] {
  return tenants.flatMap(({ fields: { id, allrisnet, contract } }) =>
    id === undefined
      ? []
      : [{ id, allrisnet: { ring: allrisnet?.ring ?? "standard" }, ...(contract && { contract }) }],
  );
}

function finish(file: string, fields: CompleteFields, settings: Settings): Tenant {
  const { id, name, ags, size, contact, contract } = fields;
  return {
    ...fields,
    file,
    bodies: fields.bodies ?? [{ id, name, ...(ags === undefined ? {} : { ags }) }],
    size: typeof size === "string" ? settings.sizes[size] : size,
    contract: {
      ...contract,
      ...lastDay(fields),
      noticeRecipients: contract.noticeRecipients ?? [contact.email],
    },
    backup: { retention: { ...settings.backup.retention, ...fields.backup.retention } },
    allrisnet: completeAllrisnet(fields.allrisnet, { kind: fields.kind, contact }),
  };
}

/** Where no last day was agreed on, it is the one before the site was closed: what is closed is owed to nobody. */
function lastDay({ contract, lifecycle }: CompleteFields): Pick<Tenant["contract"], "endsOn"> {
  if (contract.endsOn !== undefined) return { endsOn: contract.endsOn };
  if (lifecycle?.state !== "terminating" || lifecycle.closed === undefined) return {};
  return { endsOn: addDays(lifecycle.closed.on, -1) };
}

function byId(a: Tenant, b: Tenant): number {
  return a.id < b.id ? -1 : 1;
}
