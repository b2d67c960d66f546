import { join } from "node:path";
import { checkout } from "../../lib/paths.ts";
import { loadFarm } from "../../loading/farm.ts";
import { loadSettings } from "../../loading/settings.ts";
import { requireAdmin } from "../backup-facts.ts";
import type { Output } from "../output.ts";
import type { EngineRun } from "../pulumi.ts";
import { withXoAccess } from "../xo-access.ts";
import { openCloudflare } from "./cloudflare.ts";
import type { AdoptScope } from "./scope.ts";

/**
 * Works with a stack's Xen Orchestra, Cloudflare and files.
 * @param run how to run the engine; its project is the one whose files are read
 * @throws FarmError when an identity is missing
 */
export function withAdoptScope<Result>(
  {
    stack,
    output,
    signal,
    run,
  }: {
    readonly stack: string;
    readonly output: Output;
    readonly signal: AbortSignal;
    readonly run: EngineRun;
  },
  work: (scope: AdoptScope) => Promise<Result>,
): Promise<Result> {
  const project = run.project ?? checkout;
  const tenants = join(project, "tenants");
  return withXoAccess(stack, output, ({ xo, admin }, all) => {
    const environment = { ...all, ...run.env };
    return work({
      stack,
      run: { ...run, project },
      xo,
      admin: requireAdmin(admin),
      cloudflare: openCloudflare(environment),
      agentSocket: environment["SSH_AUTH_SOCK"] || undefined,
      loadFarm: async () => {
        const { file, value } = await loadSettings(stack, project);
        return loadFarm({ settings: value, settingsFile: file, environment, folder: tenants });
      },
      tenants,
      say: output.progress,
      signal,
    });
  });
}
