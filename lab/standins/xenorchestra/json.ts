/** An object as XO sent it. */
export type XoObject = Readonly<Record<string, unknown>>;

function wrong(object: XoObject, key: string, expected: string): Error {
  const found = JSON.stringify(object[key]);
  return new Error(
    `XO sent ${String(object.type ?? "an object")} ${String(object.id ?? "")} with "${key}" = ${found}, where ${expected} is expected`,
  );
}

/** Narrows to an object. @throws Error that says where the answer came from */
export function asObject(value: unknown, from: string): XoObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as XoObject;
  throw new Error(`${from} answered ${JSON.stringify(value)}, where an object is expected`);
}

// The readers below treat an absent member as empty and refuse one of another type, as the official client does.

/** A text; "" when absent. */
export function text(object: XoObject, key: string): string {
  const value = object[key] ?? "";
  if (typeof value !== "string") throw wrong(object, key, "a text");
  return value;
}

/** A whole number; 0 when absent. */
export function integer(object: XoObject, key: string): number {
  const value = object[key] ?? 0;
  if (!Number.isInteger(value)) throw wrong(object, key, "a whole number");
  return value as number;
}

/** A truth value; false when absent. */
export function flag(object: XoObject, key: string): boolean {
  const value = object[key] ?? false;
  if (typeof value !== "boolean") throw wrong(object, key, "true or false");
  return value;
}

/** A list of texts; empty when absent. */
export function texts(object: XoObject, key: string): string[] {
  const value = object[key] ?? [];
  if (!Array.isArray(value) || value.some((one) => typeof one !== "string"))
    throw wrong(object, key, "a list of texts");
  return value as string[];
}

/** A list of whole numbers; empty when absent. */
export function integers(object: XoObject, key: string): number[] {
  const value = object[key] ?? [];
  if (!Array.isArray(value) || value.some((one) => !Number.isInteger(one)))
    throw wrong(object, key, "a list of whole numbers");
  return value as number[];
}

/** A nested object; empty when absent. */
export function nested(object: XoObject, key: string): XoObject {
  const value = object[key] ?? {};
  if (typeof value !== "object" || Array.isArray(value)) throw wrong(object, key, "an object");
  return value as XoObject;
}
