import { FarmError } from "../../lib/farm-error.ts";
import type { Forge } from "./forge.ts";
import { GitHub } from "./github.ts";
import { GitLab } from "./gitlab.ts";

/**
 * The forge whose pipeline this process runs in, by the variables that it sets.
 * @throws FarmError outside a pipeline, or without a token
 */
export function forgeOf(env: NodeJS.ProcessEnv = process.env): Forge {
  if (env.GITHUB_REPOSITORY) return new GitHub(env, requireToken(env, "GITHUB_TOKEN"));
  if (env.CI_API_V4_URL && env.CI_PROJECT_ID) return new GitLab(env, requireToken(env, "FARM_FORGE_TOKEN"));
  throw new FarmError({
    what: "This is no pipeline of GitHub or GitLab",
    why: "neither GITHUB_REPOSITORY nor CI_API_V4_URL and CI_PROJECT_ID are set",
    next: "pipelines run this command; to try it by hand, set what docs/how-to/pipelines.md names",
  });
}

function requireToken(env: NodeJS.ProcessEnv, name: string): string {
  const token = env[name];
  if (token) return token;
  throw new FarmError({
    what: "The token for the forge is missing",
    where: name,
    next: "give it to the step by its environment; docs/how-to/pipelines.md says with which rights",
  });
}
