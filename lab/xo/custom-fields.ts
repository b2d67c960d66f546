import type { WordMap } from "../json.ts";

const prefix = "XenCenter.CustomFields.";

/** The key in `other_config` that XO and XenCenter keep a custom field under. */
export function customFieldKey(name: string): string {
  return `${prefix}${name}`;
}

/** The custom fields in an object's `other_config`, by name. */
export function customFieldsOf(otherConfig: WordMap): WordMap {
  const own = Object.entries(otherConfig).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}
