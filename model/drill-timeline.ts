import type { DrillDuration, DrillMoment } from "./drill.ts";

/** One visit of a site. Milliseconds since 1970. */
export interface Probe {
  readonly begun: number;
  readonly ended: number;
  /** What went wrong. @default - it was a 200 */
  readonly failure?: string;
}

/** When Xen Orchestra was seen to show something for the first time. Milliseconds since 1970. */
export interface Sightings {
  /** The lab cut the host's power. @default - the operator did; the first missing answer says when */
  readonly cut?: number;
  /** The host no longer runs. */
  readonly hostDead?: number;
  /** The VM is being started on another host. */
  readonly decided?: number;
  /** The VM runs on another host. */
  readonly running?: number;
}

/** What became of one site. */
export interface Timeline {
  readonly moments: readonly DrillMoment[];
  readonly durations: readonly DrillDuration[];
  /** Whether it answers again. */
  readonly recovered: boolean;
  /** Visits that failed. */
  readonly failed: number;
}

/**
 * The course of a failover as one site saw it, its parts apart: *detection* until XO shows the host as failed,
 * *decision* until the VM is being started elsewhere, *restart* until it runs there, *boot* until the site answers
 * by HTTPS.
 */
export function timelineOf(probes: readonly Probe[], seen: Sightings): Timeline {
  const after = seen.cut ?? 0;
  const failures = probes.filter(({ begun, failure }) => failure !== undefined && begun >= after);
  const firstBad = failures[0];
  if (firstBad === undefined) {
    return {
      moments: momentsOf([["host dead seen", seen.hostDead]]),
      durations: [],
      recovered: true,
      failed: 0,
    };
  }
  const good = probes.filter(({ failure }) => failure === undefined);
  const lastGood = good.findLast(({ begun }) => begun < firstBad.begun)?.ended;
  // A good answer between two failures does not count: the site is back when it stays.
  const lastBad = failures.at(-1) ?? firstBad;
  const back = good.find(({ begun }) => begun > lastBad.begun)?.ended;
  const begin = seen.cut ?? lastGood ?? firstBad.begun;
  const part = (name: string, from: number | undefined, to: number | undefined): DrillDuration[] =>
    from === undefined || to === undefined ? [] : [{ name, seconds: Math.max(0, to - from) / 1000 }];
  return {
    moments: momentsOf([
      ["power cut", seen.cut],
      ["last good answer", lastGood],
      ["first missing answer", firstBad.begun],
      ["host dead seen", seen.hostDead],
      ["restart decided", seen.decided],
      ["VM running", seen.running],
      ["first HTTPS 200", back],
    ]),
    durations: [
      ...part("detection", begin, seen.hostDead),
      ...part("decision", seen.hostDead, seen.decided),
      ...part("restart", seen.decided, seen.running),
      ...part("boot", seen.running, back),
      ...part("restart decided to HTTPS 200", seen.decided, back),
      ...part("outage", lastGood ?? begin, back),
    ],
    recovered: back !== undefined,
    failed: failures.length,
  };
}

function momentsOf(moments: readonly (readonly [string, number | undefined])[]): DrillMoment[] {
  return moments.flatMap(([what, at]) =>
    at === undefined ? [] : [{ what, at: new Date(at).toISOString() }],
  );
}
