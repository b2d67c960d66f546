import { join } from "node:path";
import type { Command } from "commander";
import { FarmError } from "../lib/farm-error.ts";
import { withLock } from "../lib/lock.ts";
import { farmFolder } from "../lib/paths.ts";
import { parseInstant, showBerlin } from "../model/berlin-time.ts";
import type { ChosenBackup, RestoreWish } from "../model/restore-choice.ts";
import { confirm } from "./confirm.ts";
import { labStack } from "./environment.ts";
import { bringOver, type GuestPart } from "./guest-backup.ts";
import { interruptible } from "./interruptible.ts";
import { keepCopy, withCopy } from "./isolated-copy.ts";
import { type Output, outputOf } from "./output.ts";
import { chooseForCopy } from "./restore-copy.ts";
import { type RestoreJournal, tryLoadJournal } from "./restore-journal.ts";
import { settleStack } from "./restore-resume.ts";
import { copyWay, liveWay, type RestoreScope, withTenant } from "./restore-scope.ts";
import { describeRestore, performRestore, planRestore, undoRestore } from "./restore-whole.ts";

interface Options {
  readonly stack: string;
  readonly at?: string;
  readonly archive?: string;
  readonly asCopy?: true;
  readonly files?: string;
  readonly database?: true;
  readonly stopOld?: true;
  readonly undo?: true;
  readonly yes?: true;
}

/** Registers `./farm restore`. */
export function register(program: Command): void {
  program
    .command("restore")
    .description("bring an administration's machine, or a part of it, back from its backup")
    .argument("<tenant>", "the administration, the name of its file")
    .option(
      "--at <instant>",
      'the newest backup of then or before, "2026-11-25T18:00:00+01:00" (default: now)',
    )
    .option("--archive <id>", "this archive, whatever the logs say of it")
    .option("--as-copy", "beside the machine, in quarantine, for somebody to look at")
    .option("--files <path>", "only this file or folder of the application, into the running machine")
    .option("--database", "only the database, into the running machine")
    .option("--stop-old", "replace a machine that still runs: it is stopped and kept aside")
    .option("--undo", "take an unfinished restore back")
    .option("-y, --yes", "do not ask")
    .option("-s, --stack <stack>", "which stack", labStack)
    .option("--json", "what was done as JSON")
    .action((tenant: string, options: Options, command: Command) =>
      restore(tenant, options, outputOf(command)),
    );
}

async function restore(id: string, options: Options, output: Output): Promise<void> {
  requireOneKind(options);
  const wish = wishOf(options);
  const { stack } = options;
  await inTurn(id, stack, `restores ${id}`, output.progress, () =>
    interruptible(output.progress, (signal) =>
      withTenant(id, { stack, output, signal }, async (scope) => {
        if (options.undo) {
          const journal = await undoRestore(scope);
          output.result({ tenant: id, undone: true, journal }, `The restore of ${id} is taken back.`);
        } else if (options.asCopy) await asCopy(scope, wish, output);
        else if (options.files !== undefined)
          await part(scope, wish, { files: options.files }, options, output);
        else if (options.database) await part(scope, wish, { database: true }, options, output);
        else await whole(scope, wish, options, output);
      }),
    ),
  );
}

/**
 * One restore, drill, move or end of an administration at a time on this machine.
 * @param doing what a second caller is told: "restores hohenbrueck"
 */
