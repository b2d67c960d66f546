import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../support/project.ts";

/** What differs between the three kinds of sites that the checkout's own tenants show. */
const kinds = [
  { zone: "hohenbrueck.example", dns: '{ mode: "ours", zone: "hohenbrueck.example" }', certificate: "" },
  {
    zone: "amt-seenplatte-nord.example",
    dns: '{ mode: "ours", zone: "amt-seenplatte-nord.example" }',
    certificate: 'certificate: { issuer: "cloudflare-origin" },',
  },
  { zone: "example", dns: '{ mode: "theirs" }', certificate: "customer" },
] as const;

/** The id of a site of the bench. */
export function tenantId(index: number): string {
  return `gemeinde-${String(index).padStart(3, "0")}`;
}

/** Fills the project's folder with so many tenants, one kind after the other. */
export function writeTenants(count: number): void {
  rmSync(join(project, "tenants"), { recursive: true, force: true });
  mkdirSync(join(project, "tenants"));
  for (let index = 0; index < count; index++) writeTenant(index);
}

/** What may differ from one version of a tenant's file to the next. */
export interface TenantChange {
  /** The address that its site shows. @default "rat@hohenbrueck.example" */
  readonly email?: string;
  /** Whether its site has a further name, where the zone is ours. @default false */
  readonly alias?: boolean;
  /** Of its key and certificate, where Cloudflare signs it. @default 1 */
  readonly rotation?: number;
}

/** Writes one tenant's file. */
export function writeTenant(index: number, change: TenantChange = {}): void {
  const { email = "rat@hohenbrueck.example", alias = false, rotation = 1 } = change;
  const id = tenantId(index);
  const { zone, dns, certificate } = kinds[index % 3 === 0 ? 0 : index % 3 === 1 ? 1 : 2];
  const issued =
    certificate === "customer"
      ? `certificate: { issuer: "customer", delivery: "${id}" },`
      : certificate.replace("}", `, rotation: ${rotation} }`);
  const home = `https://www.${id}.example`;
  const domain = certificate === "customer" ? `ratsinfo.${id}.${zone}` : `${id}.${zone}`;
  const aliases = alias && certificate !== "customer" ? `aliases: ["www.${domain}"],` : "";
  writeFileSync(
    join(project, "tenants", `${id}.ts`),
    `import { defineTenant } from "../model/tenant.ts";

export const tenant = defineTenant({
  id: "${id}",
  name: "Gemeinde ${index}",
  kind: "gemeinde",
  domain: "${domain}",
  ${aliases}
  dns: ${dns},
  pool: "nord",
  address: "198.18.10.${index + 11}",
  ${issued}
  links: {
    imprint: "${home}/impressum",
    privacy: "${home}/datenschutz",
    accessibility: "${home}/barrierefreiheit",
    home: "${home}/",
  },
  contact: { email: "${email}" },
  contract: { customer: "Gemeinde ${index}", number: "R-2026-${index + 100}", liveFrom: "2026-11-01" },
  allrisnet: {
    release: "4.1.7",
    citizens: {
      accessibility: {
        feedbackEmail: "rat@hohenbrueck.example",
        enforcementBodyUrl: "https://www.land-kuestenring.example/durchsetzungsstelle",
        statementDate: "2026-03-02",
      },
    },
  },
});
`,
  );
}
