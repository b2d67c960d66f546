import { catalogues, findRequirement } from "./requirements.ts";
import type { Rule } from "./rule.ts";

const next = "  next: ";
const bsi = "  BSI:  ";

/** What the engine shows of a finding below the rule's sentence, which the SDK puts in front by itself. */
export function messageOf(rule: Rule, detail: string): string {
  return [detail, `${next}${rule.remedy}`, `${bsi}${requirementTexts(rule).join("; ")}`].join("\n");
}

/** A message of the engine, the sentence in front included, in its parts. */
export function messageParts(message: string): {
  /** Sentence, detail and remedy. */
  readonly text: string;
  /** As `requirementTexts` gives them. */
  readonly requirements: readonly string[];
} {
  const lines = message.trimEnd().split("\n");
  const last = lines.findIndex((line) => line.startsWith(bsi));
  const requirements = last < 0 ? [] : (lines[last] ?? "").slice(bsi.length).split("; ");
  const [sentence = "", ...more] = last < 0 ? lines : lines.slice(0, last);
  const detail = more.filter((line) => !line.startsWith(next)).join(" ");
  const remedy = more.find((line) => line.startsWith(next))?.slice(next.length);
  const text = [
    detail === "" ? sentence : `${sentence} Here: ${detail}.`,
    ...(remedy ? [`Next: ${remedy}.`] : []),
  ];
  return { text: text.join(" "), requirements };
}

/** The requirements of a rule, each with its catalogue and that one's version: ids alone are ambiguous. */
export function requirementTexts({ requirements }: Pick<Rule, "requirements">): readonly string[] {
  return requirements.map((name) => {
    const { catalogue, id } = findRequirement(name);
    const { title, version } = catalogues[catalogue];
    return `${id} (${title}, ${version})`;
  });
}
