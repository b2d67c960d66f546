import { isPlainObject, toPlain } from "../model/plain.ts";
import { type Fields, type PlannedResource, textOf, types } from "./planned-resource.ts";

/** Whether a command applies a site's values to its machine (guest/bundle.ts, `applyCommand`). */
export function isRollOut({ type, inputs }: Pick<PlannedResource, "type" | "inputs">): boolean {
  return type === types.command && / apply$/.test(textOf(inputs["create"]) ?? "");
}

/**
 * Whether a command takes secrets by its standard input: those of the application (guest/bundle.ts,
 * `secretsCommand`), or a certificate's key (guest/certificate.py).
 */
export function takesSecrets({ type, inputs }: Pick<PlannedResource, "type" | "inputs">): boolean {
  return type === types.command && / (secrets|install)$/.test(textOf(inputs["create"]) ?? "");
}

/** The values that a roll-out brings a machine to; undefined for another command, and while they are not known. */
export function rolledOut(resource: PlannedResource): Fields | undefined {
  const text = isRollOut(resource) ? textOf(resource.inputs["stdin"]) : undefined;
  if (text === undefined) return undefined;
  try {
    const { value } = toPlain(JSON.parse(text));
    return isPlainObject(value) ? value : undefined;
  } catch {
    // A text that is cut off is the machine's to refuse; it holds nothing to judge.
    return undefined;
  }
}
