import type { PropertyChange, ResourceChange } from "./changes.ts";
import type { ImpactRule } from "./rule.ts";
import { backupRules } from "./rules-backup.ts";
import { certificateRules } from "./rules-certificate.ts";
import { dnsRules } from "./rules-dns.ts";
import { machineRules } from "./rules-machine.ts";
import { machineInputRules } from "./rules-machine-inputs.ts";
import { poolRules } from "./rules-pool.ts";
import { rolloutRules } from "./rules-rollout.ts";

/** What no other rule speaks of. What is not known is never called harmless. */
const otherwise: readonly ImpactRule[] = [
  {
    id: "unprotected",
    resource: "*",
    op: "unprotect",
    impact: "protection lifted",
    level: "danger",
    outage: 0,
    window: false,
    why: "Pulumi no longer refuses to delete or to replace it.",
  },
  {
    id: "new",
    resource: "*",
    op: "create",
    impact: "further resource",
    level: "calm",
    outage: 0,
    window: false,
    why: "It was not there before.",
  },
  {
    id: "imported",
    resource: "*",
    op: "import",
    impact: "taken over",
    level: "notice",
    outage: 0,
    window: false,
    why: "The state takes over what is there; outside nothing is changed by that.",
  },
  {
    id: "changed",
    resource: "*",
    op: "update",
    impact: "not judged",
    level: "notice",
    outage: 0,
    window: false,
    why: "No rule knows what this change does: look at it.",
  },
  {
    id: "replaced",
    resource: "*",
    op: "replace",
    impact: "replaced",
    level: "danger",
    outage: 0,
    window: false,
    why: "The old one goes, and no rule knows what goes with it: look at it.",
  },
  {
    id: "gone",
    resource: "*",
    op: "delete",
    impact: "deleted",
    level: "danger",
    outage: 0,
    window: false,
    why: "No rule knows what goes with it: look at it.",
  },
];

/** All rules in the order in which they are asked; the first one that fits counts. */
export const impactRules: readonly ImpactRule[] = [
  ...machineRules,
  ...machineInputRules,
  ...dnsRules,
  ...certificateRules,
  ...backupRules,
  ...poolRules,
  ...rolloutRules,
  ...otherwise,
];

/** A rule that fits a change, and the property for which it does. */
export interface Judgement {
  readonly change: ResourceChange;
  readonly rule: ImpactRule;
  /** @default - the whole resource */
  readonly property?: PropertyChange;
}

/** Components hold other resources together; nothing outside belongs to them. */
const components = /^(?:farm:|pulumi:pulumi:)/;

/**
 * What a change does, by the first rule that fits each property of it, and the resource itself.
 * @param site all changes of the same administration, or of the platform
 */
export function judge(change: ResourceChange, site: readonly ResourceChange[]): readonly Judgement[] {
  const lifted = change.unprotected ? [judged(change, "unprotect", undefined, site)] : [];
  if (components.test(change.type) || change.op === "same") return lifted;
  if (change.op !== "update") return [...lifted, judged(change, change.op, undefined, site)];
  // A provider that names no property of an update leaves it to be judged as a whole.
  const properties = change.properties.length > 0 ? change.properties : [undefined];
  return [...lifted, ...properties.map((property) => judged(change, "update", property, site))];
}

function judged(
  change: ResourceChange,
  op: ImpactRule["op"],
  property: PropertyChange | undefined,
  site: readonly ResourceChange[],
): Judgement {
  const rule = impactRules.find((candidate) => fits(candidate, change, op, property, site));
  if (rule === undefined)
    throw new Error(`no rule for ${op} of ${change.type}; the last ones fit everything`);
  return { change, rule, ...(property === undefined ? {} : { property }) };
}

function fits(
  { resource, part, op: wanted, path, kind, when }: ImpactRule,
  change: ResourceChange,
  op: ImpactRule["op"],
  property: PropertyChange | undefined,
  site: readonly ResourceChange[],
): boolean {
  if (op !== wanted || (resource !== "*" && resource !== change.type)) return false;
  if (part !== undefined && !change.name.endsWith(`-${part}`)) return false;
  if (path !== undefined && path !== "*" && !(property && covers(path, property.pattern))) return false;
  if (kind !== undefined && property?.kind !== kind) return false;
  return when === undefined || when.holds(change, property, site);
}

/** A rule for a map or a list is also about what is below it, unless it is about elements: `disks[]`. */
function covers(rule: string, pattern: string): boolean {
  return (
    pattern === rule ||
    (!rule.endsWith("[]") && (pattern.startsWith(`${rule}.`) || pattern.startsWith(`${rule}[`)))
  );
}
