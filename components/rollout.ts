import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Command } from "@pulumi/command/remote/command.js";
import { CopyToRemote } from "@pulumi/command/remote/copyToRemote.js";
import * as pulumi from "@pulumi/pulumi";
import { applyCommand, type BundleArgs, bundlePath, renderBundle } from "../guest/bundle.ts";
import { canonicalJson } from "../guest/site-values.ts";
import { writeFileAtomic } from "../lib/atomic-file.ts";
import { farmFolder } from "../lib/paths.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** What a machine is brought to. */
export interface RolloutArgs {
  readonly machine: VirtualMachine;
  readonly bundle: BundleArgs;
}

/**
 * The server settings of one machine, applied as one step that can be taken back. The state holds the typed
 * values and a hash; the rendered files travel as an asset. Runs again when a value changes or the machine
 * is a new one. Two resources below the site rather than a component of their own: the state of 300 sites is
 * read and written at every run.
 */
export function rollOut(name: string, args: RolloutArgs, parent: pulumi.Resource): Command {
  const { machine } = args;
  const bundle = renderBundle(args.bundle);
  const folder = join(farmFolder, "bundles", pulumi.getStack());
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${args.bundle.values.id}.json`);
  // Every preview comes by here, and flushing to disk is the dearest part of it.
  if (!existsSync(file) || readFileSync(file, "utf8") !== bundle.text) writeFileAtomic(file, bundle.text);
  const common = { parent, deletedWith: machine.vm };
  const upload = new CopyToRemote(
    `${name}-bundle`,
    {
      connection: machine.connection,
      // Relative to the project: the state must not depend on where the checkout lies.
      source: new pulumi.asset.FileAsset(relative(process.cwd(), file)),
      remotePath: bundlePath,
      triggers: [machine.vm.id],
    },
    common,
  );
  return new Command(
    `${name}-apply`,
    {
      connection: machine.connection,
      create: applyCommand,
      stdin: canonicalJson({ ...args.bundle.values, bundle: bundle.sha256 }),
      addPreviousOutputInEnv: false,
      triggers: [machine.vm.id],
    },
    { ...common, dependsOn: [upload] },
  );
}
