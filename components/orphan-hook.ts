import * as pulumi from "@pulumi/pulumi";
import { FarmError } from "../lib/farm-error.ts";
import { findVms } from "../providers/xenops/sdk.ts";

/**
 * A hook that stops the creation of a machine while XO already holds one with the same tags. The official
 * provider forgets a machine whose creation fails late; without this the next run would make a second one.
 */
export function refuseOrphan(tags: readonly string[]): pulumi.ResourceHook {
  const name = `no-orphan ${tags.join(" ")}`;
  return new pulumi.ResourceHook(name, async (args) => {
    const { vms } = await findVms({ tags: [...tags] });
    const [orphan] = vms;
    if (orphan === undefined) return;
    const parent = parentOf(args.urn);
    throw new FarmError({
      what: `XO already holds a VM for this administration that the state does not know: ${orphan.nameLabel}`,
      where: `VM ${orphan.id}, tags ${orphan.tags.join(", ")}`,
      why: "its creation was interrupted after XO had made it; a second one would take the same address",
      next: `./farm heal -s ${pulumi.getStack()} takes it over; by hand: ./farm pulumi import ${args.type} ${args.name} ${orphan.id} --stack ${pulumi.getStack()} --parent site=${parent} --yes --generate-code=false --protect=false`,
    });
  });
}

/** The URN of the component above a resource, from the type path that every URN carries. */
function parentOf(urn: string): string {
  const parts = urn.split("::");
  const types = (parts[2] ?? "").split("$");
  return [parts[0], parts[1], types.slice(0, -1).join("$"), (parts[3] ?? "").replace(/-vm$/, "")].join("::");
}
