import type { TenantFile } from "../../../model/farm.ts";
import { amtSeenplatteNord } from "../../../tenants/amt-seenplatte-nord.ts";
import { hohenbrueck } from "../../../tenants/hohenbrueck.ts";
import { landkreisAuental } from "../../../tenants/landkreis-auental.ts";

/** The example tenants of this checkout. */
export const tenantFiles: readonly TenantFile[] = [amtSeenplatteNord, hohenbrueck, landkreisAuental].map(
  (value) => ({
    file: `tenants/${value.id}.ts`,
    value,
  }),
);
