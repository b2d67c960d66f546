import type { Json } from "../json.ts";

/** What a setting of a zone may be, and what it is in a new zone. */
export interface SettingDefinition {
  readonly value: Json;
  /** Whether the plan allows another value. */
  readonly editable: boolean;
  readonly accepts: (value: Json) => boolean;
}

const isOnOff = oneOf("on", "off");

function oneOf(...values: readonly Json[]): (value: Json) => boolean {
  return (value) => values.includes(value);
}

function choice(value: string | number, ...others: readonly (string | number)[]): SettingDefinition {
  return { value, editable: true, accepts: oneOf(value, ...others) };
}

function onOff(value: "on" | "off", editable = true): SettingDefinition {
  return { value, editable, accepts: isOnOff };
}

function fixed(value: Json): SettingDefinition {
  return { value, editable: false, accepts: oneOf(value) };
}

/** All settings of a zone on the free plan, by id, with the values of a new zone. */
export const settingDefinitions: Readonly<Record<string, SettingDefinition>> = {
  "0rtt": onOff("off"),
  advanced_ddos: fixed("on"),
  always_online: onOff("off"),
  always_use_https: onOff("off"),
  automatic_https_rewrites: onOff("on"),
  browser_cache_ttl: choice(14_400, 0, 1_800, 3_600, 7_200, 28_800, 86_400, 604_800, 2_592_000, 31_536_000),
  browser_check: onOff("on"),
  cache_level: choice("aggressive", "basic", "simplified"),
  challenge_ttl: choice(1_800, 300, 900, 2_700, 3_600, 7_200, 14_400, 28_800, 86_400),
  ciphers: { value: [], editable: true, accepts: isListOfWords },
  cname_flattening: fixed("flatten_at_root"),
  development_mode: onOff("off"),
  early_hints: onOff("off"),
  email_obfuscation: onOff("on"),
  hotlink_protection: onOff("off"),
  http2: onOff("on"),
  http3: onOff("on"),
  ip_geolocation: onOff("on"),
  ipv6: onOff("on"),
  max_upload: fixed(100),
  min_tls_version: choice("1.0", "1.1", "1.2", "1.3"),
  mirage: fixed("off"),
  opportunistic_encryption: onOff("on"),
  opportunistic_onion: onOff("on"),
  polish: fixed("off"),
  privacy_pass: onOff("on"),
  pseudo_ipv4: choice("off", "add_header", "overwrite_header"),
  rocket_loader: onOff("off"),
  security_header: { value: securityHeader(), editable: true, accepts: isSecurityHeader },
  security_level: choice("medium", "off", "essentially_off", "low", "high", "under_attack"),
  server_side_exclude: onOff("on"),
  ssl: choice("full", "off", "flexible", "strict"),
  tls_1_3: choice("on", "off", "zrt"),
  tls_client_auth: onOff("off"),
  true_client_ip_header: fixed("off"),
  waf: fixed("off"),
  webp: fixed("off"),
  websockets: onOff("on"),
};

/** The value of the setting `security_header`, as the wire spells it. */
export type SecurityHeader = {
  readonly strict_transport_security: {
    readonly enabled: boolean;
    /** Seconds. */
    readonly max_age: number;
    readonly include_subdomains: boolean;
    readonly preload: boolean;
    readonly nosniff: boolean;
  };
};

/** Fills a security header that was sent in part with the values of a new zone. */
export function securityHeader(
  sent: Partial<SecurityHeader["strict_transport_security"]> = {},
): SecurityHeader {
  const usual = { enabled: false, max_age: 0, include_subdomains: false, preload: false, nosniff: false };
  return { strict_transport_security: { ...usual, ...sent } };
}

function isSecurityHeader(value: Json): boolean {
  const [only, ...others] = Object.entries(value ?? {});
  if (only?.[0] !== "strict_transport_security" || others.length > 0) return false;
  const parts = only[1];
  if (typeof parts !== "object" || parts === null || Array.isArray(parts)) return false;
  const { max_age: maxAge, ...flags } = parts as Readonly<Record<string, unknown>>;
  const isAge =
    maxAge === undefined || (typeof maxAge === "number" && Number.isInteger(maxAge) && maxAge >= 0);
  const known = securityHeader().strict_transport_security;
  return isAge && Object.entries(flags).every(([key, flag]) => key in known && typeof flag === "boolean");
}

function isListOfWords(value: Json): boolean {
  return Array.isArray(value) && value.every((word) => typeof word === "string" && /^[A-Z0-9-]+$/.test(word));
}
