import { isDeepStrictEqual } from "node:util";
import { flatten } from "./allrisnet/keys.ts";
import type { Farm } from "./farm.ts";
import { formatSize } from "./size.ts";
import type { Tenant } from "./tenant.ts";
import { planStop } from "./window-stop.ts";

/** What the next `up` does because a tenant file changed. */
export interface Effect {
  /** One sentence for the operator. */
  readonly text: string;
  /** Whether it stops the VM or the application and waits for an announced window. */
  readonly window: boolean;
}

type Run = Pick<Farm, "windows" | "at">;

/** What the next `up` does, by the fields that differ; none when only notes do. */
export function effectsOf(before: Tenant, after: Tenant, run: Run): readonly Effect[] {
  return rules.flatMap((rule) => rule(before, after, run));
}

type Rule = (before: Tenant, after: Tenant, run: Run) => readonly Effect[];

const rules: readonly Rule[] = [
  sizeEffects,
  ({ pool, address }, after, run) => {
    if (pool === after.pool && address === after.address) return [];
    const place = pool === after.pool ? `${address} → ${after.address}` : `${pool} → ${after.pool}`;
    return [{ text: `The machine moves, ${place}: ${planStop(after, run, false).text}.`, window: true }];
  },
  (before, after) => {
    if (before.domain === after.domain && isDeepStrictEqual(before.aliases, after.aliases)) return [];
    const effects = [calm(`The site answers as ${after.domain}${aliasText(after)}; the VM goes on running.`)];
    if (after.dns.mode === "ours") effects.push(calm("The DNS records in our zone follow."));
    else
      effects.push(calm(`The administration has to change its records first: ./farm tenant dns ${after.id}`));
    return [...effects, calm(certificateText(after))];
  },
  (before, after) =>
    before.domain === after.domain && !isDeepStrictEqual(before.certificate, after.certificate)
      ? [calm(certificateText(after))]
      : [],
  ({ allrisnet: before }, after, run) => {
    if (before.release === after.allrisnet.release) return [];
    const { emergency } = after.allrisnet;
    const when =
      emergency === undefined ? planStop(after, run, false).text : `at once, by emergency "${emergency}"`;
    const change = `${before.release} → ${after.allrisnet.release}`;
    return [{ text: `ALLRIS net ${change} is installed: ${when}.`, window: emergency === undefined }];
  },
  (before, after) => {
    const changed = changedParameters(before, after);
    if (changed.length === 0) return [];
    const count = changed.length === 1 ? "1 parameter is" : `${changed.length} parameters are`;
    return [calm(`${count} rolled out and nginx is reloaded; no request is lost.`)];
  },
  (before, after) =>
    isDeepStrictEqual(before.backup, after.backup) ? [] : [calm("The backup job gets another retention.")],
  (before, after) =>
    isDeepStrictEqual(before.lifecycle, after.lifecycle)
      ? []
      : [calm(`The site's lifecycle becomes "${after.lifecycle.state}".`)],
  (before, after) => {
    const texts = ["name", "kind", "ags", "bodies", "links", "contact", "locale", "languages"] as const;
    const changed = texts.filter((field) => !isDeepStrictEqual(before[field], after[field]));
    return changed.length === 0 ? [] : [calm(`The pages show other texts (${changed.join(", ")}).`)];
  },
];

/** Keys of the parameters of ALLRIS net whose value differs. */
export function changedParameters(before: Tenant, after: Tenant): readonly string[] {
  const values = new Map(flatten(before.allrisnet));
  const now = new Map(flatten(after.allrisnet));
  const keys = new Set([...values.keys(), ...now.keys()]);
  return [...keys].filter((key) => !isDeepStrictEqual(values.get(key), now.get(key))).sort();
}

function sizeEffects({ size: before }: Tenant, after: Tenant, run: Run): readonly Effect[] {
  const { size } = after;
  const changes = [
    ...(before.cpus === size.cpus ? [] : [`cpus ${before.cpus} → ${size.cpus}`]),
    ...(before.memory === size.memory
      ? []
      : [`memory ${formatSize(before.memory)} → ${formatSize(size.memory)}`]),
    ...(before.disk === size.disk ? [] : [`disk ${formatSize(before.disk)} → ${formatSize(size.disk)}`]),
  ];
  if (changes.length === 0) return [];
  const stop = planStop(after, run, false);
  return [{ text: `The VM is stopped for ${changes.join(", ")}: ${stop.text}.`, window: true }];
}

function certificateText({ certificate, domain }: Tenant): string {
  switch (certificate.issuer) {
    case "acme":
      return `A certificate for ${domain} is asked for by ACME; visitors reach the machine by that name before.`;
    case "cloudflare-origin":
      return `Cloudflare's Origin CA issues a new certificate for ${domain}.`;
    case "customer":
      return `The delivered certificate must hold ${domain}: folder "${certificate.delivery}".`;
  }
}

function aliasText({ aliases }: Tenant): string {
  return aliases.length === 0
    ? ""
    : `, and ${aliases.join(", ")} redirect${aliases.length === 1 ? "s" : ""} there`;
}

function calm(text: string): Effect {
  return { text, window: false };
}