export function inTurn<Result>(
  tenant: string,
  stack: string,
  doing: string,
  onWait: (line: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const file = join(farmFolder, "restores", `${stack}-${tenant}.lock`);
  return withLock(file, { onWait, doing, timeout: 5000 }, work);
}

function requireOneKind({ asCopy, files, database, undo, stopOld }: Options): void {
  const chosen = [
    asCopy && "--as-copy",
    files !== undefined && "--files",
    database && "--database",
    undo && "--undo",
  ].filter((name) => typeof name === "string");
  if (chosen.length > 1 || (stopOld && chosen.length > 0)) {
    throw new FarmError({
      what: "These do not go together",
      where: [...chosen, ...(stopOld ? ["--stop-old"] : [])].join(" "),
      next: "choose one of --as-copy, --files, --database, --undo, or none for the whole machine",
    });
  }
}

function wishOf({ at, archive }: Options): RestoreWish {
  if (at === undefined) return archive === undefined ? {} : { archive };
  const read = parseInstant(at);
  if (read.ok && archive === undefined) return { at: read.value };
  throw new FarmError({
    what: read.ok ? "An archive has its own instant" : `The instant ${read.why}`,
    where: `--at ${at}`,
    next: read.ok
      ? "choose one of --at and --archive"
      : (read.hint ?? 'write it like "2026-11-25T18:00:00+01:00"'),
  });
}

async function whole(
  scope: RestoreScope,
  wish: RestoreWish,
  { stopOld = false, yes = false }: { readonly stopOld?: boolean; readonly yes?: boolean },
  output: Output,
): Promise<void> {
  const unfinished = tryLoadJournal(scope.stack, scope.tenant.id);
  if (unfinished !== undefined) {
    refuseOtherWish(unfinished, wish);
    output.progress(`going on with the restore of ${unfinished.startedAt}`);
    await settleStack(unfinished, scope.say, scope.signal);
  }
  const journal = unfinished ?? (await planRestore(scope, wish, stopOld));
  if (unfinished === undefined) await confirm(`${describeRestore(journal)}. Go on?`, yes, scope.signal);
  const result = await performRestore(scope, journal);
  const old =
    result.old === null
      ? ""
      : ` The VM before is kept halted (${result.old.id}); delete it when nobody misses anything.`;
  output.result(
    result,
    `${result.tenant} runs again with the data of ${showBerlin(new Date(result.dataOf))}, after ${result.seconds} s.${old}`,
  );
}

/** What was begun is ended first: another backup would be a second restore over half of the first. */
function refuseOtherWish(begun: RestoreJournal, { at, archive }: RestoreWish): void {
  if (at === undefined && (archive === undefined || archive === begun.archive)) return;
  throw new FarmError({
    what: `A restore of ${begun.tenant} from another backup is not ended`,
    where: `begun ${begun.startedAt}, data of ${begun.archiveAt}, archive ${begun.archive}`,
    why: "--at and --archive choose the backup of a new restore",
    next: `end it: ./farm restore ${begun.tenant} -s ${begun.stack}; or go back: the same with --undo`,
  });
}

async function asCopy(scope: RestoreScope, wish: RestoreWish, output: Output): Promise<void> {
  const chosen = await chooseForCopy(scope, wish);
  const copy = await keepCopy(scope, chosen);
  const { quarantine } = scope.pool;
  const jump = quarantine && `${quarantine.jump.user}@${quarantine.jump.host}:${quarantine.jump.port}`;
  const { user } = scope.farm.settings.access;
  const way = copy.runs ? `ssh -J ${jump} ${user}@${scope.tenant.address}` : null;
  const reached = way ?? "it is halted and has no network: look at its console in Xen Orchestra";
  output.result(
    { ...copy, dataOf: instantOf(chosen), way },
    `"${copy.name}" (${copy.id}): ${reached}. Delete it in Xen Orchestra when it is not needed any more.`,
  );
}

async function part(
  scope: RestoreScope,
  wish: RestoreWish,
  what: GuestPart,
  { yes = false }: { readonly yes?: boolean },
  output: Output,
): Promise<void> {
  const chosen = await chooseForCopy(scope, wish);
  const named = "files" in what ? what.files : "the database";
  const when = showBerlin(new Date(chosen.archive.timestamp));
  await confirm(`${scope.tenant.id} gets ${named} back as of ${when}. Go on?`, yes, scope.signal);
  const result = await withCopy(scope, chosen, () => {
    scope.say(`bringing ${named} over`);
    const [from, to] = [copyWay(scope, chosen.hostKey), liveWay(scope, chosen.hostKey)];
    return bringOver(from, to, what, scope.signal);
  });
  output.result({ tenant: scope.tenant.id, dataOf: instantOf(chosen), ...result }, result.story);
}

function instantOf({ archive }: Pick<ChosenBackup, "archive">): string {
  return new Date(archive.timestamp).toISOString();
}
