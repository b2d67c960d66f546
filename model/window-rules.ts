import { daysBefore, showBerlin } from "./berlin-time.ts";
import { checkFileName, type FoundFile, type ReadFile, readFound } from "./found-file.ts";
import { noticeOf } from "./notice.ts";
import { type NoticeProof, ofStage, readNotices } from "./notice-proof.ts";
import type { FieldPath, Problem } from "./problems.ts";
import { checkQuota } from "./quota-rules.ts";
import { reportRepeats } from "./rules.ts";
import type { Stage } from "./settings.ts";
import { didYouMean } from "./suggest.ts";
import {
  type Concerned,
  concerns,
  type MaintenanceWindow,
  noticeDeadline,
  unannounced,
  windowState,
} from "./window.ts";
import { windowShape } from "./window-schema.ts";

/** What windows are checked against. */
export interface WindowScope {
  /** Every administration that could be read. */
  readonly tenants: readonly Concerned[];
  /** The instant of the run. */
  readonly at: Date;
  /** The files of `maintenance/notices/`. @default - none */
  readonly notices?: readonly FoundFile[];
  /** That of the settings: letters of another one are no proof here. @default - it could not be read */
  readonly stage?: Stage;
}

type WindowFile = ReadFile<typeof windowShape>;

const longest = 7 * 24 * 60 * 60_000;

/**
 * Reads the window files and checks them against each other, the administrations and the month's quota. A
 * window that is past is part of the record: none of these rules can make it stop a run.
 *
 * @param warnings gets what stops nothing: administrations that a window is not announced to
 * @returns the windows that could be read, by start
 */
export function readWindows(
  files: readonly FoundFile[],
  scope: WindowScope,
  problems: Problem[],
  warnings: Problem[] = [],
): readonly MaintenanceWindow[] {
  const written = (scope.notices ?? []).flatMap((found) => {
    const read = readNotices(found, problems);
    return read === undefined ? [] : [{ ...read, file: found.file }];
  });
  const notices = new Map(
    written.map(({ window, notices: all }) => [window, ofStage(all, scope.stage)] as const),
  );
  const windows = files.flatMap((found) => {
    const read = readFound(found, windowShape, problems);
    const window = complete(read, notices);
    if (window === undefined || window.end > scope.at) checkWindow(read, window, scope);
    return window === undefined ? [] : [window];
  });
  windows.sort((a, b) => a.start.getTime() - b.start.getTime() || (a.id < b.id ? -1 : 1));
  const ahead = windows.filter((window) => window.end > scope.at);
  problems.push(...findOverlaps(ahead, scope.tenants), ...checkQuota(windows, scope));
  warnings.push(...ahead.flatMap((window) => findUnannounced(window, scope)));
  for (const { window, file, notices: all } of written) {
    if (ahead.some(({ id }) => id === window)) warnings.push(...findStrange(file, all, scope));
  }
  return windows;
}

/** A warning for letters that were sent with settings of another stage. */
function findStrange(
  file: string,
  notices: readonly NoticeProof[],
  { stage }: Pick<WindowScope, "stage">,
): Problem[] {
  const strange = notices.filter((proof) => proof.stage !== stage);
  const [first] = strange;
  if (first === undefined || stage === undefined) return [];
  const sent = `sent from the stage "${first.stage}" by ${first.server}`;
  const what =
    strange.length === 1
      ? `1 letter that was ${sent}, which proves nothing`
      : `${strange.length} letters that were ${sent}, which prove nothing`;
  return [{ file, field: "", why: `holds ${what} in "${stage}"` }];
}

/** The window, if everything that it needs could be read and its time makes sense. */
function complete(
  { file, fields }: WindowFile,
  noticesOf: ReadonlyMap<string, readonly NoticeProof[]>,
): MaintenanceWindow | undefined {
  const { id, kind, start, end, administrations, reason } = fields;
  if (id === undefined || kind === undefined || start === undefined || end === undefined) return undefined;
  if (administrations === undefined || reason === undefined) return undefined;
  const time = end.getTime() - start.getTime();
  if (time <= 0 || time > longest) return undefined;
  const notices = noticesOf.get(id);
  const proofs = notices === undefined ? {} : { notices };
  return { ...fields, file, id, kind, start, end, administrations, reason, ...proofs };
}

