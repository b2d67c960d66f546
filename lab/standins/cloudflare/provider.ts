import type { Provider } from "../../../providers/kit/types.ts";
import { CloudflareApi } from "./api.ts";
import type { Environment } from "./config.ts";
import { checkConfig, readSettings } from "./config.ts";
import { dnsRecord } from "./dns-record.ts";
import { getZone } from "./get-zone.ts";
import { originCaCertificate } from "./origin-ca-certificate.ts";
import { originPulls } from "./origin-pulls.ts";
import { zone } from "./zone.ts";
import { zoneSetting } from "./zone-setting.ts";

/**
 * Stands in for the official plugin of @pulumi/cloudflare where it cannot be had.
 * @param environment where variables are read. @default - of this process
 */
export function cloudflare(environment: Environment = process.env): Provider<CloudflareApi> {
  return {
    name: "cloudflare",
    version: "6.22.1",
    checkConfig: (args) => checkConfig(args, environment),
    configure: (args) => new CloudflareApi(readSettings(args, environment)),
    resources: {
      "cloudflare:index/zone:Zone": zone,
      "cloudflare:index/dnsRecord:DnsRecord": dnsRecord,
      "cloudflare:index/zoneSetting:ZoneSetting": zoneSetting,
      "cloudflare:index/originCaCertificate:OriginCaCertificate": originCaCertificate,
      "cloudflare:index/authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings": originPulls,
    },
    functions: { "cloudflare:index/getZone:getZone": getZone },
  };
}
