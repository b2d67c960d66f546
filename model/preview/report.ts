import type { ChangeOp, ResourceChange } from "./changes.ts";
import { changesOf } from "./changes.ts";
import { type Danger, dangersOf } from "./dangers.ts";
import { type Said, sayings } from "./diagnostics.ts";
import type { EnvelopeTenant, PolicyFinding, PreviewEnvelope } from "./envelope.ts";
import { type Judgement, judge } from "./impact.ts";
import { type OutageSum, outageOf } from "./outage.ts";
import type { Level } from "./rule.ts";

/** How many resources of a plan meet what. */
export interface Counts {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly replace: number;
  readonly import: number;
}

/** What a plan does to one administration, or to what all of a stack share. */
export interface SiteReport extends Said {
  readonly stack: string;
  /** @default - what all of the stack share */
  readonly id?: string;
  /** @default - the administration is not in the farm's files any more */
  readonly tenant?: EnvelopeTenant;
  readonly changes: readonly ResourceChange[];
  readonly judgements: readonly Judgement[];
  readonly counts: Counts;
  /** Worst of what happens to it. */
  readonly level: Level;
  readonly outage: OutageSum;
  /** Whether something of it belongs into an announced window. */
  readonly window: boolean;
}

/** One of the stacks of a report. */
export type StackReport = Pick<PreviewEnvelope, "stack" | "at" | "digest" | "program">;

/** A finding of the policy pack, and where it was found. */
export type FoundFinding = PolicyFinding & { readonly stack: string };

/** All that a comment and a page say. */
export interface PreviewReport {
  readonly kind: PreviewEnvelope["kind"];
  readonly stacks: readonly StackReport[];
  readonly counts: Counts;
  /** Administrations of all stacks. */
  readonly administrations: number;
  /** Those that change, most dangerous first. */
  readonly changing: readonly SiteReport[];
  /** What stacks share, and what changes of it. */
  readonly platform: readonly SiteReport[];
  /** Administrations whose only change waits for a window. */
  readonly held: readonly SiteReport[];
  readonly unchanged: readonly EnvelopeTenant[];
  /** Those whose stack's plan is not whole: whether they change nobody knows. */
  readonly unplanned: readonly EnvelopeTenant[];
  /** Worst first, one each for all that it happens to. */
  readonly dangers: readonly Danger[];
  readonly findings: readonly FoundFinding[];
  /** Why a plan is not whole: nothing of its stack can be applied. */
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Brings previews of one or several stacks together.
 * @param envelopes of one kind, at least one
 */
export function reportOf(envelopes: readonly PreviewEnvelope[]): PreviewReport {
  const stacks = envelopes.map(stackReport);
  const sites = stacks.flatMap((stack) => stack.sites);
  const administrations = sites.filter(({ id }) => id !== undefined);
  const changing = administrations.filter(changes).sort(worstFirst);
  const platform = sites.filter((site) => site.id === undefined && changes(site));
  const held = administrations.filter((site) => !changes(site) && site.held.length > 0);
  const rest = administrations.filter((site) => !changes(site) && site.held.length === 0);
  const broken = new Set(sites.filter(({ failures }) => failures.length > 0).map(({ stack }) => stack));
  const [first] = envelopes;
  const kind = first?.kind ?? "preview";
  return {
    kind,
    stacks: envelopes.map(({ stack, at, digest, program }) => ({ stack, at, digest, program })),
    counts: sum(sites.map(({ counts }) => counts)),
    administrations: administrations.length,
    changing,
    platform,
    held,
    unchanged: rest.filter(({ stack }) => !broken.has(stack)).flatMap(({ tenant }) => tenant ?? []),
    unplanned: rest.filter(({ stack }) => broken.has(stack)).flatMap(({ tenant }) => tenant ?? []),
    dangers: dangersOf([...platform, ...changing], kind),
    findings: envelopes
      .flatMap(({ stack, findings }) => findings.map((finding) => ({ ...finding, stack })))
      .sort((a, b) => Number(a.level === "advisory") - Number(b.level === "advisory")),
    failures: sites.flatMap(({ failures }) => failures),
    warnings: [...new Set(sites.filter(({ id }) => id === undefined).flatMap(({ warnings }) => warnings))],
  };
}

/** One site for each administration of the stack, and one for what they share. */
function stackReport(envelope: PreviewEnvelope): { readonly sites: readonly SiteReport[] } {
  const byOwner = Map.groupBy(changesOf(envelope), ({ administration }) => administration);
  const known = new Map(envelope.tenants.map((tenant) => [tenant.id, tenant]));
  const ids = new Set([...known.keys(), ...byOwner.keys()].filter((id) => id !== undefined));
  const said = sayings(envelope, ids);
  const owners = new Set([undefined, ...ids, ...said.keys()]);
  return {
    sites: [...owners].map((id) => {
      const tenant = id === undefined ? undefined : known.get(id);
      const own = byOwner.get(id) ?? [];
      const judgements = own.flatMap((change) => judge(change, own));
      return {
        held: [],
        notes: [],
        warnings: [],
        failures: [],
        ...said.get(id),
        stack: envelope.stack,
        ...(id === undefined ? {} : { id }),
        ...(tenant === undefined ? {} : { tenant }),
        changes: own,
        judgements,
        counts: countsOf(own),
        level: worstLevel(judgements),
        outage: outageOf(judgements),
        window: judgements.some(({ rule }) => rule.window),
      };
    }),
  };
}

function changes({ changes: own }: Pick<SiteReport, "changes">): boolean {
  return own.length > 0;
}

function countsOf(own: readonly ResourceChange[]): Counts {
  const count = (op: ChangeOp): number => own.filter((change) => change.op === op).length;
  return {
    create: count("create"),
    update: count("update"),
    delete: count("delete"),
    replace: count("replace"),
    import: count("import"),
  };
}

function sum(all: readonly Counts[]): Counts {
  const total = (key: keyof Counts): number => all.reduce((before, counts) => before + counts[key], 0);
  return {
    create: total("create"),
    update: total("update"),
    delete: total("delete"),
    replace: total("replace"),
    import: total("import"),
  };
}

const levels: readonly Level[] = ["danger", "notice", "calm"];

function worstLevel(judgements: readonly Judgement[]): Level {
  return levels.find((level) => judgements.some(({ rule }) => rule.level === level)) ?? "calm";
}

function worstFirst(a: SiteReport, b: SiteReport): number {
  const level = levels.indexOf(a.level) - levels.indexOf(b.level);
  if (level !== 0) return level;
  const outage = b.outage.minutes - a.outage.minutes;
  if (outage !== 0) return outage;
  return (a.id ?? "") < (b.id ?? "") ? -1 : 1;
}