function checkWindow(
  { file, fields, report }: WindowFile,
  window: MaintenanceWindow | undefined,
  { tenants, at }: WindowScope,
): void {
  checkFileName(file, "id", fields.id, report);
  const { start, end, administrations, expectedMinutes } = fields;
  if (start !== undefined && end !== undefined && window === undefined) {
    const time = end.getTime() - start.getTime();
    if (time <= 0) report(["end"], `must be after start, ${showBerlin(start)}`);
    if (time > longest) report(["end"], `must be at most 7 days after start, ${showBerlin(start)}`);
  }
  if (window !== undefined) {
    const minutes = Math.floor((window.end.getTime() - window.start.getTime()) / 60_000);
    if (expectedMinutes !== undefined && expectedMinutes > minutes) {
      report(["expectedMinutes"], `must be at most ${minutes}, the length of the window`);
    }
  }
  if (Array.isArray(administrations)) {
    const ids = tenants.map(({ id }) => id);
    // A window that is over stays as a record, also of an administration that has ended since.
    const over = window !== undefined && window.end <= at;
    administrations.forEach((id: string, index) => {
      if (!over && !ids.includes(id)) {
        report(["administrations", index], "is no administration of tenants/", didYouMean(id, ids));
      }
    });
    reportRepeats(administrations, (index) => ["administrations", index], report);
  }
  // Once letters went out, each administration stands for itself: what one did not get stops nobody else's run.
  const told = window?.notices ?? [];
  if (window !== undefined && told.length === 0 && windowState(window, everybody, at) === "never") {
    const [path, why] = lateness(window);
    report(path, why, wayOut(at));
  }
}

/** Of a window that no letter was sent about, one notice is everybody's. */
const everybody = { id: "" };

/** A warning for the administrations that a window with a notice is not announced to, by the reason. */
function findUnannounced(window: MaintenanceWindow, { tenants, at }: WindowScope): Problem[] {
  if ((window.notices ?? []).length === 0 && window.notice === undefined) return [];
  const reasons = new Map<string, Concerned[]>();
  for (const tenant of tenants) {
    if (!concerns(window, tenant)) continue;
    const notice = noticeOf(window, tenant);
    if (notice.proven && notice.sentAt <= noticeDeadline(window)) continue;
    const why = unannounced(window, tenant, at);
    reasons.set(why, [...(reasons.get(why) ?? []), tenant]);
  }
  const deadline = noticeDeadline(window);
  const open = at <= deadline;
  return [...reasons].map(([why, missed]) => ({
    file: window.file,
    field: "",
    why: `is not announced to ${listIds(missed)}: ${why}`,
    hint: open
      ? `./farm window announce ${window.id}, by ${showBerlin(deadline)}`
      : "what is done there counts as downtime; another window needs a notice of its own",
  }));
}

function lateness(window: MaintenanceWindow): [FieldPath, string] {
  const deadline = showBerlin(noticeDeadline(window));
  const rule = `${deadline}, 7 calendar days before the start, so this never becomes announced maintenance`;
  return window.notice === undefined
    ? [["notice"], `is missing, and the last time for it was ${rule}`]
    : [["notice", "sentAt"], `is ${showBerlin(window.notice.sentAt)}, and the last time for it was ${rule}`];
}

function wayOut(at: Date): string {
  const start = showBerlin(daysBefore(at, -7));
  return `announce another window that begins at ${start} or later and take this file out; what cannot wait goes as an emergency and counts as downtime`;
}

/** Problems for windows that are open at the same time for the same administration. */
function findOverlaps(windows: readonly MaintenanceWindow[], tenants: readonly Concerned[]): Problem[] {
  return windows.flatMap((window) =>
    windows
      .filter((other) => other.file !== window.file && other.start < window.end && window.start < other.end)
      .flatMap((other) => {
        const both = tenants.filter((tenant) => concerns(window, tenant) && concerns(other, tenant));
        if (both.length === 0) return [];
        const why = `overlaps ${other.file} for ${listIds(both)}`;
        return [{ file: window.file, field: "start", why, hint: "one window a time for an administration" }];
      }),
  );
}

/** "hohenbrueck, landkreis-auental and 3 more" */
export function listIds(tenants: readonly Pick<Concerned, "id">[]): string {
  const shown = tenants.slice(0, 3).map(({ id }) => id);
  const more = tenants.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
