import { proberLogFolder } from "../../guest/prober-program.ts";
import { FarmError } from "../../lib/farm-error.ts";
import type { GuestWay } from "../guest-backup.ts";
import { onMachine } from "../site/on-machine.ts";
import type { FetchedDay, KnownLog } from "./append.ts";

/**
 * Reads what a prober's host has beyond what is known. Whole lines alone: the prober may be writing one.
 * @param folder of the log there. @default - where the roll-out puts it
 * @throws FarmError when the host cannot be reached, or has less than what was fetched before
 */
export async function fetchDays(
  way: GuestWay,
  known: KnownLog,
  signal: AbortSignal,
  folder: string = proberLogFolder,
): Promise<readonly FetchedDay[]> {
  const sizes = await onMachine(way, `cd ${quoted(folder)} && stat -c '%s %n' ????-??-??.jsonl`, signal);
  const files = sizes
    .split("\n")
    .map((line) => /^(\d+) (\d{4}-\d{2}-\d{2})\.jsonl$/.exec(line) ?? [])
    .flatMap(([, size, day]) => (day === undefined ? [] : [{ day, size: Number(size) }]))
    .filter(({ day }) => known.day === undefined || day >= known.day)
    .sort((one, other) => (one.day < other.day ? -1 : 1));
  const same = files.find(({ day }) => day === known.day);
  if (known.day !== undefined && (same?.size ?? 0) < known.bytes) {
    throw new FarmError({
      what: `The log of ${known.prober} is shorter on its host than what was fetched before; nothing was added`,
      where: `${way.machine.host}:${folder}/${known.day}.jsonl: ${same?.size ?? 0} of ${known.bytes} bytes`,
      why: "lines were cut off there, or the prober was set up anew",
      next: "what was fetched is kept; a prober that was set up anew gets another name in the settings",
    });
  }
  const days: FetchedDay[] = [];
  for (const { day } of files) {
    const from = day === known.day ? known.bytes + 1 : 1;
    const text = await onMachine(way, `tail -c +${from} ${quoted(`${folder}/${day}.jsonl`)}; echo .`, signal);
    // The dot keeps the end of the last line, and shows a line that has none yet.
    days.push({
      day,
      lines: text
        .slice(0, text.lastIndexOf("\n") + 1)
        .split("\n")
        .slice(0, -1),
    });
  }
  return days;
}

/** For the login shell there. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
