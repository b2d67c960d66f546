import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { FarmError, messageOf } from "../lib/farm-error.ts";
import type { Settings } from "../model/settings.ts";
import type { Tenant } from "../model/tenant.ts";
import type { Access } from "./connection.ts";
import { FarmComponent } from "./farm-component.ts";
import type { PoolLookup } from "./platform-lookup.ts";
import { Zone } from "./zone.ts";

/** What all sites share. */
export interface PlatformArgs {
  readonly settings: Settings;
  readonly tenants: readonly Tenant[];
  readonly pools: ReadonlyMap<string, PoolLookup>;
}

/** The provider's side: pools that were found fit, zones, the way to the machines. */
export class Platform extends FarmComponent {
  readonly access: Access;
  readonly protection: boolean;
  readonly acme: { readonly directory: string; readonly email: string; readonly caaIssuer: string };
  /** PEM of the ACME server's CA where it is not a public one. */
  readonly acmeCa: string | undefined;
  /** Where archives of releases lie, absolute or from the project's folder. */
  readonly releasesFolder: string;
  /** Networks of Cloudflare's edge. @default - those that Cloudflare publishes */
  readonly edgeRanges: readonly string[] | undefined;
  readonly #settings: Settings;
  readonly #pools: ReadonlyMap<string, PoolLookup>;
  readonly #zones = new Map<string, Zone>();

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:Platform", name, opts);
    const { settings } = args;
    this.#settings = settings;
    this.#pools = args.pools;
    this.protection = settings.protection;
    this.access = {
      user: settings.access.user,
      authorizedKeys: settings.access.authorizedKeys,
      proxy: settings.access.jump,
    };
    this.releasesFolder = settings.releases.folder;
    this.edgeRanges = settings.cloudflare.edgeRanges;
    const { directory, email, caaIssuer } = settings.acme;
    this.acme = { directory, email, caaIssuer };
    this.acmeCa =
      settings.acme.caFile === undefined ? undefined : readSetting("acme.caFile", settings.acme.caFile);
    const zones = new Set(
      args.tenants.flatMap((tenant) => (tenant.dns.mode === "ours" ? [tenant.dns.zone] : [])),
    );
    for (const zone of [...zones].sort()) {
      const proxied = args.tenants.some(
        (tenant) =>
          tenant.dns.mode === "ours" &&
          tenant.dns.zone === zone &&
          tenant.certificate.issuer === "cloudflare-origin",
      );
      const component = new Zone(
        this.child(zone.replaceAll(".", "-")),
        {
          zone,
          accountId: settings.cloudflare.accountId,
          proxied,
          ttl: settings.defaults.ttl,
          protection: settings.protection,
        },
        { parent: this },
      );
      this.#zones.set(zone, component);
    }
    this.registerOutputs({});
  }

  /** The pool with this key of the settings. The model has checked that every tenant's pool exists. */
  findPool(key: string): PoolLookup {
    return found(this.#pools.get(key), `pool ${key}`);
  }

  /** XO's id of a host of a pool. */
  findHost(pool: string, label: string): string {
    return found(this.findPool(pool).hosts.get(label), `host ${label}`);
  }

  findZone(zone: string): Zone {
    return found(this.#zones.get(zone), `zone ${zone}`);
  }

  /** PEM of the CA of Cloudflare's client certificate, for sites that only Cloudflare may reach. */
  originPullCaFor(tenant: Tenant): string | undefined {
    if (tenant.certificate.issuer !== "cloudflare-origin") return undefined;
    return readSetting("cloudflare.originPullCaFile", this.#settings.cloudflare.originPullCaFile);
  }
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined)
    throw new Error(`the platform has no ${name}; the model lets no such tenant through`);
  return value;
}

function readSetting(field: string, file: string | undefined): string {
  if (file === undefined) {
    throw new FarmError({ what: "A stack setting is missing", where: field, next: "name a PEM file there" });
  }
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FarmError(
      {
        what: "A file of the stack settings cannot be read",
        where: `${field}: ${file}`,
        why: messageOf(error),
      },
      { cause: error },
    );
  }
}
