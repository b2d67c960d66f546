import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { withLock } from "../../lib/lock.ts";
import type { Bounce } from "../../model/announcement/bounce.ts";
import { parseMonth } from "../../model/traffic-calendar.ts";
import { readReturned } from "../letters/returned-mail.ts";
import { type Output, outputOf } from "../output.ts";
import { ReportFolder } from "./report-folder.ts";
import { SendBook } from "./send-book.ts";
import { TrafficLetters } from "./traffic-letters.ts";

interface Options {
  readonly out: string;
}

/** Registers `./farm report bounces`. */
export function register(report: Command): void {
  report
    .command("bounces")
    .description("read returned mail and write down whose report, or notice of its traffic, came back")
    .argument("<path>", 'a mail, an mbox or a folder of mails that mail.from received; "-" is standard input')
    .option("-o, --out <folder>", "folder of the reports", "reports")
    .option("--json", "what was found as JSON")
    .action(async (path: string, { out }: Options, command: Command) => {
      const output = outputOf(command);
      const found = await readReportBounces(path, out, output);
      output.result(found, textOf(found));
    });
}

/** A returned letter, and whose it was. */
export interface ReturnedReport extends Omit<Bounce, "messageIds"> {
  /** What it was about. @default - it is no letter with a report, or about traffic, of ours */
  readonly letter?: "report" | "traffic";
  readonly month?: string;
  readonly tenant?: string;
}

/**
 * Looks through returned mail and writes down which letters came back. Those that are written down already stay.
 * @param out folder of the reports
 * @throws FarmError when the mail cannot be read
 */
export async function readReportBounces(
  path: string,
  out: string,
  { progress }: Pick<Output, "progress">,
): Promise<readonly ReturnedReport[]> {
  const found: ReturnedReport[] = [];
  for (const { messageIds, recipient, why } of await readReturned(path)) {
    const owner = messageIds.flatMap((messageId) => ownerOf(messageId, out)).at(0);
    if (owner === undefined) {
      found.push({ recipient, why });
      continue;
    }
    const { book, folder, messageId, ...matter } = owner;
    const lock = { onWait: progress, doing: "reads returned mail" };
    await withLock(join(folder, ".sending"), lock, async () =>
      book.returned(messageId, `${recipient}: ${why}`),
    );
    found.push({ ...matter, recipient, why });
  }
  return found;
}

/**
 * The book that has a letter. Its name says which one that is, and only what is found there counts: whoever writes to
 * our mailbox may have made it up.
 */
function ownerOf(messageId: string, out: string) {
  const [, text = "", tenant = "", kind = ""] = /^([\d-]{7})\.([a-z0-9-]+)\.([a-z]+)/.exec(messageId) ?? [];
  const month = parseMonth(text);
  if (!month.ok) return [];
  const isTraffic = kind === "traffic";
  const folder = isTraffic
    ? TrafficLetters.folderOf(out, month.value)
    : new ReportFolder(out, month.value).path;
  const book = isTraffic ? new TrafficLetters(out, month.value, tenant) : new SendBook(folder, tenant);
  if (!existsSync(book.file) || !book.read().some((proof) => proof.messageId === messageId)) return [];
  const letter = isTraffic ? ("traffic" as const) : ("report" as const);
  return [{ book, folder, messageId, letter, month: month.value, tenant }];
}

function textOf(found: readonly ReturnedReport[]): string {
  if (found.length === 0) return "No mail there says that a letter has failed.";
  const lines = found.map(({ letter, month, tenant, recipient, why }) =>
    letter === undefined
      ? `? ${recipient}: no report of ours (${why})`
      : `✗ ${letter} ${month}, ${tenant}: ${recipient}, ${why}`,
  );
  const strange = found.some(({ letter }) => letter === undefined);
  return [...lines, ...(strange ? ["./farm window bounces finds notices of windows"] : [])].join("\n");
}
