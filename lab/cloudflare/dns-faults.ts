import type { AuthoritativeZone, ZoneSource } from "../dns/zone.ts";
import type { Route } from "./api.ts";

/** Why a query got no answer: it was ordered so. */
export class OrderedSilence extends Error {
  override readonly name = "OrderedSilence";
}

/** DNS servers that can be told to be silent. Like all ordered faults it is forgotten at the end of the process. */
export class DnsFaults implements ZoneSource {
  private readonly source: ZoneSource;
  private silent = false;

  constructor(source: ZoneSource) {
    this.source = source;
  }

  /** @throws OrderedSilence while they are silent; the server then answers nothing */
  tryFindZone(name: string): AuthoritativeZone | undefined {
    if (this.silent) throw new OrderedSilence();
    return this.source.tryFindZone(name);
  }

  /** Orders and withdraws silence. */
  routes(): Route[] {
    const set = (silent: boolean) => () => {
      this.silent = silent;
      return { result: { silent } };
    };
    return [
      { method: "GET", path: "dns-silence", handle: () => ({ result: { silent: this.silent } }) },
      { method: "PUT", path: "dns-silence", handle: set(true) },
      { method: "DELETE", path: "dns-silence", handle: set(false) },
    ];
  }
}
