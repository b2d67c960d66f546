import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { type Environment, resolveEnvironment } from "../model/environment.ts";
import type { Plain } from "../model/plain.ts";
import type { StateSettings } from "../model/settings.ts";
import { parseStackName } from "../model/shards.ts";
import { parseBackend, unreadyBackend } from "../model/state-backend.ts";

/**
 * Where a stack's state is, read before anything else is: the engine cannot be started without. A shard's is that of
 * its farm.
 *
 * @returns undefined where the settings do not say it
 * @throws FarmError for a place that cannot be understood
 */
export function tryStateSettings(
  stack: string,
  folder: string,
  environment: Environment,
): StateSettings | undefined {
  const { name, state } = stateIn(stack, folder);
  if (state === undefined) return undefined;
  const { value, problems } = resolveEnvironment(state, environment);
  const { backend = "", passphraseFile } = Object(value) as { backend?: unknown; passphraseFile?: unknown };
  const read = parseBackend(String(backend));
  if (!read.ok) throw unsaid(stack, name, problems[0]?.why ?? read.why);
  return {
    backend: read.value,
    ...(typeof passphraseFile === "string" ? { passphraseFile: resolve(folder, passphraseFile) } : {}),
  };
}

/**
 * Refuses to start the engine with a state that is nowhere: what it would say is no help.
 * @throws FarmError for a place that is still a placeholder
 */
export function requireReadyState(stack: string, folder: string, backend: string): void {
  const { name, stage, state } = stateIn(stack, folder);
  const unready = state !== undefined && stage === "production" ? unreadyBackend(backend) : undefined;
  if (unready !== undefined) throw unsaid(stack, name, unready);
}

function unsaid(stack: string, file: string, why: string): FarmError {
  return new FarmError({
    what: `Where the state of the stack ${stack} is kept is not said as it should be`,
    where: `${file}, state.backend`,
    why: `it ${why}`,
    next: "write its place there; docs/how-to/pipelines.md says how to prepare one",
  });
}

interface StateInFile {
  readonly name: string;
  readonly stage?: unknown;
  readonly state?: Plain;
}

function stateIn(stack: string, folder: string): StateInFile {
  const name = `Pulumi.${parseStackName(stack).farm}.yaml`;
  const file = join(folder, name);
  if (!existsSync(file)) return { name };
  try {
    const content = parse(readFileSync(file, "utf8")) as { config?: Record<string, unknown> } | null;
    const { stage, state } = Object(content?.config?.["allris-farm:settings"]) as Omit<StateInFile, "name">;
    return { name, stage, state };
  } catch (error) {
    throw new FarmError(
      { what: "The settings of a stack cannot be read", where: name, why: messageOf(error) },
      { cause: error },
    );
  }
}
