import { readFileSync } from "node:fs";
import { join } from "node:path";
import { farmFolder } from "../../lib/paths.ts";

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly parent?: string;
}

/** What a state consists of. */
export interface StateFigures {
  /** Bytes of each site's resources, as they stand in the file. */
  readonly bytesOfSites: readonly number[];
  /** Bytes of the whole file. */
  readonly bytes: number;
  /** Custom resources, without the providers themselves. */
  readonly custom: number;
  readonly components: number;
}

/** Measures the state of the stack `lab` of this farm. */
export function measureState(): StateFigures {
  const text = readFileSync(
    join(farmFolder, "state", ".pulumi", "stacks", "allris-farm", "lab.json"),
    "utf8",
  );
  const { checkpoint } = JSON.parse(text) as { checkpoint: { latest: { resources: Resource[] } } };
  const { resources } = checkpoint.latest;
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const siteOf = (resource: Resource): string | undefined => {
    if (resource.type === "farm:site:TenantSite") return resource.urn;
    const parent = byUrn.get(resource.parent ?? "");
    return parent === undefined ? undefined : siteOf(parent);
  };
  const bytes = new Map<string, number>();
  for (const resource of resources) {
    const site = siteOf(resource);
    if (site !== undefined) bytes.set(site, (bytes.get(site) ?? 0) + sizeInFile(resource));
  }
  const own = resources.filter(
    ({ type }) => !type.startsWith("pulumi:providers:") && type !== "pulumi:pulumi:Stack",
  );
  return {
    bytesOfSites: [...bytes.values()],
    bytes: Buffer.byteLength(text),
    custom: own.filter(({ custom }) => custom).length,
    components: own.filter(({ custom }) => !custom).length,
  };
}

/** The engine writes the file without any white space; a comma follows each resource. */
function sizeInFile(resource: Resource): number {
  return Buffer.byteLength(JSON.stringify(resource)) + 1;
}
