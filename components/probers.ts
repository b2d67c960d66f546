import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Command } from "@pulumi/command/remote/command.js";
import { CopyToRemote } from "@pulumi/command/remote/copyToRemote.js";
import * as pulumi from "@pulumi/pulumi";
import { type ProberBundle, proberBundlePath, proberCommand, renderProber } from "../guest/prober-program.ts";
import { canonicalJson } from "../guest/site-values.ts";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { farmFolder } from "../lib/paths.ts";
import type { ProberSettings } from "../model/measurement/settings.ts";
import { probedSites } from "../model/measurement/targets.ts";
import type { Settings } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import { FarmComponent } from "./farm-component.ts";
import { readSetting } from "./setting-file.ts";

/** Who measures, and what. */
export interface ProbersArgs {
  readonly settings: Settings;
  /** All of the farm, whichever stack has them. */
  readonly tenants: readonly Tenant[];
}

/**
 * The probers of the farm, each on its host at the data centre's edge. The state holds hashes: program and targets
 * travel as an asset. None waits for another, since a host that is lost must not keep the others from new targets; that
 * they start anew one after the other is seen to on the hosts.
 */
export class Probers extends FarmComponent {
  constructor(name: string, args: ProbersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:Probers", name, opts);
    const { measurement, access } = args.settings;
    for (const prober of measurement?.probers ?? []) {
      if (measurement === undefined) break;
      const { caFile } = measurement;
      const bundle = renderProber({
        prober,
        measurement,
        sites: probedSites(args.tenants, args.settings, prober),
        ...(caFile === undefined ? {} : { authorities: readSetting("measurement.caFile", caFile) }),
      });
      this.#rollOut(prober, bundle, access.jump);
    }
    this.registerOutputs({});
  }

  #rollOut(prober: ProberSettings, bundle: ProberBundle, proxy: Settings["access"]["jump"]): void {
    const { host, port, user, hostKey } = prober;
    const connection = { host, port, user, hostKey, proxy };
    const upload = new CopyToRemote(
      this.child(`${prober.name}-bundle`),
      {
        connection,
        source: new pulumi.asset.FileAsset(writeBundle(prober.name, bundle.text)),
        remotePath: proberBundlePath,
        triggers: [host],
      },
      { parent: this },
    );
    new Command(
      this.child(`${prober.name}-apply`),
      {
        connection,
        create: proberCommand,
        stdin: canonicalJson({ prober: prober.name, bundle: bundle.hash }),
        addPreviousOutputInEnv: false,
        triggers: [host],
      },
      { parent: this, dependsOn: [upload] },
    );
  }
}

/** Leaves the bundle where the engine finds it, and says where. */
function writeBundle(name: string, text: string): string {
  const folder = join(farmFolder, "bundles", pulumi.getStack());
  mkdirSync(folder, { recursive: true });
  // No administration's id has a dot.
  const file = join(folder, `prober.${name}.py`);
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileAtomic(file, text);
  // Relative to the project: the state must not depend on where the checkout lies.
  return relative(process.cwd(), file);
}
