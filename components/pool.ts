import type * as pulumi from "@pulumi/pulumi";
import { PoolHighAvailability, PoolSettings } from "../providers/xenops/pool-sdk.ts";
import type { PoolLookup } from "./platform-lookup.ts";

/**
 * What a pool has to be before sites run on it: its networks and its default repository, and high availability. Both
 * are the platform's, so no site that comes or goes changes anything here, and no preview has anything to say of it.
 * @returns the last of them, which new machines wait for
 */
export function preparePool(
  name: string,
  pool: PoolLookup,
  protection: boolean,
  parent: pulumi.Resource,
): PoolHighAvailability {
  const settings = new PoolSettings(
    `${name}-settings`,
    {
      pool: pool.id,
      ...(pool.migrationNetwork === undefined ? {} : { migrationNetwork: pool.migrationNetwork }),
      ...(pool.backupNetwork === undefined ? {} : { backupNetwork: pool.backupNetwork }),
      defaultRepository: pool.storage,
      // Hosts that come up must not start what runs elsewhere by now.
      autoPoweron: false,
    },
    { parent },
  );
  return new PoolHighAvailability(
    `${name}-ha`,
    {
      pool: pool.id,
      heartbeatRepositories: [...pool.heartbeats],
      hostFailuresToTolerate: pool.ha.hostFailures,
      timeoutSeconds: pool.ha.timeoutSeconds,
      xapi: pool.xapi,
    },
    // Without it no site is started again elsewhere, so it goes only when the whole farm goes.
    { parent, protect: protection, dependsOn: [settings] },
  );
}
