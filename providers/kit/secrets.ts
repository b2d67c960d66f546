import { Asset, type Properties, Secret, Unknown, type Value } from "./types.ts";

/** Whether it is an object with named members, not one of the kit's own kinds of value. */
export function isPlainObject(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown || value instanceof Secret || value instanceof Asset)
  );
}

/** The value with every secret in it laid open. */
export function unwrap(value: Value): Value {
  if (value instanceof Secret) return unwrap(value.value);
  if (Array.isArray(value)) return value.map(unwrap);
  return isPlainObject(value) ? unwrapProperties(value) : value;
}

/** The properties with every secret in them laid open. */
export function unwrapProperties(properties: Properties): Properties {
  const open: Properties = {};
  for (const [key, value] of Object.entries(properties)) open[key] = unwrap(value);
  return open;
}

/** Whether there is a secret anywhere in it. */
export function holdsSecret(value: Value): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isPlainObject(value) && Object.values(value).some(holdsSecret);
}

function asSecret(value: Value): Secret {
  return new Secret(unwrap(value));
}

/** Makes those parts of `value` secret that are secret in `pattern`, the same property as it arrived. */
function rewrapLike(value: Value, pattern: Value | undefined): Value {
  if (pattern === undefined || value instanceof Secret || !holdsSecret(pattern)) return value;
  if (isPlainObject(value) && isPlainObject(pattern)) {
    const wrapped: Properties = {};
    for (const [key, member] of Object.entries(value)) wrapped[key] = rewrapLike(member, pattern[key]);
    return wrapped;
  }
  if (Array.isArray(value) && Array.isArray(pattern) && value.length === pattern.length) {
    return value.map((item, index) => rewrapLike(item, pattern[index]));
  }
  // The shapes differ, so nobody can tell where the secret went: all of it is one.
  return asSecret(value);
}

/**
 * Makes secret again what must stay secret in an answer: properties that are secret by name, and what was
 * secret at the same place in the properties that arrived.
 */
export function rewrap(answer: Properties, arrived: Properties, secretNames: readonly string[]): Properties {
  const wrapped: Properties = {};
  for (const [key, value] of Object.entries(answer)) {
    if (value === undefined) continue;
    wrapped[key] = secretNames.includes(key) ? asSecret(value) : rewrapLike(value, arrived[key]);
  }
  return wrapped;
}
