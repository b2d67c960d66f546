import { differs, listOf, textOf, types } from "../planned-resource.ts";
import type { ResourceRule } from "../rule.ts";

/** What could be a secret in the text of a first boot, by the words of cloud-init and of key files. */
const secretWords =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(passwd|hashed_passwd|plain_text_passwd|password|chpasswd|token|secret|api_key)\b\s*:/i;

/** Rules about each machine by itself. */
export const virtualMachineRules: readonly ResourceRule[] = [
  {
    name: "vm-one-network-card",
    sentence: "A machine has exactly one network card, so that it never bridges two networks.",
    remedy: "take the other network cards out of the machine's `networks`",
    requirements: ["SYS.1.5.A4", "GS++ ARCH.2.3", "GS++ ARCH.5.1"],
    severity: "high",
    types: [types.vm],
    check({ inputs }) {
      const cards = listOf(inputs["networks"]);
      return cards !== undefined && cards.length !== 1 ? [`has ${cards.length} network cards`] : [];
    },
  },
  {
    name: "vm-high-availability",
    sentence: "Every machine is restarted on another host when its own fails.",
    remedy: 'set `highAvailability` to "restart" and leave `autoPoweron` off',
    requirements: ["SYS.1.5.A20", "GS++ ARCH.8.3"],
    severity: "high",
    types: [types.vm],
    check({ inputs }) {
      const findings: string[] = [];
      if (differs(inputs["highAvailability"], "restart")) {
        findings.push(`has the HA priority "${textOf(inputs["highAvailability"]) ?? "none"}"`);
      }
      if (inputs["autoPoweron"] === true) findings.push("is also started by Xen Orchestra itself");
      return findings;
    },
  },
  {
    name: "vm-deletion-refused",
    sentence: "A machine is protected against deletion, in the engine and in Xen Orchestra.",
    remedy: 'set `protection: true` in the stack settings; a site ends by `lifecycle: "terminating"` alone',
    requirements: ["SYS.1.5.A10", "GS++ KONF.6.4"],
    severity: "critical",
    types: [types.vm],
    check({ inputs, protect }) {
      const blocked = listOf(inputs["blockedOperations"]) ?? [];
      const findings: string[] = [];
      if (!protect) findings.push("may be deleted by the engine");
      if (!blocked.includes("destroy")) findings.push("may be deleted in Xen Orchestra");
      return findings;
    },
  },
  {
    name: "vm-tags",
    sentence: "A machine's tags say which stack and which administration it belongs to.",
    remedy:
      "give it the tags `farm=<project>/<stack>` and `tenant=<id>`, once each; a machine of the farm's own has `service=…` alone",
    requirements: ["SYS.1.5.A14", "GS++ KONF.2.1"],
    severity: "medium",
    types: [types.vm],
    check({ inputs }) {
      const tags = listOf(inputs["tags"]) ?? [];
      const count = (key: string): number => tags.filter((tag) => textOf(tag)?.startsWith(key)).length;
      // The monitoring's machine is no administration's: one tag says what it is.
      if (count("service=") === 1 && count("farm=") + count("tenant=") === 0) return [];
      return ["farm=", "tenant="]
        .filter((key) => count(key) !== 1)
        .map((key) => `has ${count(key)} tags ${key}…`);
    },
  },
  {
    name: "vm-cloud-init-no-secret",
    sentence:
      "What a machine reads at its first boot holds no secret: every user of Xen Orchestra can read it.",
    remedy: "put secrets on the machine by the roll-out's own step for them, by standard input",
    requirements: ["SYS.1.5.A3", "GS++ KONF.1.5"],
    severity: "critical",
    types: [types.vm],
    check({ inputs }) {
      return ["cloudConfig", "cloudNetworkConfig"]
        .filter((input) => secretWords.test(textOf(inputs[input]) ?? ""))
        .map((input) => `${input} holds what looks like a secret`);
    },
  },
  {
    name: "vm-keys-only",
    sentence: "Machines let in keys alone: no password, no root.",
    remedy: "leave `ssh_pwauth: false`, `disable_root: true` and `lock_passwd: true` in guest/cloud-init.ts",
    requirements: ["OPS.1.2.5.A17", "SYS.1.3.A8", "GS++ KONF.4.3"],
    severity: "critical",
    types: [types.vm],
    check({ inputs }) {
      const text = textOf(inputs["cloudConfig"]);
      if (text === undefined) return [];
      return [
        [/^ssh_pwauth: false$/m, "ssh may take passwords"],
        [/^disable_root: true$/m, "root may sign in"],
        [/^\s+lock_passwd: true$/m, "the operators' account may have a password"],
      ].flatMap(([form, finding]) => ((form as RegExp).test(text) ? [] : [String(finding)]));
    },
  },
];
