/** What stands in the engine's documents in place of a secret. */
const blinded = "[secret]";

/** What stands in a report in place of one. */
export const hidden = "(secret)";

/** Keys whose values are never shown, even where nobody marked them as a secret. */
const secretKey =
  /(?:password|passphrase|secret(?!s\b)|token|private[-_]?key|encryption[-_]?key|api[-_]?key)(?!\w*variable)/i;

/** A value at a path: a secret is never read. */
export type Found = { readonly secret: true } | { readonly secret: false; readonly value: unknown };

/** The segments of a path of the engine: `disks[0].size`, `data["x.y"]`. */
export function segmentsOf(path: string): readonly (string | number)[] {
  const segments: (string | number)[] = [];
  for (const [, name, index, quoted] of path.matchAll(/([^.[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/g)) {
    if (index !== undefined) segments.push(Number(index));
    else segments.push(name ?? (quoted ?? "").replaceAll(/\\(.)/g, "$1"));
  }
  return segments;
}

/** The same path for every element of a list: `disks[].size`. */
export function patternOf(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "[]");
}

/** Whether a path leads to or through something whose name says that it is secret. */
export function isSecretPath(path: string): boolean {
  return segmentsOf(path).some((segment) => typeof segment === "string" && secretKey.test(segment));
}

/** The value at a path, secret parts of it replaced; undefined where there is none. */
export function valueAt(values: unknown, path: string): Found {
  let value = values;
  for (const segment of segmentsOf(path)) {
    if (isSecret(value)) return { secret: true };
    value = isComposite(value) && Object.hasOwn(value, segment) ? Reflect.get(value, segment) : undefined;
  }
  return isSecret(value) || isSecretPath(path) ? { secret: true } : { secret: false, value: redacted(value) };
}

/** A value without its secret parts. */
export function redacted(value: unknown): unknown {
  if (isSecret(value)) return hidden;
  if (Array.isArray(value)) return value.map(redacted);
  if (!isComposite(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, secretKey.test(key) ? hidden : redacted(part)]),
  );
}

function isSecret(value: unknown): boolean {
  return typeof value === "string" && (value === blinded || value.includes("PRIVATE KEY-----"));
}

/** The paths at which two values differ, down to what is no list and no object. */
export function differingPaths(before: unknown, after: unknown, path = ""): readonly string[] {
  if (!isComposite(before) || !isComposite(after) || Array.isArray(before) !== Array.isArray(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const below = Array.isArray(before) ? `${path}[${key}]` : join(path, key);
    return differingPaths(Reflect.get(before, key), Reflect.get(after, key), below);
  });
}

function join(path: string, key: string): string {
  if (!/^[\w$-]+$/.test(key)) return `${path}["${key.replaceAll(/["\\]/g, "\\$&")}"]`;
  return path === "" ? key : `${path}.${key}`;
}

function isComposite(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
