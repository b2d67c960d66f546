const forms = [
  /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i,
  /^[0-9a-f]{2}(-[0-9a-f]{2}){5}$/i,
  /^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$/i,
];

/** A MAC address in XO's form, lower case with colons; undefined when it is none. Accepts colons, dashes and dots. */
export function normalizeMac(address: string): string | undefined {
  if (!forms.some((form) => form.test(address))) return undefined;
  return address
    .replace(/[^0-9a-f]/gi, "")
    .toLowerCase()
    .match(/../g)
    ?.join(":");
}
