import { FarmError } from "../../lib/farm-error.ts";
import type { Settings } from "../../model/settings.ts";
import { CloudflareFacts, type FoundRecord, type FoundZone } from "../cloudflare-facts.ts";

/** What Cloudflare has of the zones that the settings name. */
export interface ZoneFacts {
  readonly zones: readonly FoundZone[];
  readonly records: readonly FoundRecord[];
}

/** Reads our zones with all their records; a zone that is not there yet has none. */
export async function readZones(
  cloudflare: CloudflareFacts,
  { zones: named }: Pick<Settings, "zones">,
): Promise<ZoneFacts> {
  const zones = (await Promise.all(Object.keys(named).map((name) => cloudflare.zones(name)))).flat();
  const records = await Promise.all(zones.map(async ({ id }) => (await cloudflare.tryRecords(id)) ?? []));
  return { zones, records: records.flat() };
}

/** Cloudflare with the farm's own token. @throws FarmError when the environment has none */
export function openCloudflare(environment: NodeJS.ProcessEnv): CloudflareFacts {
  const token = environment["CLOUDFLARE_API_TOKEN"];
  if (!token) throw new FarmError({ what: "CLOUDFLARE_API_TOKEN is not set", next: "set it and try again" });
  return new CloudflareFacts(
    environment["CLOUDFLARE_BASE_URL"] ?? "https://api.cloudflare.com/client/v4",
    token,
  );
}
