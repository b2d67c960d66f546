import { Command } from "@pulumi/command/remote/command.js";
import { Logging } from "@pulumi/command/types/enums/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { secretsCommand } from "../guest/bundle.ts";
import { canonicalJson } from "../guest/site-values.ts";
import type { SecretValues } from "./secret-source.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** What is put on a machine, and when. */
export interface ApplicationSecretsArgs {
  readonly machine: VirtualMachine;
  readonly secrets: SecretValues;
  /** The upload that brings the program. */
  readonly after: pulumi.Resource;
}

/**
 * The secrets of ALLRIS net on its machine; undefined for a site that needs none. A changed value runs it
 * again. Standard input is the one channel that shows in no process list and no log of the machine.
 */
export function placeSecrets(
  name: string,
  { machine, secrets, after }: ApplicationSecretsArgs,
  parent: pulumi.Resource,
): Command | undefined {
  const refusal = "refusal" in secrets ? secrets.refusal : undefined;
  const values = "values" in secrets ? secrets.values : {};
  if (refusal === undefined && Object.keys(values).length === 0) return undefined;
  const stdin = pulumi.all(values).apply((texts) => canonicalJson({ id: name, secrets: texts }));
  return new Command(
    `${name}-secrets`,
    {
      connection: machine.connection,
      create: secretsCommand,
      // A refusal differs from every value that was ever put, so the engine comes to its hook.
      stdin: pulumi.secret(refusal === undefined ? stdin : canonicalJson({ refused: refusal.message })),
      logging: Logging.None,
      addPreviousOutputInEnv: false,
      triggers: [machine.id],
    },
    {
      parent,
      dependsOn: [after],
      ...(refusal === undefined ? {} : { hooks: refusing(`${name}-secrets`, refusal) }),
    },
  );
}

/** Fails this resource and what depends on it, in a preview as well, and nothing else. */
export function refusing(name: string, refusal: Error): pulumi.ResourceHookBinding {
  const hook = new pulumi.ResourceHook(
    `${name} refused`,
    () => {
      throw refusal;
    },
    { onDryRun: true },
  );
  return { beforeCreate: [hook], beforeUpdate: [hook] };
}
