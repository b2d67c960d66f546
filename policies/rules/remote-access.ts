import { baseOf, parseAddress, parseCidr, prefixOf } from "../../model/address.ts";
import {
  differs,
  type Fields,
  fieldsOf,
  isMissing,
  listOf,
  notKnown,
  textOf,
  types,
  type Value,
} from "../planned-resource.ts";
import { rolledOut } from "../rolled-out.ts";
import type { ResourceRule } from "../rule.ts";

/** What opens an ssh connection to a machine. */
const connecting = [types.command, types.upload, types.release] as const;

/** The widest network that still names somebody's jump hosts: 256 addresses, or one site of IPv6. */
const widest = { v4: 24, v6: 48 };

/** Rules about how operators and programs reach machines. */
export const remoteAccessRules: readonly ResourceRule[] = [
  {
    name: "ssh-host-key-pinned",
    sentence:
      "A connection to a machine, and to the jump host before it, knows the other side's key beforehand.",
    remedy: "use the machine's `connection`, which carries the key that was read at the first contact",
    requirements: ["OPS.1.2.5.A8", "SYS.1.3.A8", "GS++ KONF.11.1.2"],
    severity: "critical",
    types: [...connecting],
    check({ inputs }) {
      const connection = connectionOf(inputs);
      if (connection === undefined) return [];
      const findings: string[] = [];
      if (isMissing(connection["hostKey"])) findings.push("trusts any host key of the machine");
      const proxy = fieldsOf(connection["proxy"]);
      if (!isMissing(connection["proxy"]) && isMissing(proxy["hostKey"])) {
        findings.push("trusts any host key of the jump host");
      }
      return findings;
    },
  },
  {
    name: "ssh-through-jump-host",
    sentence: "Machines are reached through the jump host of the settings, never directly.",
    remedy: "use the machine's `connection`; the jump host stands in `access.jump` of the stack settings",
    requirements: ["OPS.1.2.5.A25", "OPS.1.2.5.A3", "GS++ ARCH.5.1.6"],
    severity: "high",
    types: [...connecting, types.hostKey],
    check({ inputs }, { settings }) {
      // A host key has its machine's fields beside each other, the others have them in `connection`.
      const connection = inputs["connection"] === undefined ? inputs : connectionOf(inputs);
      if (connection === undefined) return [];
      if (isMissing(connection["proxy"])) return ["goes to the machine directly"];
      const host = fieldsOf(connection["proxy"])["host"];
      const wanted = settings?.access.jump.host;
      return wanted !== undefined && host !== undefined && differs(host, wanted)
        ? ["goes through another jump host than that of the settings"]
        : [];
    },
  },
  {
    name: "ssh-agent-only",
    sentence:
      "Who signs in on a machine is an account of the operators, with a key that never leaves the ssh agent.",
    remedy: "leave `password` and `privateKey` out of the connection, and root alone",
    requirements: ["OPS.1.2.5.A17", "GS++ KONF.4.3"],
    severity: "critical",
    types: [...connecting],
    check({ inputs }) {
      const connection = connectionOf(inputs);
      if (connection === undefined) return [];
      const proxy = fieldsOf(connection["proxy"]);
      const secrets = ["password", "privateKey", "privateKeyPassword"];
      return [
        ...secrets.filter((name) => !isMissing(connection[name])).map((name) => `holds a ${name}`),
        ...secrets
          .filter((name) => !isMissing(proxy[name]))
          .map((name) => `holds a ${name} of the jump host`),
        ...(connection["user"] === "root" ? ["signs in as root"] : []),
      ];
    },
  },
  {
    name: "ssh-from-bastions-only",
    sentence: "A machine's packet filter lets ssh in from the jump hosts alone.",
    remedy: "name the jump hosts in `bastions` of the pool, each by a network of 256 addresses at most",
    requirements: ["OPS.1.2.5.A3", "SYS.1.1.A19", "GS++ KONF.4.4"],
    severity: "high",
    types: [types.command],
    check(resource) {
      const values = rolledOut(resource);
      if (values === undefined) return [];
      const bastions = (listOf(values["bastions"]) ?? []).flatMap((bastion) => textOf(bastion) ?? []);
      if (bastions.length === 0) return ["names nobody who may open an ssh connection"];
      return bastions.filter(isWide).map((bastion) => `opens ssh to ${bastion}`);
    },
  },
];

/** Undefined while it is not known. */
function connectionOf(inputs: Fields): Fields | undefined {
  const connection: Value = inputs["connection"];
  return connection === notKnown ? undefined : fieldsOf(connection);
}

function isWide(text: string): boolean {
  const network = parseCidr(text);
  if (!network.ok) return true;
  const base = parseAddress(baseOf(network.value));
  const six = base.ok && base.value.includes(":");
  return prefixOf(network.value) < (six ? widest.v6 : widest.v4);
}
