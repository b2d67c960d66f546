import type { XoClient } from "./xo-client.ts";

/** Name of the custom field that says which release a VM runs. */
const field = "allrisnet-release";

/**
 * Writes down in XO which release a VM runs, where the next plan and every user of XO can read it. The field is
 * added when it is missing (xo-server's `customField.set` sets a key of the VM's `other_config`).
 */
export async function setReleaseOf(
  client: XoClient,
  vmId: string,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  await client.call("customField.set", { id: vmId, name: field, value: version }, { signal });
}
