import { FarmError } from "../../../lib/farm-error.ts";
import type { CheckFailure, CheckResult, Properties } from "../../../providers/kit/types.ts";
import { Unknown } from "../../../providers/kit/types.ts";
import type { XoSettings } from "./client.ts";

/** Reads variables; `process.env`, or a test's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

const variables = {
  url: "XOA_URL",
  username: "XOA_USER",
  password: "XOA_PASSWORD",
  token: "XOA_TOKEN",
  insecure: "XOA_INSECURE",
  retryMode: "XOA_RETRY_MODE",
  retryMaxTime: "XOA_RETRY_MAX_TIME",
} as const;

type Name = keyof typeof variables;

const names = Object.keys(variables) as Name[];
const durations = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of a duration such as "5m"; undefined when it is none. */
function parseDuration(duration: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)$/.exec(duration);
  return match ? Number(match[1]) * durations[match[2] as keyof typeof durations] : undefined;
}

/** An argument of the provider, else its variable; "" when neither is there. Unknown arguments count as "unknown". */
function lookUp(name: Name, args: Properties, environment: Environment): string {
  const given = args[name];
  if (given === Unknown.value) return "unknown";
  if (given === undefined || given === null || given === "") return environment[variables[name]] ?? "";
  return String(given);
}

/**
 * Checks the provider's arguments. What comes from the environment is not added to them: arguments are stored in
 * the state, where a token has no place.
 */
export function checkConfig(args: Properties, environment: Environment): CheckResult {
  const failures: CheckFailure[] = [];
  const inputs: Properties = {};
  for (const [key, value] of Object.entries(args)) {
    if (value === null) continue;
    inputs[key] = value;
    if (!names.includes(key as Name)) {
      failures.push({ property: key, reason: "is not an argument of the provider xenorchestra" });
    }
  }
  const known = (name: Name): string => (args[name] === Unknown.value ? "" : lookUp(name, args, environment));
  const refuse = (property: Name, reason: string): void => void failures.push({ property, reason });

  const url = known("url");
  if (lookUp("url", args, environment) === "") {
    refuse(
      "url",
      `is required: the WebSocket address of XO, for example wss://xo.example; ${variables.url} in the environment serves as well`,
    );
  } else if (url !== "" && !/^wss?:\/\//.test(url)) {
    refuse("url", `must begin with ws:// or wss://, got ${JSON.stringify(url)}`);
  }
  const given = (name: Name): boolean => args[name] !== undefined && args[name] !== null;
  if (given("token") && (given("username") || given("password"))) {
    refuse("token", "conflicts with username and password: give the token or the two others");
  }
  const all = (name: Name): boolean => lookUp(name, args, environment) !== "";
  if (!all("token")) {
    const why = `a token, or a user name with a password, is needed: ${variables.token}, or ${variables.username} and ${variables.password}, in the environment serve as well`;
    if (!all("username")) refuse("username", why);
    else if (!all("password")) refuse("password", why);
  }
  const insecure = known("insecure");
  if (!["", "true", "false"].includes(insecure))
    refuse("insecure", `must be true or false, got ${JSON.stringify(insecure)}`);
  const retryMode = known("retryMode");
  if (!["", "backoff", "none"].includes(retryMode))
    refuse("retryMode", `must be "backoff" or "none", got ${JSON.stringify(retryMode)}`);
  const retryMaxTime = known("retryMaxTime");
  if (retryMaxTime !== "" && parseDuration(retryMaxTime) === undefined) {
    refuse(
      "retryMaxTime",
      `must be a number with a unit, ms, s, m or h, for example "30s"; got ${JSON.stringify(retryMaxTime)}`,
    );
  }
  return { inputs, failures };
}

/** @throws FarmError when the variable holds no duration */
function readSettle(environment: Environment): number {
  const text = environment.FARM_VM_SET_SETTLE_SECONDS || "25";
  const seconds = Number(text);
  if (seconds >= 0 && Number.isFinite(seconds)) return seconds;
  throw new FarmError({
    what: `FARM_VM_SET_SETTLE_SECONDS is ${JSON.stringify(text)}, which is no number of seconds`,
    next: "unset it, or give a number such as 0.2",
  });
}

/** The client's settings from the checked arguments and the environment. */
export function readSettings(args: Properties, environment: Environment): XoSettings {
  const value = (name: Name): string => lookUp(name, args, environment);
  const token = value("token");
  return {
    url: value("url"),
    // With both, the token wins, as in the official client.
    credentials: token === "" ? { username: value("username"), password: value("password") } : { token },
    insecure: value("insecure") === "true",
    retry: value("retryMode") !== "none",
    retryMaxTime: parseDuration(value("retryMaxTime")) ?? 5 * durations.m,
    settleSeconds: readSettle(environment),
    createTimeout: 5 * durations.m,
    powerTimeout: 2 * durations.m,
  };
}
