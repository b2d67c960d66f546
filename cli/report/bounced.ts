import { join } from "node:path";
import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import { withLock } from "../../lib/lock.ts";
import type { LetterProof } from "../../model/letter-proof.ts";
import { parseLine } from "../../model/text.ts";
import { readMonth } from "../month-option.ts";
import { type Output, outputOf } from "../output.ts";
import { ReportFolder } from "./report-folder.ts";
import { SendBook } from "./send-book.ts";
import { TrafficLetters } from "./traffic-letters.ts";

interface BouncedOptions {
  readonly tenant: string;
  readonly traffic?: true;
  readonly why: string;
  readonly out: string;
}

/** Registers `./farm report bounced`. */
export function register(report: Command): void {
  report
    .command("bounced")
    .description("write down that the last letter with a report came back: the administration has not got it")
    .argument("<YYYY-MM>", "the report's month")
    .requiredOption("--tenant <id>", "the administration")
    .requiredOption("--why <text>", "what the returned mail says")
    .option("--traffic", "the letter about its used-up traffic instead of its report")
    .option("-o, --out <folder>", "folder of the reports", "reports")
    .option("--json", "what is written down as JSON")
    .action(async (month: string, options: BouncedOptions, command: Command) => {
      const output = outputOf(command);
      const proof = await reportBounced(month, options, output);
      const letter = options.traffic ? "the letter about its traffic" : "its report";
      output.result(proof, `✗ ${options.tenant} has not got ${letter} of ${month}: ${proof.bounce}`);
    });
}

/**
 * Writes down that the last letter to an administration came back.
 * @throws FarmError when none was sent about that month
 */
export async function reportBounced(
  text: string,
  { tenant, why, out, traffic }: BouncedOptions,
  { progress }: Pick<Output, "progress">,
): Promise<LetterProof> {
  const month = readMonth(text);
  const folder = traffic ? TrafficLetters.folderOf(out, month) : new ReportFolder(out, month).path;
  const reason = parseLine(why);
  if (!reason.ok)
    throw new FarmError({ what: "This cannot be written down", where: "--why", why: reason.why });
  const book = traffic ? new TrafficLetters(out, month, tenant) : new SendBook(folder, tenant);
  const missing = new FarmError({
    what: `No letter ${traffic ? "about traffic" : "with a report"} of ${text} went to ${tenant}`,
    where: book.file,
    next: `./farm report ${traffic ? "traffic" : "send"} --month ${text} shows who was sent one`,
  });
  if (book.read().length === 0) throw missing;
  const lock = { onWait: progress, doing: "writes down what came back" };
  return withLock(join(folder, ".sending"), lock, async () => {
    const last = book.read().at(-1);
    if (last === undefined) throw missing;
    return book.settle(last.messageId, {
      outcome: "bounced",
      bouncedAt: new Date(),
      bounce: reason.value,
    });
  });
}
