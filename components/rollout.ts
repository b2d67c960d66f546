import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Command } from "@pulumi/command/remote/command.js";
import { CopyToRemote } from "@pulumi/command/remote/copyToRemote.js";
import * as pulumi from "@pulumi/pulumi";
import { applyCommand, type BundleArgs, bundlePath, renderBundle } from "../guest/bundle.ts";
import { canonicalJson } from "../guest/site-values.ts";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { farmFolder } from "../lib/paths.ts";
import { placeSecrets } from "./application-secrets.ts";
import type { SecretValues } from "./secret-source.ts";
import { showChanges } from "./shown-changes.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** What a machine is brought to. */
export interface RolloutArgs {
  readonly machine: VirtualMachine;
  readonly bundle: BundleArgs;
  /** Values of the application's secrets. */
  readonly secrets: SecretValues;
}

/**
 * The settings of one machine and of ALLRIS net on it, applied as one step that can be taken back. The state
 * holds the typed values and a hash; the rendered files travel as an asset. Runs again when a value changes or
 * the machine is a new one. Resources below the site rather than a component of their own, and without the engine's
 * `deletedWith`, for to delete one does nothing: the state of 300 sites is read and written at every run.
 */
export function rollOut(name: string, args: RolloutArgs, parent: pulumi.Resource): Command {
  const { machine } = args;
  const bundle = renderBundle(args.bundle);
  const { connection } = machine;
  const triggers = [machine.id];
  const upload = new CopyToRemote(
    `${name}-bundle`,
    {
      connection,
      source: new pulumi.asset.FileAsset(writeBundle(args.bundle.values.id, bundle.text)),
      remotePath: bundlePath,
      triggers,
    },
    { parent },
  );
  const secrets = placeSecrets(name, { machine, secrets: args.secrets, after: upload }, parent);
  return new Command(
    `${name}-apply`,
    {
      connection,
      create: applyCommand,
      stdin: canonicalJson(bundle.values),
      addPreviousOutputInEnv: false,
      triggers,
    },
    {
      parent,
      dependsOn: secrets === undefined ? [upload] : [secrets],
      hooks: { beforeUpdate: [showChanges()] },
    },
  );
}

/** Leaves the bundle where the engine finds it, and says where. */
function writeBundle(id: string, text: string): string {
  const folder = join(farmFolder, "bundles", pulumi.getStack());
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${id}.py`);
  // Every preview comes by here, and flushing to disk is the dearest part of it.
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileAtomic(file, text);
  // Relative to the project: the state must not depend on where the checkout lies.
  return relative(process.cwd(), file);
}
