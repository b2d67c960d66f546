import { existsSync } from "node:fs";
import { join } from "node:path";
import { plugins } from "../../lab/standins/install.ts";
import { run } from "../../lib/run.ts";
import { engineVersion } from "../../toolchain/engine.ts";
import { isLabStack } from "../environment.ts";
import type { Context } from "./context.ts";
import { type Check, type Finding, fine } from "./finding.ts";

/** Engine and plug-ins: the versions that are wanted, and those that are there. */
export const engineCheck: Check<Context> = {
  id: "engine",
  title: "engine and plug-ins",
  async run({ engine, stack, environment }) {
    const said = await run(engine.pulumi, ["version"], { environment });
    const found = said.trim().replace(/^v/, "");
    const engineFinding: Finding =
      found === engineVersion
        ? fine("engine.version", `engine ${found}, ${engine.origin}`)
        : {
            id: "engine.version",
            severity: "broken",
            detail: `engine ${found} where ${engineVersion} is wanted, ${engine.pulumi}`,
            next: `remove ${engine.home}/versions, then run again: the right one is fetched`,
          };
    return [engineFinding, ...Object.entries(plugins).map((plugin) => plugIn(engine.home, stack, ...plugin))];
  },
};

function plugIn(home: string, stack: string, name: string, version: string): Finding {
  const folder = join(home, "plugins", `resource-${name}-v${version}`);
  const id = `engine.plugin.${name}`;
  if (existsSync(join(folder, `pulumi-resource-${name}`))) {
    const kind = existsSync(join(folder, "stand-in")) ? "the lab's stand-in" : "official";
    if (kind === "official" || isLabStack(stack)) return fine(id, `${name} ${version}, ${kind}`);
    return {
      id,
      severity: "broken",
      detail: `${name} ${version} is the lab's stand-in, and this is no lab`,
      next: `put the official plug-in into ${folder}: pulumi plugin install resource ${name} ${version}`,
    };
  }
  return {
    id,
    severity: isLabStack(stack) ? "fine" : "broken",
    detail: `${name} ${version} is not there${isLabStack(stack) ? " yet; the next run puts it there" : ""}`,
    ...(isLabStack(stack) ? {} : { next: `./farm pulumi plugin install resource ${name} ${version}` }),
  };
}
