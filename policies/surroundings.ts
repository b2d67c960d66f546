import { checkout } from "../lib/paths.ts";
import { completeSettings } from "../loading/settings.ts";
import type { Environment } from "../model/environment.ts";
import { resolveEnvironment } from "../model/environment.ts";
import { readFields } from "../model/fields.ts";
import { toPlain } from "../model/plain.ts";
import type { Settings } from "../model/settings.ts";
import { settingsShape } from "../model/settings-schema.ts";
import type { Surroundings } from "./rule.ts";

/**
 * What the pack's environment tells of the stack: the engine's host hands its configuration over there, and the
 * caller's own variables stand beside it.
 */
export async function surroundingsOf(environment: Environment): Promise<Surroundings> {
  const at = new Date(environment["FARM_AT"] ?? "");
  return {
    settings: await tryReadSettings(environment),
    insecureXo: /^(1|true)$/i.test(environment["XOA_INSECURE"] ?? ""),
    at: Number.isNaN(at.getTime()) ? new Date() : at,
  };
}

/** The settings, unless they are incomplete or wrong: the program says so itself, with every problem. */
async function tryReadSettings(environment: Environment): Promise<Settings | undefined> {
  try {
    const config = JSON.parse(environment["PULUMI_CONFIG"] ?? "{}") as Readonly<Record<string, string>>;
    const own: unknown = JSON.parse(config["allris-farm:settings"] ?? "null");
    const stack = environment["PULUMI_NODEJS_STACK"] ?? "";
    const plain = toPlain(await completeSettings(own, stack, checkout));
    const resolved = resolveEnvironment(plain.value, environment);
    const { fields, problems } = readFields(settingsShape, resolved.value);
    const sound = plain.problems.length + resolved.problems.length + problems.length === 0;
    // Without a problem every required field is there: the readers report each one that is not.
    return sound ? (fields as Settings) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * How hard the rules are: a lab is told, everything else is stopped. What cannot be read counts as production, so
 * that no broken setting makes rules softer.
 */
export function levelOf(settings: Settings | undefined): "advisory" | "mandatory" {
  return settings?.stage === "lab" ? "advisory" : "mandatory";
}
