import { FarmError } from "../lib/farm-error.ts";
import { nearest } from "./suggest.ts";
import type { Tenant } from "./tenant.ts";

/** The administration of an id. @throws FarmError that names the nearest one */
export function findTenant(tenants: readonly Tenant[], id: string): Tenant {
  const tenant = tenants.find((candidate) => candidate.id === id);
  if (tenant !== undefined) return tenant;
  const ids = tenants.map((candidate) => candidate.id);
  const hint = nearest(id, ids);
  throw new FarmError({
    what: `There is no administration "${id}"`,
    where: "tenants/",
    next: hint === undefined ? `choose one of ${ids.join(", ")}` : `did you mean ${hint}?`,
  });
}
