import * as pulumi from "@pulumi/pulumi";
import { describeChanges } from "../guest/value-changes.ts";

let hook: pulumi.ResourceHook | undefined;

/**
 * The hook that says, in previews and updates, which values of a roll-out change, by their keys. The engine's
 * own short form says no more than that its standard input does. One for all roll-outs: each registration is
 * another call of the engine.
 */
export function showChanges(): pulumi.ResourceHook {
  hook ??= new pulumi.ResourceHook(
    "changed values",
    async ({ urn, oldInputs, newInputs }) => {
      const lines = describeChanges(oldInputs?.["stdin"], newInputs?.["stdin"]);
      // The resource itself knows its URN only after this hook: to wait for it here would be for ever.
      if (lines.length > 0) await pulumi.log.info(lines.join("\n"), new pulumi.DependencyResource(urn));
    },
    { onDryRun: true },
  );
  return hook;
}
