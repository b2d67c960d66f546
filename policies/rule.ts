import type { Settings } from "../model/settings.ts";
import type { PlannedResource } from "./planned-resource.ts";
import type { RequirementId } from "./requirements.ts";

/** What rules know besides the resources. */
export interface Surroundings {
  /** The stack's settings. @default - they cannot be read; the program itself refuses such a run */
  readonly settings: Settings | undefined;
  /** Whether the environment tells XO's providers to accept any certificate. */
  readonly insecureXo: boolean;
  /** The instant of the run. */
  readonly at: Date;
}

/** What a rule finds. */
export interface Finding {
  /** The resource that it is about. @default - the stack */
  readonly urn?: string;
  /** What is so, and never the value of a secret: "keeps 3 daily backups". */
  readonly detail: string;
}

/** What is the same of all rules. */
interface RuleBase {
  /** "backup-daily": how configuration and reports name it. */
  readonly name: string;
  /** What has to be so, in plain words. */
  readonly sentence: string;
  /** What to do about a finding. */
  readonly remedy: string;
  /** The requirements that it checks, or a part of them. */
  readonly requirements: readonly [RequirementId, ...RequirementId[]];
  readonly severity: "low" | "medium" | "high" | "critical";
}

/** A rule about each resource of some types by itself: a finding stops that resource before anything is done. */
export interface ResourceRule extends RuleBase {
  readonly types: readonly [string, ...string[]];
  /** One sentence's end for each thing that is wrong. */
  check(resource: PlannedResource, surroundings: Surroundings): readonly string[];
}

/** A rule about the resources together, or the settings: it is asked at the end of the preview and of the run. */
export interface StackRule extends RuleBase {
  check(resources: readonly PlannedResource[], surroundings: Surroundings): readonly Finding[];
}

/** One of the two. */
export type Rule = ResourceRule | StackRule;

/** Whether a rule looks at each resource by itself. */
export function isResourceRule(rule: Rule): rule is ResourceRule {
  return "types" in rule;
}
