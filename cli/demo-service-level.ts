import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FarmError } from "../lib/farm-error.ts";
import { checkout } from "../lib/paths.ts";
import { monthOf } from "../model/berlin-time.ts";
import type { State } from "../model/status/current-state.ts";
import { labStack } from "./environment.ts";
import { interruptible } from "./interruptible.ts";
import { measurementsFolder } from "./measurements/folder.ts";
import { pullFarm } from "./measurements/pull.ts";
import type { Output } from "./output.ts";
import { readStatus, type SlaStatus } from "./sla/status.ts";
import { type MadePages, makeStatusPages } from "./status/make-pages.ts";
import { openFarm } from "./tenant/open-farm.ts";

/** How long the probers may take until all sites are measured: a round of questions, and a sign of life each minute. */
const patience = 180_000;

/** The sites answer, but the probers' logs do not prove it yet: they began while the sites were being installed. */
const notYet: ReadonlySet<State> = new Set(["unknown", "down", "partial"]);

/** What the demo shows of the service level. */
export interface ServiceLevel {
  readonly administrations: SlaStatus["rows"];
  /** What is wrong with the probers' logs. */
  readonly alarms: readonly string[];
  readonly pages: MadePages;
  /** How the months stand, for people. */
  readonly text: string;
  /** The administration that the next commands speak of. */
  readonly example: string;
}

/**
 * Waits until each site was measured; then how the months stand, and status pages.
 * @throws FarmError when a prober cannot be asked or measures nothing
 */
export async function serviceLevel(progress: Output["progress"]): Promise<ServiceLevel> {
  const folder = join(checkout, "tenants");
  const open = await openFarm(labStack, folder, { json: false, progress, result: () => {} });
  const farm = await open.load();
  const measurements = measurementsFolder(labStack);
  progress("Waiting for the probers' first answers");
  const pages = await interruptible(progress, async (signal) => {
    const deadline = Date.now() + patience;
    for (;;) {
      const logs = await pullFarm(open, farm.settings, measurements, signal);
      const order = { stack: labStack, at: new Date(), measurements, provider: false, progress };
      const made = await makeStatusPages(order);
      const waiting = made.administrations.filter(({ state }) => state !== null && notYet.has(state));
      if (waiting.length === 0 && logs.every(({ failure }) => failure === undefined)) return made;
      if (Date.now() > deadline) throw notMeasured(logs, waiting);
      await sleep(2000, undefined, { signal });
    }
  });
  const at = new Date(pages.at);
  const scope = { stack: labStack, at, month: monthOf(at), farm, folder, measurements };
  const { rows, alarms, text } = await readStatus({ ...scope, ids: [] });
  const example = rows.find(({ id }) =>
    pages.administrations.some((made) => made.id === id && made.state === "up"),
  );
  return { administrations: rows, alarms, pages, example: (example ?? rows[0])?.id ?? "", text };
}

function notMeasured(
  logs: readonly { readonly prober: string; readonly failure?: string }[],
  waiting: MadePages["administrations"],
): FarmError {
  const failures = logs.flatMap(({ prober, failure }) =>
    failure === undefined ? [] : [`${prober}: ${failure}`],
  );
  const unseen = waiting.map(({ id, state }) => `${id}: ${state}`);
  return new FarmError({
    what: `The probers do not see every site answer after ${patience / 1000} s`,
    why: [...failures, ...unseen].join("\n") || "a prober writes nothing",
    next: "./farm measurements pull && ./farm lab logs edge-host-1 edge-host-2",
  });
}

/** The part of the demo's text about the service level. */
export function serviceLevelText({ text, pages, example }: ServiceLevel): string[] {
  const month = monthOf(new Date(pages.at));
  return [
    text,
    `Status pages are below ${pages.out} (docs/how-to/status-pages.md says what they show)`,
    `See an outage, step by step in docs/tutorial/service-level.md:
  ./farm site ssh ${example} -t demo -- sudo systemctl stop nginx      start nginx after six minutes ends it
  ./farm lab mail                     what the monitoring wrote, within a minute
  ./farm measurements pull            the probers' logs up to now; then
  ./farm incident list                the outage, with the rule that counts it
  ./farm sla status                   what it takes of the month
  ./farm metrics --deliver            hands that to the monitoring, which warns of what is used up
  ./farm report status                the status pages as of now
  ./farm report sla -m ${month}        the month's report so far, in German
  ./farm window announce <id>         what was announced does not count; its letters lie in ./farm lab mail`,
  ];
}
