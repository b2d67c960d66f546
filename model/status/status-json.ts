import type { AnnouncedWindow } from "./current-state.ts";
import type { HistoryEntry } from "./history.ts";
import type { StatusPage } from "./status-page.ts";

/** Version of the form of a page's JSON: programs that read it refuse any other. */
export const statusVersion = 1;

/** A status page for programs: instants in UTC, durations in seconds. */
export function statusJson(page: StatusPage): string {
  const { id, name, domain, provider, at, current, days, windows, history } = page;
  const { state, measuredAt, since, presentations, window } = current;
  return `${JSON.stringify(
    {
      version: statusVersion,
      administration: { id, name, domain },
      provider,
      at: instant(at),
      current: {
        state,
        measuredAt: instant(measuredAt),
        since: instant(since),
        presentations,
        window: window === undefined ? null : windowOf(window),
      },
      days,
      windows: windows.map(windowOf),
      history: history.map(entryOf),
    },
    undefined,
    2,
  )}\n`;
}

function entryOf(entry: HistoryEntry): object {
  if (entry.kind === "window") return { kind: entry.kind, ...windowOf(entry.window), downSec: entry.downSec };
  const { kind, start, end, downSec, presentations, causes, reasons } = entry;
  return { kind, start: instant(start), end: instant(end), downSec, presentations, causes, reasons };
}

function windowOf({ id, kind, start, end, reason }: AnnouncedWindow): object {
  return { id, work: kind, start: instant(start), end: instant(end), reason };
}

/** null where there is none: a program sees that nothing is missing. */
function instant(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
