import type { Environment } from "./environment.ts";
import { resolveEnvironment } from "./environment.ts";
import { type FieldProblem, readFields } from "./fields.ts";
import { toPlain } from "./plain.ts";
import { FarmProblems, type FieldPath, formatField, type Problem } from "./problems.ts";
import type { Report } from "./rules.ts";
import type { Settings } from "./settings.ts";
import { checkSettings, type SettingsFields } from "./settings-rules.ts";
import { settingsShape } from "./settings-schema.ts";
import type { Tenant } from "./tenant.ts";
import { checkTenant, type TenantFields } from "./tenant-rules.ts";
import { tenantShape } from "./tenant-schema.ts";
import { findCollisions, type ReadTenant } from "./unique.ts";

/** A tenant file as it was found: its exported value, or why there is none. */
export type TenantFile =
  | { readonly file: string; readonly value: unknown }
  | { readonly file: string; readonly failure: string };

/** What a run begins with. */
export interface FarmInput {
  /** The object below `allris-farm:settings`. */
  readonly settings: unknown;
  /** Where the settings stand, for the report. @default - "stack settings" */
  readonly settingsFile?: string;
  /** Every tenant file that there is. */
  readonly tenants: readonly TenantFile[];
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
  /** The instant of the run. */
  readonly at: Date;
}

/**
 * Parses settings and tenants and checks them against each other.
 * @throws FarmProblems with every problem of every file; nothing else, whatever the input is
 */
export function parseFarm(input: FarmInput): Farm {
  const problems: Problem[] = [];
  const settings = readSettings(input, problems);
  if (input.tenants.length === 0) {
    problems.push({
      file: "tenants/",
      field: "",
      why: "holds no tenant file; a farm without any is never planned",
    });
  }
  const read = input.tenants.map((tenant) => readTenant(tenant, settings, problems));
  problems.push(...findCollisions(read));
  if (problems.length > 0) throw new FarmProblems(problems);
  // Without a problem every required field is there: the readers report each one that is not.
  const complete = settings as Settings;
  const tenants = read.map(({ file, fields }) => finish(file, fields as CompleteFields, complete));
  return { settings: complete, tenants: tenants.sort(byId), at: input.now };
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

function readTenant(tenant: TenantFile, settings: SettingsFields, problems: Problem[]): ReadTenant {
  const { file } = tenant;
  const report = reporter(file, problems);
  if ("failure" in tenant) {
    report([], tenant.failure);
    return { file, fields: {} };
  }
  const plain = toPlain(tenant.value);
  const read = readFields(tenantShape, plain.value);
  note(report, plain.problems, read.problems);
  checkTenant(file, read.fields, settings, report);
  return { file, fields: read.fields };
}

/** Reports both kinds; what a field lacks only because it could not be read at all is not said twice. */
function note(report: Report, first: readonly FieldProblem[], then: readonly FieldProblem[]): void {
  const fields = first.map((problem) => formatField(problem.path));
  const follows = ({ path }: FieldProblem) => {
    const field = formatField(path);
    return fields.some((unread) => unread === field || unread === "");
  };
  for (const { path, why, hint } of [...first, ...then.filter((problem) => !follows(problem))]) {
    report(path, why, hint);
  }
}

function reporter(file: string, problems: Problem[]): Report {
  return (path: FieldPath, why: string, hint?: string) => {
    problems.push({ file, field: formatField(path), why, ...(hint === undefined ? {} : { hint }) });
  };
}

function finish(file: string, fields: CompleteFields, settings: Settings): Tenant {
  const { id, name, ags, size, contact, contract } = fields;
  return {
    ...fields,
    file,
    bodies: fields.bodies ?? [{ id, name, ...(ags === undefined ? {} : { ags }) }],
    size: typeof size === "string" ? settings.sizes[size] : size,
    contract: { ...contract, noticeRecipients: contract.noticeRecipients ?? [contact.email] },
  };
}

function byId(a: Tenant, b: Tenant): number {
  return a.id < b.id ? -1 : 1;
}
