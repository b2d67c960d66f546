import { domainToASCII } from "node:url";

/**
 * A domain name in the spelling that the API returns: lower-case, without a final dot, other alphabets in
 * punycode.
 * @returns undefined for what is no domain name
 */
export function tryNormaliseDomain(text: string): string | undefined {
  const trimmed = text.trim().replace(/\.$/, "");
  // Underscores are common in names of records but unknown to the conversion.
  const ascii = /^[\x21-\x7e]*$/.test(trimmed) ? trimmed.toLowerCase() : domainToASCII(trimmed);
  if (ascii.length === 0 || ascii.length > 253) return undefined;
  return ascii.split(".").every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label)) ? ascii : undefined;
}

/** The name of a record as a full name: `@` is the apex, and a name outside the zone is meant relative to it. */
export function tryNormaliseRecordName(text: string, zone: string): string | undefined {
  if (text.trim() === "@") return zone;
  const name = tryNormaliseDomain(text);
  if (name === undefined || name === zone || name.endsWith(`.${zone}`)) return name;
  return tryNormaliseDomain(`${name}.${zone}`);
}
