import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import { checkDelivery } from "../model/delivered-certificate.ts";
import type { Settings } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import type { CertificateArgs } from "./certificate.ts";

/**
 * Where a site's certificate comes from. A delivered one is read and checked here; an unfit delivery is that
 * administration's own trouble, so it is carried along as a refusal instead of stopping everybody's run.
 */
export function certificateSource(tenant: Tenant, settings: Settings, now: Date): CertificateArgs["source"] {
  const { certificate } = tenant;
  switch (certificate.issuer) {
    case "acme":
      return { issuer: "acme", directory: settings.acme.directory };
    case "cloudflare-origin":
      return {
        issuer: "cloudflare-origin",
        validityDays: certificate.validityDays,
        rotation: certificate.rotation,
      };
    case "customer":
      return delivered(tenant, join(settings.deliveries, certificate.delivery), now);
  }
}

function delivered(tenant: Tenant, folder: string, now: Date): CertificateArgs["source"] {
  let chain: string;
  let key: string;
  try {
    chain = readFileSync(join(folder, "chain.pem"), "utf8");
    key = readFileSync(join(folder, "key.pem"), "utf8");
  } catch (error) {
    return {
      issuer: "customer",
      refusal: new FarmError({
        what: `The certificate of ${tenant.name} has not been delivered`,
        where: folder,
        why: messageOf(error),
        next: "put chain.pem (leaf first) and key.pem into that folder, then run up again",
      }),
    };
  }
  const reasons = checkDelivery({ chain, key, names: [tenant.domain, ...tenant.aliases], now });
  if (reasons.length === 0) return { issuer: "customer", chain, key: pulumi.secret(key) };
  return {
    issuer: "customer",
    refusal: new FarmError({
      what: `The certificate that ${tenant.name} delivered cannot be used`,
      where: `${folder} (tenants/${tenant.id}.ts, certificate.delivery)`,
      why: reasons.join("; "),
      next: "ask the administration for a corrected delivery, or choose another issuer in its file",
    }),
  };
}
