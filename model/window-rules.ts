import { daysBefore, showBerlin } from "./berlin-time.ts";
import { checkFileName, type FoundFile, type ReadFile, readFound } from "./found-file.ts";
import type { FieldPath, Problem } from "./problems.ts";
import { checkQuota } from "./quota-rules.ts";
import { reportRepeats } from "./rules.ts";
import { didYouMean } from "./suggest.ts";
import { type Concerned, concerns, type MaintenanceWindow, noticeDeadline, windowState } from "./window.ts";
import { windowShape } from "./window-schema.ts";

/** What windows are checked against. */
export interface WindowScope {
  /** Every administration that could be read. */
  readonly tenants: readonly Concerned[];
  /** The instant of the run. */
  readonly at: Date;
}

type WindowFile = ReadFile<typeof windowShape>;

const longest = 7 * 24 * 60 * 60_000;

/**
 * Reads the window files and checks them against each other, the administrations and the month's quota. A
 * window that is past is part of the record: none of these rules can make it stop a run.
 *
 * @returns the windows that could be read, by start
 */
export function readWindows(
  files: readonly FoundFile[],
  scope: WindowScope,
  problems: Problem[],
): readonly MaintenanceWindow[] {
  const windows = files.flatMap((found) => {
    const read = readFound(found, windowShape, problems);
    const window = complete(read);
    if (window === undefined || window.end > scope.at) checkWindow(read, window, scope);
    return window === undefined ? [] : [window];
  });
  windows.sort((a, b) => a.start.getTime() - b.start.getTime() || (a.id < b.id ? -1 : 1));
  const ahead = windows.filter((window) => window.end > scope.at);
  problems.push(...findOverlaps(ahead, scope.tenants), ...checkQuota(windows, scope));
  return windows;
}

/** The window, if everything that it needs could be read and its time makes sense. */
function complete({ file, fields }: WindowFile): MaintenanceWindow | undefined {
  const { id, kind, start, end, administrations, reason } = fields;
  if (id === undefined || kind === undefined || start === undefined || end === undefined) return undefined;
  if (administrations === undefined || reason === undefined) return undefined;
  const time = end.getTime() - start.getTime();
  return time > 0 && time <= longest
    ? { ...fields, file, id, kind, start, end, administrations, reason }
    : undefined;
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
    administrations.forEach((id: string, index) => {
      if (!ids.includes(id)) {
        report(["administrations", index], "is no administration of tenants/", didYouMean(id, ids));
      }
    });
    reportRepeats(administrations, (index) => ["administrations", index], report);
  }
  if (start !== undefined && window !== undefined && windowState(window, at) === "never") {
    const [path, why] = lateness(window);
    report(path, why, wayOut(at));
  }
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
