import { domainToUnicode } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { Plain } from "./plain.ts";
import type { Settings } from "./settings.ts";
import type { Tenant } from "./tenant.ts";

/** A field before and after, as the customer's answer shows it. */
export interface AnsweredChange {
  /** Key or name of the field. */
  readonly field: string;
  /** German label. @default - none, the name stands alone */
  readonly label?: string;
  /** @default - it had no value */
  readonly before?: Plain;
  /** @default - it has none any more */
  readonly after?: Plain;
}

/** What the answer is about. */
export interface AnswerScope {
  readonly ticket: string;
  /** Who gave the instruction. */
  readonly by: string;
  readonly changes: readonly AnsweredChange[];
  /** When it takes effect and what is felt of it, one German sentence. */
  readonly effect: string;
}

/** The German draft that answers an instruction, with one trailing newline. */
export function customerAnswer(
  tenant: Pick<Tenant, "name" | "domain" | "contract">,
  { provider }: Pick<Settings, "provider">,
  { ticket, by, changes, effect }: AnswerScope,
): string {
  const lines = changes
    .filter(({ before, after }) => !isDeepStrictEqual(before, after))
    .map(({ field, label, before, after }) => {
      const name = label === undefined ? field : `${areaOf(field)}${label} (${field})`;
      return `    ${name}: ${german(before)} → ${german(after)}`;
    });
  return `${[
    `Betreff: ${domainToUnicode(tenant.domain)}, Vorgang ${ticket} (Vertrag ${tenant.contract.number})`,
    "",
    "Sehr geehrte Damen und Herren,",
    "",
    `entsprechend Ihrer Vorgabe (${by}, Vorgang ${ticket}) ändern wir für „${tenant.name}“:`,
    "",
    ...lines,
    "",
    effect,
    "Bitte prüfen Sie das Ergebnis und melden Sie sich, wenn etwas nicht Ihren Erwartungen entspricht.",
    "",
    "Mit freundlichen Grüßen",
    provider.name,
    provider.address,
    provider.email,
  ].join("\n")}\n`;
}

/** When a change takes effect, in words for the customer. */
export function germanEffect(needsWindow: boolean): string {
  return needsWindow
    ? "Die Änderung braucht eine kurze Unterbrechung und wird deshalb in einem angekündigten Wartungsfenster wirksam."
    : "Die Änderung wird nach der Freigabe im laufenden Betrieb wirksam; eine Unterbrechung ist nicht vorgesehen.";
}

function areaOf(key: string): string {
  if (key.startsWith("citizens.")) return "Bürgerinfo, ";
  return key.startsWith("politicians.") ? "Ratsinfo, " : "";
}

function german(value: Plain): string {
  if (value === undefined || value === null) return "nicht festgelegt";
  if (value === true) return "ein";
  if (value === false) return "aus";
  if (Array.isArray(value)) return value.length === 0 ? "keine" : value.map(german).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "string" ? `„${value}“` : String(value);
}
