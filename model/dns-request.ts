import { domainToUnicode } from "node:url";
import { FarmError } from "../lib/farm-error.ts";
import { caaIssuers, planDns } from "./dns-plan.ts";
import type { Settings } from "./settings.ts";
import type { Tenant } from "./tenant.ts";

/**
 * The German text that asks an administration (or its own provider) for the records that the farm cannot
 * make, with one trailing newline.
 *
 * @throws FarmError when every name of the tenant lies in a zone of ours: there is nothing to ask for
 */
export function dnsRequestText(tenant: Tenant, settings: Settings): string {
  const { foreign } = planDns(tenant, settings);
  if (foreign.length === 0) {
    throw new FarmError({
      what: `There is nothing to ask ${tenant.name} for: every name of the site lies in a zone of ours`,
      where: `${tenant.file}: dns`,
    });
  }
  const rows = foreign.flatMap((name) => rowsOf(name, tenant, settings));
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(
    ([name, ttl, type, value]) => `    ${name.padEnd(width)}  ${ttl}  IN  ${type.padEnd(5)}  ${value}`,
  );
  const { provider } = settings;
  const lines = [
    `Betreff: DNS-Einträge für ${domainToUnicode(tenant.domain)} (Vertrag ${tenant.contract.number})`,
    "",
    "Sehr geehrte Damen und Herren,",
    "",
    `für das Ratsinformationssystem „${tenant.name}“ bitten wir um folgende Einträge in Ihrer DNS-Zone:`,
    "",
    ...table,
    "",
    ...caaText(tenant, settings),
    ...addressText(tenant),
    "Bereits vorhandene Einträge anderen Inhalts für diese Namen sind zu entfernen. Sobald die Einträge",
    "öffentlich sichtbar sind, geht die Einrichtung ohne weiteres Zutun weiter; eine kurze Nachricht an",
    `${provider.email} beschleunigt sie.`,
    "",
    "Mit freundlichen Grüßen",
    provider.name,
    provider.address,
    provider.email,
  ];
  return `${lines.join("\n")}\n`;
}

type Row = readonly [name: string, ttl: string, type: string, value: string];

function rowsOf(name: string, tenant: Tenant, settings: Settings): readonly Row[] {
  const ttl = String(settings.defaults.ttl);
  if (name !== tenant.domain) return [[`${name}.`, ttl, "CNAME", `${tenant.domain}.`]];
  const v4: Row = [`${name}.`, ttl, "A", tenant.address];
  return tenant.address6 === undefined ? [v4] : [v4, [`${name}.`, ttl, "AAAA", tenant.address6]];
}

function caaText(tenant: Tenant, settings: Settings): readonly string[] {
  if (tenant.certificate.issuer === "customer") return [];
  return caaIssuers(tenant, settings).flatMap((issuer) => [
    "Das TLS-Zertifikat stellt eine öffentliche Zertifizierungsstelle automatisch aus und erneuert es",
    "regelmäßig. Falls Ihre Zone CAA-Einträge enthält, muss diese Stelle zugelassen sein:",
    "",
    `    ${tenant.domain}.  IN  CAA  0 issue "${issuer}"`,
    "",
  ]);
}

function addressText(tenant: Tenant): readonly string[] {
  if (tenant.address6 !== undefined) return [];
  return ["Ein AAAA-Eintrag (IPv6) darf für diese Namen nicht bestehen.", ""];
}
