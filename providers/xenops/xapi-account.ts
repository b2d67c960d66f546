import { FarmError } from "../../lib/farm-error.ts";
import type { Fields } from "../kit/fields.ts";
import type { CheckFailure, Properties, Value } from "../kit/types.ts";
import { Unknown } from "../kit/types.ts";

/** Who signs in at a pool, and where. */
export interface XapiAccount {
  readonly url: string;
  readonly user: string;
  readonly passwordVariable: string;
}

/** The account as an input. */
export const accountFields: Fields = {
  url: { type: "text", required: true },
  user: { type: "text", required: true },
  passwordVariable: { type: "text", required: true },
};

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** What is wrong with an account, by property. */
export function checkAccount(xapi: Value | undefined): CheckFailure[] {
  if (xapi === undefined || xapi instanceof Unknown) return [];
  const { url, passwordVariable } = xapi as Properties;
  const failures: CheckFailure[] = [];
  if (typeof url === "string") {
    const reason = reasonAgainstUrl(url);
    if (reason !== undefined) failures.push({ property: "xapi.url", reason });
  }
  if (typeof passwordVariable === "string" && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(passwordVariable)) {
    // What stands here by mistake may be the password itself: it is not repeated.
    failures.push({
      property: "xapi.passwordVariable",
      reason: "must be the name of an environment variable, not a password",
    });
  }
  return failures;
}

function reasonAgainstUrl(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) return "must be https://host[:port]";
  if (parsed.username !== "" || parsed.password !== "") return "must not hold a name or password";
  if (parsed.protocol === "http:" && !loopback.test(parsed.hostname)) {
    return "must begin with https://: the password would travel in the clear";
  }
  return undefined;
}

/**
 * The account of a resource: its own, or at an import, which knows none, that of FARM_XAPI_URL, FARM_XAPI_USER and
 * FARM_XAPI_PASSWORD.
 */
export function accountOf(...properties: readonly Properties[]): XapiAccount {
  for (const { xapi } of properties) {
    if (xapi === undefined || xapi === null) continue;
    const { url, user, passwordVariable } = xapi as Properties;
    return { url: String(url), user: String(user), passwordVariable: String(passwordVariable) };
  }
  const { FARM_XAPI_URL: url = "", FARM_XAPI_USER: user = "" } = process.env;
  if (url !== "" && user !== "") return { url, user, passwordVariable: "FARM_XAPI_PASSWORD" };
  throw new FarmError({
    what: "the account of the pool's XAPI is not known",
    why: "an import tells none",
    next: "set FARM_XAPI_URL, FARM_XAPI_USER and FARM_XAPI_PASSWORD for the time of the import",
  });
}

/** Whether everything about an account is known. */
export function isKnownAccount(xapi: Value | undefined): boolean {
  if (xapi === undefined || xapi instanceof Unknown) return false;
  return Object.values(xapi as Properties).every((value) => !(value instanceof Unknown));
}

/** Whether the account's password is at hand. */
export function hasPassword({ passwordVariable }: XapiAccount): boolean {
  return (process.env[passwordVariable] ?? "") !== "";
}
