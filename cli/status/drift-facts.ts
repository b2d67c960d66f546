import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../lib/farm-error.ts";
import { farmFolder } from "../../lib/paths.ts";
import { parseEnvelope } from "../../model/preview/envelope.ts";
import { reportOf } from "../../model/preview/report.ts";
import type { DriftFact, Unseen } from "../../model/status/private-facts.ts";

/** Where `./farm refresh` keeps what it saw of a stack. */
export function driftFile(stack: string): string {
  return join(farmFolder, "previews", `${stack}.drift.json`);
}

/**
 * What the last look for changes behind the farm's back saw of each administration.
 * @returns a fact for an id; of one that the look does not know, that it is not known
 */
export function driftFacts(file: string): (id: string) => DriftFact | Unseen {
  if (!existsSync(file)) return () => ({ unseen: "./farm refresh sucht danach" });
  try {
    const envelope = parseEnvelope(JSON.parse(readFileSync(file, "utf8")));
    const { changing, held, unchanged, failures } = reportOf([envelope]);
    const at = Date.parse(envelope.at);
    const sites = new Map([...changing, ...held].map((site) => [site.id, site]));
    const same = new Set(unchanged.map(({ id }) => id));
    return (id) => {
      const site = sites.get(id);
      if (site !== undefined) return { at, resources: site.changes.map(({ name }) => name) };
      if (same.has(id)) return { at, resources: [] };
      const why =
        failures.length > 0 ? "die letzte Suche kam nicht zu ihrem Ende" : "nicht in der letzten Suche";
      return { unseen: why };
    };
  } catch (error) {
    return () => ({ unseen: `${file}: ${messageOf(error).split("\n", 1).join("")}` });
  }
}
