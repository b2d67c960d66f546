import * as pulumi from "@pulumi/pulumi";
import type { SiteValues } from "../guest/site-values.ts";
import type { SitePlan } from "../model/plan.ts";
import type { Tenant } from "../model/tenant.ts";
import { Certificate, type CertificateArgs } from "./certificate.ts";
import { Domain } from "./domain.ts";
import { FarmComponent } from "./farm-component.ts";
import type { Platform } from "./platform.ts";
import { rollOut } from "./rollout.ts";
import { VirtualMachine } from "./virtual-machine.ts";

/** One administration, and what the plan says about it. */
export interface TenantSiteArgs {
  readonly tenant: Tenant;
  readonly plan: SitePlan;
  /** Whether this run may stop the machine for a change. */
  readonly mayStop: boolean;
  readonly platform: Platform;
  /** Where its certificate comes from. */
  readonly certificate: CertificateArgs["source"];
}

/** What the stack shows of a site. */
export interface SiteSummary {
  readonly name: string;
  readonly domain: string;
  readonly address: string;
  readonly issuer: string;
  readonly vm: pulumi.Output<string>;
}

/** All that one administration gets: machine, names, server settings, certificate. */
export class TenantSite extends FarmComponent {
  readonly summary: SiteSummary;

  constructor(name: string, args: TenantSiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("site:TenantSite", name, opts);
    const { tenant, plan, platform } = args;
    const child = { parent: this };
    if (plan.held.length > 0) {
      const changes = plan.held.map(({ text }) => text).join(", ");
      void pulumi.log.warn(
        `held: ${changes}. It stops the machine: run up with FARM_MAY_STOP=${tenant.id} in its maintenance window`,
        this,
      );
    }
    const machine = new VirtualMachine(
      name,
      {
        tenant: tenant.id,
        label: plan.vmName,
        description: `ALLRIS net: ${tenant.name}`,
        domain: tenant.domain,
        address: tenant.address,
        address6: tenant.address6,
        cpus: tenant.size.cpus,
        memory: tenant.size.memory,
        disk: tenant.size.disk,
        affinityHost: platform.findHost(tenant.pool, plan.affinityHost),
        tags: plan.tags,
        pool: platform.findPool(tenant.pool),
        access: platform.access,
        protection: platform.protection,
        // A disk that shrinks or goes takes its data with it, one that grows stops the machine.
        held: args.mayStop ? [] : ["disks", ...plan.held.map(({ input }) => input)],
      },
      child,
    );
    const applied = rollOut(
      name,
      {
        machine,
        bundle: {
          values: siteValues(args),
          acmeCa: platform.acmeCa,
          originPullCa: platform.originPullCaFor(tenant),
        },
      },
      this,
    );
    const certify = (after: pulumi.Resource[]): pulumi.Resource =>
      new Certificate(
        name,
        { machine, names: [tenant.domain, ...tenant.aliases], source: args.certificate, after },
        child,
      ).served;
    const publish = (after: pulumi.Resource[]): readonly pulumi.Resource[] => {
      if (tenant.dns.mode !== "ours") return [];
      const { zoneId, ready } = platform.findZone(tenant.dns.zone);
      return new Domain(name, { zoneId, records: plan.records, after: [...after, ...ready] }, child).records;
    };
    // ACME asks for the site by its name, so the name comes first; everybody else's name appears only when
    // the site behind it can answer.
    if (tenant.certificate.issuer === "acme") certify([applied, ...publish([applied])]);
    else publish([certify([applied])]);
    this.summary = {
      name: tenant.name,
      domain: tenant.domain,
      address: tenant.address,
      issuer: tenant.certificate.issuer,
      vm: machine.vm.id,
    };
    this.registerOutputs({});
  }
}

function siteValues({ tenant, platform }: TenantSiteArgs): Omit<SiteValues, "bundle"> {
  const acme = tenant.certificate.issuer === "acme";
  return {
    id: tenant.id,
    name: tenant.name,
    domain: tenant.domain,
    names: [tenant.domain, ...tenant.aliases],
    address: tenant.address,
    links: tenant.links,
    contactEmail: tenant.contact.email,
    bastions: platform.findPool(tenant.pool).bastions,
    issuer: tenant.certificate.issuer,
    ...(acme ? { acme: platform.acme } : {}),
    units: acme ? ["farm-certificate.timer"] : [],
  };
}
