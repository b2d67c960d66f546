import { fieldsOf, isMissing, listOf, numberOf, ofType, textOf, types } from "../planned-resource.ts";
import type { Finding, ResourceRule, Rule, StackRule } from "../rule.ts";

/** Rules about pools, storage and the interfaces that administer them. */
export const platformRules: readonly Rule[] = [
  {
    name: "pool-tolerates-failure",
    sentence: "A pool bears the loss of a host, and finds out by two heartbeat repositories.",
    remedy: "set `ha.hostFailures` to 1 or more, and name two repositories in `ha.heartbeat` of the pool",
    requirements: ["SYS.1.5.A20", "GS++ ARCH.8.3"],
    severity: "critical",
    types: [types.poolAvailability],
    check({ inputs }) {
      const failures = numberOf(inputs["hostFailuresToTolerate"]);
      const heartbeats = listOf(inputs["heartbeatRepositories"])?.length;
      return [
        ...(failures !== undefined && failures < 1 ? ["bears the loss of no host"] : []),
        ...(heartbeats !== undefined && heartbeats < 2 ? ["has less than two heartbeat repositories"] : []),
      ];
    },
  } satisfies ResourceRule,
  {
    name: "pool-availability-kept",
    sentence: "Every pool has high availability, protected against being switched off.",
    remedy: "leave the pool to its component, and `protection: true` in the stack settings",
    requirements: ["SYS.1.5.A20", "GS++ ARCH.8.3"],
    severity: "critical",
    check(resources) {
      const available = ofType(resources, types.poolAvailability);
      const unprotected = available.filter(({ protect }) => !protect);
      return [
        ...unprotected.map(({ urn }): Finding => ({ urn, detail: "may be switched off by the engine" })),
        ...ofType(resources, types.poolSettings).flatMap(({ urn, inputs }): Finding[] => {
          const has = available.some((each) => each.inputs["pool"] === inputs["pool"]);
          return has ? [] : [{ urn, detail: "belongs to a pool without high availability" }];
        }),
      ];
    },
  } satisfies StackRule,
  {
    name: "pool-networks-separate",
    sentence: "Moving machines and backups have networks of their own, apart from that of the sites.",
    remedy: "name `migrationNetwork` and `backupNetwork` of the pool in the stack settings",
    requirements: ["SYS.1.5.A11", "GS++ ARCH.2.2.7"],
    severity: "medium",
    types: [types.poolSettings],
    check({ inputs }) {
      return ["migrationNetwork", "backupNetwork"]
        .filter((name) => isMissing(inputs[name]))
        .map((name) => `has no ${name}`);
    },
  } satisfies ResourceRule,
  {
    name: "xapi-over-tls",
    sentence: "The pools' own interface is reached with TLS alone.",
    remedy: "write `https://` in `xapi.url` of the pool",
    requirements: ["SYS.1.5.A5", "GS++ KONF.14.1.1"],
    severity: "critical",
    types: [types.poolAvailability],
    check({ inputs }) {
      const url = textOf(fieldsOf(inputs["xapi"])["url"]);
      return url !== undefined && !url.startsWith("https://") ? ["its XAPI is reached without TLS"] : [];
    },
  } satisfies ResourceRule,
  {
    name: "xo-over-tls",
    sentence: "Xen Orchestra and Cloudflare are reached with TLS alone.",
    remedy: "write `wss://` in `endpoints.xo` and `https://` in `endpoints.cloudflare` of the stack settings",
    requirements: ["SYS.1.5.A5", "GS++ KONF.14.1.1"],
    severity: "critical",
    types: [types.stack],
    check(_, { settings }) {
      if (settings === undefined) return [];
      const { xo, cloudflare } = settings.endpoints;
      return [
        ...(xo.startsWith("wss://") ? [] : ["endpoints.xo is reached without TLS"]),
        ...(cloudflare.startsWith("https://") ? [] : ["endpoints.cloudflare is reached without TLS"]),
      ];
    },
  } satisfies ResourceRule,
  {
    name: "xo-certificate-verified",
    sentence: "The farm checks whom it talks to: no certificate of Xen Orchestra is taken unseen.",
    remedy: "take XOA_INSECURE and `insecure` out, and let the machine trust Xen Orchestra's authority",
    requirements: ["SYS.1.5.A5", "GS++ KONF.11.1.2"],
    severity: "critical",
    types: [types.stack, types.vm, types.poolSettings],
    check({ type, insecureProvider }, { insecureXo }) {
      return [
        ...(type === types.stack && insecureXo
          ? ["the environment's XOA_INSECURE accepts any certificate"]
          : []),
        ...(insecureProvider === true ? ["its provider accepts any certificate"] : []),
      ];
    },
  } satisfies ResourceRule,
  {
    name: "storage-encrypted",
    sentence: "The storage that disks lie on encrypts what it writes.",
    remedy: "switch NetApp's volume encryption on, then write `encrypted: true` at that repository",
    requirements: ["SYS.1.5.A28", "SYS.1.8.A23", "GS++ KONF.3.2"],
    severity: "high",
    types: [types.stack],
    check(_, { settings }) {
      return Object.entries(settings?.pools ?? {}).flatMap(([key, { storage }]) =>
        Object.entries(storage).flatMap(([name, { encrypted }]) =>
          encrypted ? [] : [`pools.${key}.storage["${name}"] is not encrypted`],
        ),
      );
    },
  } satisfies ResourceRule,
  {
    name: "operator-keys-strong",
    sentence: "The operators' ssh keys are Ed25519 or ECDSA, or RSA of 3072 bits or more.",
    remedy: "make a new key (`ssh-keygen -t ed25519`) and take the old one out of `access.authorizedKeys`",
    requirements: ["CON.1.A1", "OPS.1.2.5.A17", "GS++ BER.7.2"],
    severity: "high",
    types: [types.stack],
    check(_, { settings }) {
      return (settings?.access.authorizedKeys ?? []).flatMap((key, at) => {
        const bits = rsaBits(key);
        return bits !== undefined && bits < 3072
          ? [`access.authorizedKeys[${at}] is an RSA key of ${bits} bits`]
          : [];
      });
    },
  } satisfies ResourceRule,
];

/** Bits of the modulus of an RSA key in OpenSSH's form (RFC 4253 section 6.6); undefined for other kinds. */
function rsaBits(key: string): number | undefined {
  const [kind, body = ""] = key.split(" ");
  if (kind !== "ssh-rsa") return undefined;
  const blob = Buffer.from(body, "base64");
  let at = 0;
  let part = Buffer.alloc(0);
  // Kind, exponent, modulus: each with its length before it.
  for (let index = 0; index < 3; index++) {
    if (at + 4 > blob.length) return 0;
    const length = blob.readUInt32BE(at);
    part = blob.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  const digits = part[0] === 0 ? part.subarray(1) : part;
  return digits.length * 8;
}
