import { showBerlin } from "../berlin-time.ts";
import { shortOutagesOf, shortOutagesText } from "../foresight/short-outages.ts";
import type { Counts, PreviewReport, SiteReport, StackReport } from "./report.ts";
import type { Level } from "./rule.ts";
import { listed, plural } from "./text.ts";

/** "+12 ~4 −0 ±1": made, changed, deleted, replaced; what is taken over only where there is some. */
export function showCounts({ create, update, delete: gone, replace, import: taken }: Counts): string {
  return `+${create} ~${update} −${gone} ±${replace}${taken > 0 ? ` ⇐${taken}` : ""}`;
}

/** The same without what there is none of: "~2". */
export function showOwnCounts(counts: Counts): string {
  return showCounts(counts)
    .split(" ")
    .filter((part) => !/^\D0$/.test(part))
    .join(" ");
}

/** The first line: whom it is about, and how much changes. */
export function totalsLine(report: PreviewReport): string {
  const { kind, administrations, changing, counts, failures } = report;
  const of = `${changing.length} of ${plural(administrations, "administration")}`;
  const verb = changing.length === 1 ? "changes" : "change";
  if (kind === "drift") return `Drift at ${of}: ${showCounts(counts)}`;
  const stop =
    failures.length > 0 ? " – the plan is not whole" : isForbidden(report) ? " – forbidden by policies" : "";
  return `${of} ${verb}: ${showCounts(counts)}${stop}`;
}

/** Whether a rule of the policy pack that must be kept is broken: then nothing can be applied. */
export function isForbidden({ findings }: Pick<PreviewReport, "findings">): boolean {
  return findings.some(({ level }) => level === "mandatory");
}

/** The second line: what does not change, what waits, what failed. */
export function restLine({ unchanged, unplanned, held, failures, platform }: PreviewReport): string {
  const parts = [`${unchanged.length} unchanged`, `${held.length} held`, `${failures.length} failed`];
  if (unplanned.length > 0) parts.push(`${unplanned.length} not planned`);
  if (platform.length > 0) parts.push(`platform of ${platform.map(({ stack }) => stack).join(", ")} changes`);
  return parts.join(", ");
}

/** Name for people, or the id of one whose file is gone; the platform of a stack otherwise. */
export function siteName({ id, tenant, stack }: Pick<SiteReport, "id" | "tenant" | "stack">): string {
  return tenant?.name ?? id ?? `platform of ${stack}`;
}

/** "2026-12-08 20:00 to 22:00", for what is open or comes next; "none" where no window is announced. */
export function windowText({ tenant, outage, window, held, id }: SiteReport): string {
  if (id === undefined) return "–";
  const needs = outage.minutes > 0 || window || held.length > 0;
  if (!needs || outage.text === "for good") return "not needed";
  const next = tenant?.window ?? null;
  if (next === null) return "none announced";
  const [start, end] = [showBerlin(new Date(next.start)), showBerlin(new Date(next.end))];
  const until = start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end;
  return `${next.open ? "open: " : "next: "}${start} to ${until}`;
}

/** Short outages of the day and the week against what does not count; marked where one more makes all of them count. */
export function shortOutagesCell({ tenant }: Pick<SiteReport, "tenant">): string {
  const used = tenant?.shortOutages;
  if (used === undefined) return "–";
  return `${shortOutagesOf(used).next === "excused" ? "" : "⚠ "}${shortOutagesText(used)}`;
}

/** "ST1 120, ST2 405 min" of the month; begun minutes are not left any more. */
export function quotaText({ tenant }: Pick<SiteReport, "tenant">): string {
  if (tenant === undefined) return "–";
  const { ST1, ST2 } = tenant.quotaLeft.seconds;
  return `ST1 ${Math.floor(ST1 / 60)}, ST2 ${Math.floor(ST2 / 60)} min`;
}

/** What happens to a site in a few words each, worst first; what nobody sees only where there is nothing else. */
export function risksOf(site: SiteReport): readonly Risk[] {
  const words = (level: Level): string[] => [
    ...new Set(site.judgements.filter(({ rule }) => rule.level === level).map(({ rule }) => rule.impact)),
  ];
  const seen = [
    ...words("danger").map((text) => ({ text, danger: true })),
    ...wholeSite(site).map((text) => ({ text, danger: false })),
    ...words("notice").map((text) => ({ text, danger: false })),
    ...(site.held.length > 0 ? [{ text: "held", danger: false }] : []),
  ];
  return seen.length > 0
    ? seen
    : words("calm")
        .slice(0, 3)
        .map((text) => ({ text, danger: false }));
}

/** A few words about what happens to a site. */
interface Risk {
  readonly text: string;
  readonly danger: boolean;
}

function wholeSite({ changes }: SiteReport): readonly string[] {
  const op = changes.find(({ type }) => type === "farm:site:TenantSite")?.op;
  return op === "create" ? ["new site"] : op === "delete" ? ["site ends"] : [];
}

/** What to run next, each with its reason. */
export function nextCommands(
  report: PreviewReport,
): readonly { readonly command: string; readonly why: string }[] {
  const { kind, stacks, failures } = report;
  if (kind === "drift") {
    return stacks.flatMap(({ stack }) => [
      { command: `./farm refresh -s ${word(stack)}`, why: "the state takes over what is there" },
      { command: `./farm up -s ${word(stack)}`, why: "what is there becomes what the files say" },
    ]);
  }
  if (failures.length > 0 || isForbidden(report)) {
    return stacks.map(({ stack }) => ({
      command: `./farm preview -s ${word(stack)}`,
      why: "once what stops it is mended",
    }));
  }
  return stacks.map((stack) => ({
    command: applyCommand(stack),
    why: "applies exactly this plan, or refuses",
  }));
}

function applyCommand({ stack, at, digest }: StackReport): string {
  return `./farm up -s ${word(stack)} --at ${word(at)} --digest ${word(digest)}`;
}

/** What a reviewer has to know of a change. */
export interface Reason {
  /** What happens, and to which resource and property. */
  readonly what: string;
  readonly why: string;
  readonly danger: boolean;
}

/** Why a site is in the table, dangers first; one for all properties of a resource that a rule is about. */
export function reasonsOf({ judgements }: Pick<SiteReport, "judgements">): readonly Reason[] {
  const worth = judgements.filter(({ rule }) => rule.level !== "calm");
  const groups = Map.groupBy(worth, ({ rule, change }) => `${rule.id} ${change.urn}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { rule, change } = first;
      const paths = group.flatMap(({ property }) => property?.path ?? []);
      const where = [change.name, ...(paths.length > 0 ? [listed(paths, 3)] : [])].join(", ");
      return [{ what: `${rule.impact} (${where})`, why: rule.why, danger: rule.level === "danger" }];
    })
    .sort((a, b) => Number(b.danger) - Number(a.danger));
}

/** An argument of a command that somebody will paste: no sign that a shell would take for its own. */
function word(text: string): string {
  return text.replaceAll(/[^\w./:+-]/g, "").slice(0, 80);
}
