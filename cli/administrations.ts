import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { issueCustomerCertificate } from "../lab/ca/customer.ts";
import { labPlaces, readLab, readSecrets } from "../lab/lab-file.ts";
import { FarmError } from "../lib/farm-error.ts";
import { checkDelivery } from "../model/delivered-certificate.ts";
import type { Tenant } from "../model/tenant.ts";

/** Days that the made-up authority's certificates live. */
const deliveredDays = 180;

/**
 * In the lab nobody else is there: this does what the made-up administrations do themselves. They order and
 * deliver their certificate, and they keep their own zones.
 */
export async function playAdministrations(tenants: readonly Tenant[]): Promise<void> {
  for (const tenant of tenants) {
    if (tenant.certificate.issuer === "customer")
      await deliverCertificate(tenant, tenant.certificate.delivery);
    if (tenant.dns.mode === "theirs") await keepZone(tenant);
  }
}

async function deliverCertificate(tenant: Tenant, delivery: string): Promise<void> {
  const places = labPlaces();
  const folder = join(places.lab, "deliveries", delivery);
  const names = [tenant.domain, ...tenant.aliases];
  if (existsSync(join(folder, "key.pem"))) {
    const [chain, key] = ["chain.pem", "key.pem"].map((file) => readFileSync(join(folder, file), "utf8"));
    if (checkDelivery({ chain: chain ?? "", key: key ?? "", names, now: new Date() }).length === 0) return;
  }
  await issueCustomerCertificate({
    folder,
    names,
    days: deliveredDays,
    authorities: join(places.lab, "authorities"),
    roots: places.roots,
  });
}

/** Writes the zone of a town that Cloudflare does not know; the name's last two labels are the zone. */
async function keepZone(tenant: Tenant): Promise<void> {
  const zone = tenant.domain.split(".").slice(-2).join(".");
  const records = [tenant.domain, ...tenant.aliases]
    .filter((name) => name.endsWith(`.${zone}`))
    .map((name) => ({ name, type: "A", content: tenant.address, ttl: 300 }));
  const url = new URL(`/lab/foreign-zones/${zone}`, readLab().cloudflare.baseUrl);
  const response = await fetch(url, {
    method: "PUT",
    headers: {
      authorization: `Bearer ${readSecrets().cloudflare.token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(records),
  });
  if (!response.ok) {
    throw new FarmError({
      what: `The zone of ${tenant.name} cannot be written`,
      where: String(url),
      why: `${response.status} ${await response.text()}`,
    });
  }
}
