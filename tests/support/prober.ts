import { setTimeout as sleep } from "node:timers/promises";
import { type LabFile, readLab } from "../../lab/lab-file.ts";
import { visit } from "../../lab/probe.ts";
import { messageOf } from "../../lib/farm-error.ts";

/** A site that is watched. */
export interface ProbedSite {
  /** Of the administration; the site says it on its first page. */
  readonly id: string;
  readonly domain: string;
}

/** A probe that did not see the site. */
export interface FailedProbe {
  /** When it was begun, milliseconds since 1970. */
  readonly at: number;
  readonly why: string;
}

/** What was seen of one site. */
export interface ProbeReport {
  readonly probes: number;
  readonly failed: readonly FailedProbe[];
  /** Milliseconds of the slowest answer that counted. */
  readonly slowest: number;
  /** Longest time between two answers, milliseconds; the beginning and the end count as answers. */
  readonly longestGap: number;
}

/** How to probe. */
export interface ProberOptions {
  /** Milliseconds between two probes of a site. @default 200 */
  readonly interval?: number;
  /**
   * Milliseconds within which a site has to answer in full. A packet that is lost while a connection is made is sent
   * again after one second (RFC 6298): a visitor waits, and does not see an error. @default 2000
   */
  readonly limit?: number;
}

interface Watched {
  readonly site: ProbedSite;
  readonly failed: FailedProbe[];
  readonly answered: number[];
  probes: number;
  slowest: number;
}

/**
 * Visits sites by their names over HTTPS, all the time, each probe on a connection of its own and whatever became of
 * the one before.
 */
export class Prober {
  private readonly watched: readonly Watched[];
  private readonly lab: LabFile = readLab();
  private readonly limit: number;
  private readonly timer: NodeJS.Timeout;
  private readonly begun = Date.now();
  private readonly open = new Set<Promise<void>>();

  /** Begins at once. */
  constructor(sites: readonly ProbedSite[], options: ProberOptions = {}) {
    this.limit = options.limit ?? 2000;
    this.watched = sites.map((site) => ({ site, failed: [], answered: [], probes: 0, slowest: 0 }));
    this.timer = setInterval(() => this.round(), options.interval ?? 200);
    this.round();
  }

  /** Failed probes of a site until now. */
  failedOf(id: string): readonly FailedProbe[] {
    return this.watched.find(({ site }) => site.id === id)?.failed ?? [];
  }

  /** Ends when the last probe has its answer. Reports by administration. */
  async stop(): Promise<ReadonlyMap<string, ProbeReport>> {
    clearInterval(this.timer);
    const ended = Date.now();
    await Promise.all(this.open);
    return new Map(
      this.watched.map(({ site, probes, failed, slowest, answered }) => {
        const times = [this.begun, ...answered.filter((time) => time < ended).sort((a, b) => a - b), ended];
        const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
        return [site.id, { probes, failed, slowest, longestGap: Math.max(...gaps) }];
      }),
    );
  }

  private round(): void {
    for (const each of this.watched) {
      const probe = this.probe(each).finally(() => this.open.delete(probe));
      this.open.add(probe);
    }
  }

  private async probe(watched: Watched): Promise<void> {
    const { site } = watched;
    const at = Date.now();
    watched.probes++;
    try {
      const answer = await Promise.race([
        visit(this.lab, site.domain, "/", this.limit),
        sleep(this.limit, undefined, { ref: false }),
      ]);
      if (answer === undefined) throw new Error(`no whole answer within ${this.limit} ms`);
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      if (!answer.body.includes(`content="${site.id}"`)) throw new Error("another site's page");
      const now = Date.now();
      watched.answered.push(now);
      watched.slowest = Math.max(watched.slowest, now - at);
    } catch (error) {
      watched.failed.push({ at, why: messageOf(error) });
    }
  }
}

/** One line a site, for the log of a test. */
export function describeReports(reports: ReadonlyMap<string, ProbeReport>): string {
  const lines = [...reports].map(
    ([id, { probes, failed, slowest, longestGap }]) =>
      `${id}: ${probes} probes, ${failed.length} failed, slowest answer ${slowest} ms, longest gap ${longestGap} ms`,
  );
  return lines.join("\n");
}
