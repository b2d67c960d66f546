import type { Context } from "./context.ts";
import { type Check, fine } from "./finding.ts";

const variable = "PULUMI_CONTINUE_ON_ERROR";

/** What the engine has to be told beside its arguments. */
export const environmentCheck: Check<Context> = {
  id: "environment",
  title: "environment",
  async run({ environment, engine }) {
    const findings = [];
    if (environment[variable] !== "true") {
      findings.push({
        id: "environment.continue-on-error",
        severity: "attention" as const,
        detail: `${variable} is ${environment[variable] ?? "missing"}: one failing administration stops the others`,
        next: `take it out of what the engine is given, or set ${variable}=true`,
      });
    }
    // A shell that took `./farm env` once calls the engine without the farm's command.
    const shell = process.env;
    if (shell["PULUMI_HOME"] === engine.home && shell[variable] !== "true") {
      findings.push({
        id: "environment.continue-on-error",
        severity: "attention" as const,
        detail: `this shell works with the farm's engine, and ${variable} is missing in it`,
        next: 'eval "$(./farm env)"',
      });
    }
    return findings.length > 0 ? findings : [fine("environment.continue-on-error", `${variable} is set`)];
  },
};
