import { AuthenticatedOriginPullsSettings } from "@pulumi/cloudflare/authenticatedOriginPullsSettings.js";
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import { Zone as CloudflareZone } from "@pulumi/cloudflare/zone.js";
import { ZoneSetting } from "@pulumi/cloudflare/zoneSetting.js";
import type * as pulumi from "@pulumi/pulumi";
import { edgeIssuers } from "../model/dns-plan.ts";
import { FarmComponent } from "./farm-component.ts";

/** One zone that the provider keeps at Cloudflare. */
export interface ZoneArgs {
  /** For example `hohenbrueck.example`. */
  readonly zone: string;
  readonly accountId: string;
  /** Whether any site of the zone is proxied: only then visitors' TLS ends at Cloudflare. */
  readonly proxied: boolean;
  /** Lifetime of its records, seconds. */
  readonly ttl: number;
  readonly protection: boolean;
}

/**
 * What a zone says for all its names. Removing a setting's resource sends nothing to Cloudflare, the old
 * value would stay: so every setting is always declared, with Cloudflare's default where no site needs more.
 */
const settings: Readonly<Record<string, { readonly proxied: string; readonly standard: string }>> = {
  ssl: { proxied: "strict", standard: "full" },
  min_tls_version: { proxied: "1.2", standard: "1.0" },
  always_use_https: { proxied: "on", standard: "off" },
};

/** A zone and its zone-wide settings; owned by the platform, shared by the sites below it. */
export class Zone extends FarmComponent {
  readonly zoneId: pulumi.Output<string>;
  /** What must be in force before a proxied name is published. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: ZoneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:Zone", name, opts);
    const zone = new CloudflareZone(
      this.child("zone"),
      { account: { id: args.accountId }, name: args.zone, type: "full" },
      { parent: this, protect: args.protection },
    );
    this.zoneId = zone.id;
    const declared = Object.entries(settings).map(
      ([settingId, value]) =>
        new ZoneSetting(
          this.child(settingId.replaceAll("_", "-")),
          { zoneId: zone.id, settingId, value: args.proxied ? value.proxied : value.standard },
          { parent: this, deletedWith: zone },
        ),
    );
    const originPulls = new AuthenticatedOriginPullsSettings(
      this.child("origin-pulls"),
      { zoneId: zone.id, enabled: args.proxied },
      // Last of all, so that whoever waits for it waits for the settings too.
      { parent: this, deletedWith: zone, dependsOn: declared },
    );
    for (const issuer of args.proxied ? edgeIssuers : []) {
      new DnsRecord(
        this.child(`caa-${issuer.replaceAll(".", "--")}`),
        {
          zoneId: zone.id,
          name: args.zone,
          type: "CAA",
          ttl: args.ttl,
          data: { flags: 0, tag: "issue", value: issuer },
        },
        { parent: this, deleteBeforeReplace: true },
      );
    }
    this.ready = args.proxied ? [originPulls] : [];
    this.registerOutputs({});
  }
}
