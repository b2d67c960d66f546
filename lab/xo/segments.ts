import type { HostSpec } from "../hypervisor/types.ts";
import type { Relations } from "./views/relations.ts";

/** Where a host's record says which switch its guests' network hangs on. */
export const segmentKey = "lab-segment";

/** The hosts as the hypervisor makes them. */
export function hostSpecs(relations: Relations): readonly HostSpec[] {
  return relations.all("host").map(({ id, shortName, otherConfig }) => {
    const [name, router] = (otherConfig[segmentKey] ?? "").split(" ");
    return { id, shortName, ...(name && router ? { segment: { name, router } } : {}) };
  });
}

/** The shared storage repositories that hold disks. */
export function repositoryIds(relations: Relations): readonly string[] {
  const repositories = relations.all("SR").filter((sr) => sr.shared && sr.contentType === "user");
  return repositories.map(({ id }) => id);
}
