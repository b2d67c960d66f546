import type { Command } from "commander";
import { FarmError } from "../../lib/farm-error.ts";
import type { Bounce } from "../../model/announcement/bounce.ts";
import { parseInstant, showBerlin } from "../../model/berlin-time.ts";
import { type NoticeProof, ofStage } from "../../model/notice-proof.ts";
import { parseLine } from "../../model/text.ts";
import { labStack } from "../environment.ts";
import { readReturned } from "../letters/returned-mail.ts";
import { outputOf } from "../output.ts";
import { bookOf, findWindow, openWindows, type WindowContext } from "./open-windows.ts";

/** Registers `./farm window bounced`, `bounces` and `settle`. */
export function register(window: Command): void {
  window
    .command("bounced")
    .description("write down that the notice to an administration came back: it is not told")
    .argument("<id>", "the window's id")
    .requiredOption("--tenant <id>", "the administration")
    .requiredOption("--why <text>", "what the returned mail says")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "what is written down as JSON")
    .action(async (id: string, options: Bounced & { readonly stack: string }, command: Command) => {
      const output = outputOf(command);
      const proof = await bounced(id, options, await openWindows(options.stack, output));
      output.result(proof, `✗ ${proof.tenant} is not told of window ${id}: ${proof.bounce}`);
    });
  window
    .command("bounces")
    .description(
      "read returned mail (a mail, an mbox or a folder of mails) and write down whose notice it was",
    )
    .argument("<path>", 'what the mailbox of mail.from received; "-" is standard input')
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "what was found as JSON")
    .action(async (path: string, { stack }: { stack: string }, command: Command) => {
      const output = outputOf(command);
      const found = await readBounces(path, await openWindows(stack, output));
      const lines = found.map(({ window: id, tenant, recipient, why }) =>
        tenant === undefined
          ? `? ${recipient}: no notice of ours (${why})`
          : `✗ window ${id}, ${tenant}: ${recipient}, ${why}`,
      );
      output.result(
        found,
        lines.length === 0 ? "No mail there says that a letter has failed." : lines.join("\n"),
      );
    });
  window
    .command("settle")
    .description(
      "say what became of a letter whose sending broke off, after a look into the mail server's log",
    )
    .argument("<id>", "the window's id")
    .requiredOption("--tenant <id>", "the administration")
    .requiredOption("--evidence <text>", "where that stands: the line of the log")
    .option("--sent-at <instant>", "the server took it then: 2026-11-30T09:00:00+01:00")
    .option("--not-sent", "the server never took it")
    .option("-s, --stack <stack>", "whose settings", labStack)
    .option("--json", "what is written down as JSON")
    .action(async (id: string, options: Settled & { readonly stack: string }, command: Command) => {
      const output = outputOf(command);
      const proof = await settle(id, options, await openWindows(options.stack, output));
      output.result(proof, `${proof.outcome === "sent" ? "✓" : "✗"} ${proof.tenant}: ${proof.outcome}`);
    });
}

interface Bounced {
  readonly tenant: string;
  readonly why: string;
}

/**
 * Writes down that the last letter to an administration came back.
 * @throws FarmError when none was sent
 */
export async function bounced(
  id: string,
  { tenant, why }: Bounced,
  context: WindowContext,
): Promise<NoticeProof> {
  const { open, output } = context;
  const { windows, settings } = await open.load();
  findWindow(windows, id);
  const book = bookOf(open, id);
  return book.exclusively(output.progress, async () => {
    const last = lastOf(ofStage(book.read(), settings.stage), tenant, id);
    return book.settle(last.messageId, {
      outcome: "bounced",
      bouncedAt: new Date(),
      bounce: line("--why", why),
    });
  });
}

/** A returned letter, and whose notice it was. */
interface FoundBounce extends Omit<Bounce, "messageIds"> {
  /** @default - it is no notice of ours */
  readonly window?: string;
  readonly tenant?: string;
}

/**
 * Looks through returned mail and writes down which notices came back. Those that are written down already stay.
 * @throws FarmError when the mail cannot be read
 */
export async function readBounces(
  path: string,
  { open, output }: WindowContext,
): Promise<readonly FoundBounce[]> {
  const bounces = await readReturned(path);
  const found: FoundBounce[] = [];
  const { windows } = await open.load();
  for (const { messageIds, recipient, why } of bounces) {
    const owners = windows.flatMap((window) =>
      (window.notices ?? [])
        .filter((proof) => messageIds.includes(proof.messageId))
        .map(({ tenant, messageId }) => ({ window: window.id, tenant, messageId })),
    );
    const [owner] = owners;
    if (owner === undefined) {
      found.push({ recipient, why });
      continue;
    }
    const { window, tenant, messageId } = owner;
    const book = bookOf(open, window);
    await book.exclusively(output.progress, async () => book.returned(messageId, `${recipient}: ${why}`));
    found.push({ window, tenant, recipient, why });
  }
  return found;
}

interface Settled {
  readonly tenant: string;
  readonly evidence: string;
  readonly sentAt?: string;
  readonly notSent?: true;
}

/**
 * Says what became of a letter whose sending broke off.
 * @throws FarmError unless exactly one of both is said, and for a letter whose outcome is known
 */
export async function settle(
  id: string,
  options: Settled,
  { open, output }: WindowContext,
): Promise<NoticeProof> {
  const { tenant, evidence, sentAt, notSent } = options;
  const { windows, settings } = await open.load();
  findWindow(windows, id);
  const book = bookOf(open, id);
  return book.exclusively(output.progress, async () => {
    const last = lastOf(ofStage(book.read(), settings.stage), tenant, id);
    if (last.outcome !== "sending") {
      throw new FarmError({
        what: `What became of the notice to ${tenant} is known: ${last.outcome}`,
        where: book.file,
      });
    }
    const response = line("--evidence", evidence);
    if (notSent && sentAt === undefined) return book.settle(last.messageId, { outcome: "refused", response });
    if (sentAt === undefined || notSent) {
      throw new FarmError({
        what: "Say either --sent-at <instant> or --not-sent",
        next: "./farm window settle --help",
      });
    }
    const instant = parseInstant(sentAt);
    if (!instant.ok) throw new FarmError({ what: `--sent-at ${instant.why}`, where: sentAt.slice(0, 60) });
    if (instant.value.getTime() < last.begunAt.getTime() - 1000 || instant.value > new Date()) {
      throw new FarmError({
        what: "It cannot have been sent then",
        where: `--sent-at ${sentAt}`,
        why: `its sending was begun at ${showBerlin(last.begunAt)}`,
      });
    }
    return book.settle(last.messageId, { outcome: "sent", sentAt: instant.value, response });
  });
}

function lastOf(proofs: readonly NoticeProof[], tenant: string, window: string): NoticeProof {
  const last = proofs.findLast((proof) => proof.tenant === tenant);
  if (last !== undefined) return last;
  throw new FarmError({
    what: `No letter about window ${window} went to ${tenant}`,
    where: `maintenance/notices/${window}.json`,
    next: `./farm window show ${window}`,
  });
}

function line(option: string, text: string): string {
  const parsed = parseLine(text.trim());
  if (parsed.ok) return parsed.value;
  throw new FarmError({ what: `${option} ${parsed.why}`, where: text.slice(0, 60) });
}
