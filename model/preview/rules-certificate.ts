import { type ImpactRule, withNew } from "./rule.ts";

const origin = "cloudflare:index/originCaCertificate:OriginCaCertificate";
const command = "command:remote:Command";

const calm = { level: "calm", outage: 0, window: false, impact: "changed in place" } as const;
const notice = { ...calm, level: "notice" } as const;
const danger = { ...calm, level: "danger" } as const;

/** Certificates: Cloudflare's provider 6, the tls provider 5, the machine's own program. */
export const certificateRules: readonly ImpactRule[] = [
  {
    ...calm,
    id: "origin-new",
    resource: origin,
    op: "create",
    impact: "certificate ordered",
    why: "Served when the machine has it.",
  },
  {
    ...notice,
    id: "origin-rotated",
    resource: origin,
    op: "delete",
    when: withNew(origin),
    impact: "certificate rotated",
    why: "The new one is served before Cloudflare revokes the old one.",
  },
  {
    ...danger,
    id: "origin-revoked",
    resource: origin,
    op: "delete",
    impact: "certificate revoked",
    why: "Cloudflare revokes it, and its edge refuses a machine that still serves it.",
  },
  {
    ...danger,
    id: "origin-replaced",
    resource: origin,
    op: "replace",
    impact: "certificate revoked",
    why: "Every input replaces: another one is ordered and served first, then this one is revoked.",
  },
  ...["tls:index/privateKey:PrivateKey", "tls:index/certRequest:CertRequest"].flatMap(
    (resource): ImpactRule[] => {
      const what = resource.includes("Key") ? "key" : "request";
      return [
        {
          ...calm,
          id: `tls-${what}-new`,
          resource,
          op: "create",
          impact: `new ${what}`,
          why: "Part of a certificate that is ordered.",
        },
        {
          ...calm,
          id: `tls-${what}-gone`,
          resource,
          op: "delete",
          impact: `${what} forgotten`,
          why: "The state forgets it; what becomes of the certificate stands with the certificate.",
        },
        {
          ...notice,
          id: `tls-${what}-replaced`,
          resource,
          op: "replace",
          impact: `new ${what}`,
          why: "Every certificate that rests on it is replaced as well.",
        },
      ];
    },
  ),
  {
    ...calm,
    id: "certificate-new",
    resource: command,
    part: "certificate",
    op: "create",
    impact: "certificate",
    why: "The machine gets its first certificate.",
  },
  {
    ...danger,
    id: "certificate-issuer",
    resource: command,
    part: "certificate",
    op: "update",
    path: "create",
    impact: "certificate issuer changed",
    why: "Visitors get a certificate of another authority; the one that was served until now is given up.",
  },
  {
    ...notice,
    id: "certificate-changed",
    resource: command,
    part: "certificate",
    op: "update",
    path: "stdin",
    impact: "certificate changed",
    why: "Ordered again for other names, or another one is put in place; the web server reloads without losing a request.",
  },
  {
    ...calm,
    id: "certificate-reached",
    resource: command,
    part: "certificate",
    op: "update",
    path: "*",
    why: "How the machine is reached, or what is logged; the program finds its certificate fit and does nothing.",
  },
  {
    ...notice,
    id: "certificate-again",
    resource: command,
    part: "certificate",
    op: "replace",
    impact: "certificate",
    why: "Another machine gets a certificate.",
  },
  {
    ...notice,
    id: "certificate-left",
    resource: command,
    part: "certificate",
    op: "delete",
    impact: "certificate left",
    why: "Nothing is done on the machine: it serves what it has until that expires.",
  },
];
