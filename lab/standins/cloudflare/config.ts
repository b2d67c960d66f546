import type { CheckFailure, CheckResult, Properties } from "../../../providers/kit/types.ts";
import { Unknown } from "../../../providers/kit/types.ts";

/** Reads variables; `process.env`, or a test's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

const variables = {
  apiToken: "CLOUDFLARE_API_TOKEN",
  apiKey: "CLOUDFLARE_API_KEY",
  apiUserServiceKey: "CLOUDFLARE_API_USER_SERVICE_KEY",
  email: "CLOUDFLARE_EMAIL",
  baseUrl: "CLOUDFLARE_BASE_URL",
  userAgentOperatorSuffix: "CLOUDFLARE_USER_AGENT_OPERATOR_SUFFIX",
} as const;

type Name = keyof typeof variables;

/** Where the API is, and who asks. Every credential that is set is sent. */
export interface CloudflareSettings {
  /** Without a slash at the end. @default - the public API */
  readonly baseUrl: string | undefined;
  readonly apiToken: string | undefined;
  readonly apiKey: string | undefined;
  readonly apiUserServiceKey: string | undefined;
  readonly email: string | undefined;
  /** Added to the User-Agent. */
  readonly userAgentOperatorSuffix: string | undefined;
}

/** An argument, else its variable; undefined when neither is there or it is not known yet. */
function lookUp(name: Name, args: Properties, environment: Environment): string | undefined {
  const given = args[name];
  if (given === Unknown.value) return undefined;
  const value = given === undefined || given === null ? environment[variables[name]] : String(given);
  return value === "" ? undefined : value;
}

/**
 * Checks the provider's arguments. What comes from the environment is not added to them: arguments are stored in
 * the state, where a token has no place. Reasons never repeat a credential.
 */
export function checkConfig(args: Properties, environment: Environment): CheckResult {
  const failures: CheckFailure[] = [];
  const refuse = (property: string, reason: string): void => void failures.push({ property, reason });
  const value = (name: Name): string | undefined => lookUp(name, args, environment);
  for (const key of Object.keys(args)) {
    if (!(key in variables)) refuse(key, "is not an argument of the provider cloudflare");
  }
  const apiToken = value("apiToken");
  if (apiToken !== undefined && !/^[0-9A-Za-z_-]{40,80}$/.test(apiToken)) {
    refuse("apiToken", "must be 40 to 80 letters, digits, - and _");
  }
  const apiKey = value("apiKey");
  if (apiKey !== undefined) {
    if (!/^[0-9a-f]{37,60}$/.test(apiKey))
      refuse("apiKey", "must be 37 to 60 digits and letters from a to f");
    if (value("email") === undefined) refuse("email", "is required with apiKey");
  }
  const credentials = ["apiToken", "apiKey", "apiUserServiceKey"] as const;
  if (credentials.every((name) => args[name] !== Unknown.value && value(name) === undefined)) {
    refuse("apiToken", `is required; ${variables.apiToken} in the environment serves as well`);
  }
  const baseUrl = value("baseUrl");
  if (baseUrl !== undefined && !/^https?:$/.test(URL.canParse(baseUrl) ? new URL(baseUrl).protocol : "")) {
    refuse("baseUrl", `must be an http or https address, got ${JSON.stringify(baseUrl)}`);
  }
  return { inputs: args, failures };
}

/** The client's settings from the checked arguments and the environment. */
export function readSettings(args: Properties, environment: Environment): CloudflareSettings {
  const value = (name: Name): string | undefined => lookUp(name, args, environment);
  return {
    baseUrl: value("baseUrl")?.replace(/\/+$/, ""),
    apiToken: value("apiToken"),
    apiKey: value("apiKey"),
    apiUserServiceKey: value("apiUserServiceKey"),
    email: value("email"),
    userAgentOperatorSuffix: value("userAgentOperatorSuffix"),
  };
}
