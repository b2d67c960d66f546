import { messageOf } from "../lib/farm-error.ts";
import type { Probe } from "../model/drill-timeline.ts";
import { type Route, visitPage } from "./visit.ts";

/** Milliseconds between two visits of a site: five a second. */
const every = 200;
/** Milliseconds after which a visitor has gone away. */
const patience = 2000;

/** Visits a site by its name over HTTPS, five times a second whether it answers or not, and writes down every visit. */
export class SiteProbe {
  readonly url: string;
  readonly #route: Route;
  readonly #probes: Probe[] = [];
  readonly #flying = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(url: string, route: Route) {
    this.url = url;
    this.#route = route;
  }

  start(): void {
    this.#timer = setInterval(() => this.#send(), every);
    this.#send();
  }

  /** Stops, and answers once the last visit has ended. */
  async stop(): Promise<readonly Probe[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#flying);
    return this.probes;
  }

  /** The visits that have ended, in the order in which they began. */
  get probes(): readonly Probe[] {
    return this.#probes.toSorted((a, b) => a.begun - b.begun);
  }

  #send(): void {
    const flight = this.#visit().finally(() => this.#flying.delete(flight));
    this.#flying.add(flight);
  }

  async #visit(): Promise<void> {
    const begun = Date.now();
    const failure = await visitPage(this.url, this.#route, patience).then(
      ({ status }) => (status === 200 ? undefined : `status ${status}`),
      (error: unknown) => messageOf(error).split("\n", 1).join(""),
    );
    this.#probes.push({ begun, ended: Date.now(), ...(failure !== undefined && { failure }) });
  }
}
