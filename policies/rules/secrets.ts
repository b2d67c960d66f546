import { fieldsOf, textOf, types } from "../planned-resource.ts";
import { takesSecrets } from "../rolled-out.ts";
import type { ResourceRule } from "../rule.ts";

/** A secret that stands where every process list and every log shows it. */
const inTheOpen =
  /-----BEGIN|\b(password|passwort|token|secret|api[-_]?key)\s*=|--(password|token|secret|key)[= ]/i;

/** Rules about how secrets reach machines. */
export const secretRules: readonly ResourceRule[] = [
  {
    name: "secrets-not-logged",
    sentence: "A command that takes a secret takes it by standard input, and nothing of it is logged.",
    remedy: "set `logging: Logging.None` and `addPreviousOutputInEnv: false` on that command",
    requirements: ["SYS.1.3.A14", "GS++ KONF.1.5"],
    severity: "critical",
    types: [types.command],
    check(resource) {
      if (!takesSecrets(resource)) return [];
      const { logging, addPreviousOutputInEnv } = resource.inputs;
      return [
        ...(logging === "none" ? [] : ["its output is logged"]),
        ...(addPreviousOutputInEnv === false ? [] : ["hands its last output on by the environment"]),
      ];
    },
  },
  {
    name: "commands-without-secrets",
    sentence: "No secret stands in the text or in the environment of a command.",
    remedy: "give it by standard input",
    requirements: ["SYS.1.3.A14", "GS++ KONF.1.5"],
    severity: "critical",
    types: [types.command],
    check({ inputs }) {
      const texts = ["create", "update", "delete"].filter((name) =>
        inTheOpen.test(textOf(inputs[name]) ?? ""),
      );
      const variables = Object.keys(fieldsOf(inputs["environment"])).length > 0;
      return [
        ...texts.map((name) => `its ${name} command holds what looks like a secret`),
        ...(variables ? ["sets variables of the environment, which other processes can read"] : []),
      ];
    },
  },
];
