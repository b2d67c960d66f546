import type { FieldPath, Problem } from "./problems.ts";
import { formatField } from "./problems.ts";
import type { TenantFields } from "./tenant-rules.ts";

/** A tenant file with the fields that could be read. */
export interface ReadTenant {
  readonly file: string;
  readonly fields: TenantFields;
}

/**
 * Problems for what two administrations claim: ids, host names (a domain or an alias alike), addresses. Each
 * of the two files gets one, for nobody but the operator knows which of them is wrong.
 */
export function findCollisions(tenants: readonly ReadTenant[]): readonly Problem[] {
  const claims = new Map<string, { readonly file: string; readonly path: FieldPath }[]>();
  for (const { file, fields } of tenants) {
    const claim = (kind: string, value: string | undefined, path: FieldPath) => {
      if (value === undefined) return;
      const key = `${kind} ${value}`;
      claims.set(key, [...(claims.get(key) ?? []), { file, path }]);
    };
    claim("id", fields.id, ["id"]);
    claim("host", fields.domain, ["domain"]);
    fields.aliases?.forEach((alias, at) => {
      claim("host", alias, ["aliases", at]);
    });
    claim("address", fields.address, ["address"]);
    claim("address", fields.address6, ["address6"]);
    if (fields.certificate?.issuer === "customer") {
      claim("delivery", fields.certificate.delivery, ["certificate", "delivery"]);
    }
  }
  return [...claims.values()].flatMap((claimants) =>
    claimants.flatMap(({ file, path }) => {
      const others = new Set(claimants.filter((other) => other.file !== file).map((other) => other.file));
      if (others.size === 0) return [];
      return [{ file, field: formatField(path), why: `is also claimed by ${[...others].sort().join(", ")}` }];
    }),
  );
}
