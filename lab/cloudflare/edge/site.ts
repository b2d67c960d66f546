import { resolve } from "../../dns/resolve.ts";
import { domainsOf } from "../../dns/zone.ts";
import type { DnsView } from "../dns-view.ts";
import { isOriginPullOn } from "../origin-pulls.ts";
import type { SecurityHeader } from "../setting-defaults.ts";
import { settingValue } from "../settings.ts";
import type { RecordRow, Store, ZoneRow } from "../store.ts";
import { EdgeError } from "./edge-error.ts";

/** How a zone wants its visitors and its origins to be treated. */
export interface EdgeSettings {
  readonly alwaysHttps: boolean;
  readonly ssl: "off" | "flexible" | "full" | "strict";
  readonly minTls: "1.0" | "1.1" | "1.2" | "1.3";
  readonly originPull: boolean;
  readonly securityHeader: SecurityHeader["strict_transport_security"];
}

const longestChain = 8;

/** What the edge knows of the zones of the account. */
export class Sites {
  private readonly store: Store;
  private readonly dns: DnsView;

  constructor(store: Store, dns: DnsView) {
    this.store = store;
    this.dns = dns;
  }

  /** The zone of the account that a host name belongs to, while it is served. */
  tryFindZone(host: string): ZoneRow | undefined {
    for (const domain of domainsOf(host)) {
      const zone = this.dns.tryFindAccountZone(domain);
      if (zone) return zone.paused ? undefined : zone;
    }
    return undefined;
  }

  /** The zone of a host name that is proxied. @throws EdgeError for other hosts */
  findProxiedZone(host: string): ZoneRow {
    const zone = this.tryFindZone(host);
    if (zone && this.proxiedRecords(zone, host).length > 0) return zone;
    throw new EdgeError(409, "DNS resolution error", 1001);
  }

  /** The settings of a zone at this moment. */
  settingsOf(zone: ZoneRow): EdgeSettings {
    const value = (id: string): unknown => settingValue(this.store, zone.id, id);
    return {
      alwaysHttps: value("always_use_https") === "on",
      ssl: value("ssl") as EdgeSettings["ssl"],
      minTls: value("min_tls_version") as EdgeSettings["minTls"],
      originPull: isOriginPullOn(this.store, zone.id),
      securityHeader: (value("security_header") as SecurityHeader).strict_transport_security,
    };
  }

  /** The address of a proxied host's origin, along aliases. @throws EdgeError when there is none */
  findOrigin(host: string, hop = 0): string {
    const zone = this.tryFindZone(host);
    const records = zone ? this.proxiedRecords(zone, host) : [];
    const record = records.find((each) => each.type === "A") ?? records[0];
    if (record === undefined) return this.publicAddress(host);
    if (record.type !== "CNAME") return record.content;
    if (hop >= longestChain) throw new EdgeError(530, "Origin DNS error", 1016);
    return this.findOrigin(record.content, hop + 1);
  }

  private publicAddress(host: string): string {
    for (const type of ["A", "AAAA"]) {
      const found = resolve(this.dns, host, type).answers.find((record) => record.type === type);
      if (found?.type === "A" || found?.type === "AAAA") return found.data;
    }
    throw new EdgeError(530, "Origin DNS error", 1016);
  }

  private proxiedRecords(zone: ZoneRow, host: string): RecordRow[] {
    return this.store.recordsOf(zone.id).filter((record) => record.proxied && record.name === host);
  }
}
