import { difference, intersection, lengthOf, type Span, type Spans, union } from "../sla/spans.ts";
import type { ProberView } from "./prober-view.ts";
import type { ProbeTarget } from "./record.ts";
import type { Failure, TargetView } from "./target-track.ts";

/** An outage of one target as one prober saw it. */
export interface SeenFailure extends Failure {
  readonly target: ProbeTarget;
  readonly prober: string;
}

/** What all probers together say of one administration; whole seconds, milliseconds since 1970. */
export interface Timeline {
  /** When it is proven that all that decides answered. */
  readonly up: Spans;
  /** Outages: no prober that measured got an answer of something that decides. */
  readonly down: Spans;
  /** Those of them in which one presentation still answered (A11). */
  readonly partial: Spans;
  /** When one prober got answers and the other did not (A14). */
  readonly disputed: Spans;
  /** Outages as they were seen from outside the data centre (A10). */
  readonly outside: Spans;
  /** When the certificate was no good, whether that decides or shows (A15). */
  readonly tls: Spans;
  readonly failures: readonly SeenFailure[];
}

/** What nobody measured: neither up nor down. */
export function unknownIn({ up, down }: Timeline, range: Spans): Spans {
  return difference(difference(range, union(down)), union(up));
}

/** One target as all probers together saw it. */
interface Joined {
  readonly target: ProbeTarget;
  readonly watched: Spans;
  readonly up: Spans;
  readonly down: Spans;
  readonly disputed: Spans;
}

/**
 * Joins what the probers say, target by target: one that does not measure leaves the decision to the others, and where
 * none measures nothing is known. What deciding targets an administration has is what any prober was told to ask.
 */
export function timelineOf(views: readonly ProberView[], tenant: string): Timeline {
  const seen = views.flatMap((view) =>
    (view.tenants.get(tenant) ?? []).map((of) => ({ of, prober: view.prober, interval: view.interval })),
  );
  const deciding = seen.filter(({ of }) => of.decides);
  const interval = Math.max(0, ...seen.map((each) => each.interval));
  const joined = (target: ProbeTarget, all: typeof seen): Joined =>
    join(
      target,
      all.map(({ of }) => of),
      interval,
    );
  const targets = [...Map.groupBy(deciding, ({ of }) => of.target)].map(([target, all]) =>
    joined(target, all),
  );
  const watched = union(targets.flatMap((each) => each.watched));
  const notUp = union(targets.flatMap((each) => difference(each.watched, each.up)));
  const down = union(targets.flatMap((each) => each.down));
  return {
    up: difference(difference(watched, notUp), down),
    down,
    partial: partialOf(targets),
    disputed: difference(union(targets.flatMap((each) => each.disputed)), down),
    outside: union(seen.flatMap(({ of }) => (of.target === "outside" ? of.down : []))),
    tls: joined(
      "tls",
      seen.filter(({ of }) => of.target === "tls"),
    ).down,
    failures: deciding.flatMap(({ of, prober }) =>
      of.failures.map((failure) => ({ ...failure, target: of.target, prober })),
    ),
  };
}

function join(target: ProbeTarget, views: readonly TargetView[], interval: number): Joined {
  const anyDown = union(views.flatMap((view) => view.down));
  const anyUp = union(views.flatMap((view) => view.up));
  const agreed = difference(anyDown, anyUp);
  const disputed = intersection(anyDown, anyUp);
  // Two probers ask at different moments: what the first saw until the second asked is no dispute but its beginning.
  const beginnings = disputed.filter(
    (span) => lengthOf([span]) <= interval && agreed.some(({ start }) => start === span.end),
  );
  const down = union([...agreed, ...beginnings]);
  return {
    target,
    watched: union(views.flatMap((view) => view.watched)),
    up: difference(anyUp, down),
    down,
    disputed: difference(disputed, down),
  };
}

/** When one presentation was down and the other was up, and nothing else that decides was down. */
function partialOf(targets: readonly Joined[]): Spans {
  const find = (name: ProbeTarget): Joined | undefined => targets.find(({ target }) => target === name);
  const [citizens, politicians] = [find("citizens"), find("politicians")];
  if (citizens === undefined || politicians === undefined) return [];
  const one: readonly Span[] = [
    ...intersection(citizens.down, politicians.up),
    ...intersection(politicians.down, citizens.up),
  ];
  return difference(union(one), find("tls")?.down ?? []);
}
