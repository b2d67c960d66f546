import {
  type Policy,
  PolicyPack,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import type { Environment } from "../model/environment.ts";
import { messageOf } from "./message.ts";
import { readResource, readStackResource } from "./read-resource.ts";
import { catalogues, findRequirement } from "./requirements.ts";
import { isResourceRule, type ResourceRule, type Rule, type StackRule, type Surroundings } from "./rule.ts";
import { rules } from "./rules.ts";
import { levelOf, surroundingsOf } from "./surroundings.ts";

/** Answers the engine until it ends this process. Mandatory in production, advisory in a lab. */
export async function servePack(environment: Environment): Promise<void> {
  const surroundings = await surroundingsOf(environment);
  new PolicyPack("allris-farm", {
    description: "What the BSI asks of a hosted site, as far as a plan shows it",
    enforcementLevel: levelOf(surroundings.settings),
    policies: policiesOf(surroundings),
  });
}

/** The rules as the SDK takes them. */
export function policiesOf(surroundings: Surroundings): (ResourceValidationPolicy | StackValidationPolicy)[] {
  return rules.map((rule) =>
    isResourceRule(rule) ? resourcePolicy(rule, surroundings) : stackPolicy(rule, surroundings),
  );
}

function resourcePolicy(rule: ResourceRule, surroundings: Surroundings): ResourceValidationPolicy {
  const validate: ResourceValidationPolicy["validateResource"] = (args, report) => {
    for (const message of messagesOf(rule, args, surroundings)) report(message);
  };
  const [only, ...more] = rule.types;
  // By this the SDK leaves other resources alone before it has read them.
  if (more.length === 0) Object.assign(validate, { __pulumiType: only });
  return { ...about(rule), validateResource: validate };
}

/** What a rule says of a resource, as the SDK hands it over; nothing of one that it is not about. */
export function messagesOf(
  rule: ResourceRule,
  args: ResourceValidationArgs,
  surroundings: Surroundings,
): readonly string[] {
  if (!rule.types.includes(args.type)) return [];
  return rule.check(readResource(args), surroundings).map((detail) => messageOf(rule, detail));
}

function stackPolicy(rule: StackRule, surroundings: Surroundings): StackValidationPolicy {
  return {
    ...about(rule),
    validateStack({ resources }, report) {
      for (const { urn, detail } of rule.check(resources.map(readStackResource), surroundings)) {
        report(messageOf(rule, detail), urn);
      }
    },
  };
}

function about(rule: Rule): Policy {
  const { catalogue, id, title } = findRequirement(rule.requirements[0]);
  return {
    name: rule.name,
    description: rule.sentence,
    severity: rule.severity,
    remediationSteps: rule.remedy,
    tags: [...rule.requirements],
    framework: {
      name: catalogues[catalogue].title,
      version: catalogues[catalogue].version,
      reference: id,
      specification: title,
    },
  };
}
