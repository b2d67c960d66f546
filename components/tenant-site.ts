import * as pulumi from "@pulumi/pulumi";
import type { Release } from "../model/allrisnet/release.ts";
import type { BackupSlot } from "../model/backup-slot.ts";
import type { SitePlan } from "../model/plan.ts";
import type { Tenant } from "../model/tenant.ts";
import { isFrozen, isWithdrawn } from "../model/termination.ts";
import { VmRestartOrder } from "../providers/xenops/pool-sdk.ts";
import { backUp } from "./backup.ts";
import { type CertificateArgs, certify } from "./certificate.ts";
import { publishNames } from "./domain.ts";
import { FarmComponent } from "./farm-component.ts";
import { rollOut } from "./rollout.ts";
import { secretValues } from "./secret-source.ts";
import { siteBundle } from "./site-bundle.ts";
import type { SitePlatform } from "./site-platform.ts";
import { siteRelease } from "./site-release.ts";
import { VirtualMachine } from "./virtual-machine.ts";

/** One administration, and what the plan says about it. */
export interface TenantSiteArgs {
  readonly tenant: Tenant;
  readonly plan: SitePlan;
  /** When it is backed up. */
  readonly slot: BackupSlot;
  /** All releases that are known. */
  readonly releases: readonly Release[];
  readonly platform: SitePlatform;
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

/** All that one administration gets: machine, names, settings, certificate, ALLRIS net. */
export class TenantSite extends FarmComponent {
  readonly summary: SiteSummary;

  constructor(name: string, args: TenantSiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("site:TenantSite", name, isFrozen(args.tenant) ? freeze(opts) : opts);
    const { tenant, plan, slot, platform } = args;
    const pool = platform.findPool(tenant.pool);
    const child = { parent: this };
    this.#announce(tenant, plan);
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
        startDelay: pool.ha.startDelaySeconds,
        pool,
        access: platform.access,
        protection: platform.protection,
        // One that is there must not wait: trouble with a pool would hold up every change of every site.
        after: plan.isNew ? platform.readinessOf(tenant.pool) : [],
        // A disk that shrinks or goes takes its data with it, one that grows stops the machine.
        held: plan.stop.allowed ? [] : ["disks", ...plan.held.map(({ input }) => input)],
      },
      child,
    );
    backUp(name, { tenant, label: plan.vmName, machine, slot, platform }, this);
    new VmRestartOrder(
      `${name}-restart`,
      { vmId: machine.vm.id, order: plan.restartOrder, xapi: pool.xapi },
      { parent: this, deletedWith: machine.vm },
    );
    const bundle = siteBundle({ ...args, release: plan.release.release });
    const applied = rollOut(name, { machine, bundle, secrets: secretValues(tenant) }, this);
    const names = [tenant.domain, ...tenant.aliases];
    const secure = (after: pulumi.Resource[]): pulumi.Resource =>
      certify(name, { machine, names, source: args.certificate, after }, this);
    const install = (after: pulumi.Resource[]): pulumi.Resource =>
      siteRelease(name, { tenant, decision: plan.release, machine, platform, after }, this);
    const publish = (after: pulumi.Resource[]): readonly pulumi.Resource[] => {
      if (tenant.dns.mode !== "ours") return [];
      const { zoneId, ready } = platform.findZone(tenant.dns.zone);
      return publishNames(name, { zoneId, records: plan.records, after: [...after, ...ready] }, this);
    };
    // ACME asks for the site by its name, so the name comes first; everybody else's name appears only when
    // the site behind it can answer.
    if (isWithdrawn(tenant)) install([applied]);
    else if (tenant.certificate.issuer === "acme") install([secure([applied, ...publish([applied])])]);
    else publish([install([secure([applied])])]);
    this.summary = {
      name: tenant.name,
      domain: tenant.domain,
      address: tenant.address,
      issuer: tenant.certificate.issuer,
      vm: machine.vm.id,
    };
    this.registerOutputs({});
  }

  /** What a reviewer has to know beyond the resources. */
  #announce({ id, lifecycle }: Tenant, { held, stop, release }: SitePlan): void {
    if (lifecycle.state === "terminating") {
      const names = lifecycle.closed === undefined ? "" : "; it is closed, its names are withdrawn";
      const text = `is being wound up since ${lifecycle.since}: nothing else of it changes${names}; next: ./farm tenant terminate ${id}`;
      void pulumi.log.warn(text, this);
      return;
    }
    if (held.length > 0) {
      const changes = held.map(({ text }) => text).join(", ");
      void pulumi.log.warn(`held: ${changes}. ${stop.text}`, this);
    }
    if (release.kind === "held") void pulumi.log.warn(release.text, this);
    else if (release.kind === "change") void pulumi.log.info(release.text, this);
    for (const note of release.notes) void pulumi.log.warn(note, this);
  }
}

/**
 * Options of a site that is being wound up: whatever is below it keeps what it has. What is not declared any more
 * still goes, which is how its names are withdrawn.
 */
function freeze(opts: pulumi.ComponentResourceOptions | undefined): pulumi.ComponentResourceOptions {
  // Components have nothing to keep, and the engine would not know what to do with it.
  const keep: pulumi.ResourceTransformation = ({ type, props, opts: own }) =>
    type.startsWith("farm:") ? undefined : { props, opts: { ...own, ignoreChanges: ["*"] } };
  return { ...opts, transformations: [...(opts?.transformations ?? []), keep] };
}
