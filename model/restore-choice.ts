import { FarmError } from "../lib/farm-error.ts";
import type { BackupArchive } from "./backup-log.ts";
import type { BackedUpVm } from "./backup-run.ts";
import { type BackupFacts, lastGoodBackup } from "./backup-status.ts";
import { showBerlin } from "./berlin-time.ts";

/** Which backup somebody wants. */
export interface RestoreWish {
  /** The newest good one that holds the data of this instant or an earlier one. @default - now */
  readonly at?: Date;
  /** XO's id of an archive: taken whatever the logs say, for an XO that has lost them. @default - none */
  readonly archive?: string;
}

/** The backup that a restore takes. */
export interface ChosenBackup {
  readonly archive: BackupArchive;
  /** Whether a run vouches for it. */
  readonly vouched: boolean;
}

/**
 * The newest good backup that fits the wish.
 * @throws FarmError that lists what there is instead
 */
export function chooseBackup(
  tenant: string,
  vm: BackedUpVm,
  facts: BackupFacts,
  wish: RestoreWish,
): ChosenBackup {
  const all = [...facts.archives.values()]
    .flatMap((archives) => archives ?? [])
    .filter(({ vm: id }) => vm.ids.includes(id))
    .sort((a, b) => a.timestamp - b.timestamp);
  if (wish.archive !== undefined) {
    const archive = all.find(({ id }) => id === wish.archive);
    if (archive === undefined) throw none(tenant, `there is no archive ${wish.archive}`, all, facts);
    const best = lastGoodBackup(vm, facts, new Date(archive.timestamp));
    return { archive, vouched: best?.archives.some(({ id }) => id === archive.id) ?? false };
  }
  const [archive] = lastGoodBackup(vm, facts, wish.at)?.archives ?? [];
  if (archive !== undefined) return { archive, vouched: true };
  const when = wish.at === undefined ? "" : ` of ${showBerlin(wish.at)} or before`;
  throw none(tenant, `none of its backups${when} is good`, all, facts);
}

function none(tenant: string, why: string, all: readonly BackupArchive[], facts: BackupFacts): FarmError {
  const unlisted = [...facts.archives].filter(([, archives]) => archives === undefined).map(([id]) => id);
  const shown = all.slice(-5).map(({ id, timestamp }) => `${showBerlin(new Date(timestamp))} ${id}`);
  const reasons = [why, ...(unlisted.length > 0 ? [`XO cannot list ${unlisted.join(", ")}`] : [])];
  return new FarmError({
    what: `There is no backup of ${tenant} to restore`,
    ...(shown.length === 0
      ? {}
      : { where: `archives that no good run vouches for:\n         ${shown.join("\n         ")}` }),
    why: reasons.join("; "),
    next:
      shown.length === 0
        ? `./farm backup status shows why, day by day`
        : "take one of these all the same: --archive <id>; ./farm backup status shows what was wrong",
  });
}
