import { relative, resolve } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type { AllrisNet } from "../model/allrisnet/allrisnet.ts";
import type { AllowedRelease } from "../model/allrisnet/release-plan.ts";
import type { Tenant } from "../model/tenant.ts";
import { Release, type ReleaseArgs } from "../providers/xenops/release-sdk.ts";
import type { SitePlatform } from "./site-platform.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** Which release a site's machine has after this run. */
export interface SiteReleaseArgs {
  readonly tenant: Tenant;
  readonly decision: AllowedRelease;
  readonly machine: VirtualMachine;
  readonly platform: SitePlatform;
  /** What has to be there before: settings, secrets, and a certificate to answer with. */
  readonly after: pulumi.Resource[];
}

/** ALLRIS net itself on the machine of a site. */
export function siteRelease(name: string, args: SiteReleaseArgs, parent: pulumi.Resource): Release {
  const { tenant, decision, machine, platform } = args;
  const { version, build, sha256, source, minimumBaseImage, expectedMinutes } = decision.release;
  const reasons =
    decision.kind === "change" ? { window: decision.window, emergency: decision.emergency } : {};
  return new Release(
    `${name}-release`,
    {
      vmId: machine.id,
      connection: machine.connection,
      domain: tenant.domain,
      version,
      build,
      sha256,
      source: "file" in source ? { file: pathOf(platform.releasesFolder, source.file) } : source,
      minimumBaseImage,
      expectedMinutes,
      checks: pagesToCheck(tenant.allrisnet),
      ...reasons,
    },
    { parent, dependsOn: args.after },
  );
}

/** Relative to the project: the state must not depend on where the checkout lies. */
function pathOf(folder: string, file: string): string {
  return relative(process.cwd(), resolve(folder, file));
}

/** Pages that a site has to show before a release counts as installed. */
function pagesToCheck({ citizens, politicians }: AllrisNet): ReleaseArgs["checks"] {
  return {
    ...(citizens.enabled ? { citizens: `${citizens.basePath}/` } : {}),
    ...(politicians.enabled ? { politicians: `${politicians.basePath}/` } : {}),
    ...(citizens.enabled && citizens.oparl.enabled ? { oparl: `${citizens.basePath}/oparl/system` } : {}),
  };
}
