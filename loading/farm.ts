import { dirname, join } from "node:path";
import { FarmError } from "../lib/farm-error.ts";
import { checkout } from "../lib/paths.ts";
import type { Environment } from "../model/environment.ts";
import { type Farm, parseFarm } from "../model/farm.ts";
import type { FoundFile } from "../model/found-file.ts";
import { loadAssets } from "./assets.ts";
import { loadNotices } from "./notices.ts";
import { loadReleases } from "./releases.ts";
import { loadTenants } from "./tenants.ts";
import { loadWindows } from "./windows.ts";

/** What a run knows at its start. */
export interface FarmSource {
  /** The object below `allris-farm:settings`. */
  readonly settings: unknown;
  /** Where the settings stand, for the report. @default - "stack settings" */
  readonly settingsFile?: string;
  /** Where `{ env: "NAME" }` in the settings is looked up. */
  readonly environment: Environment;
  /** The instant of the run with its offset, "2026-11-01T09:00:00+01:00". @default - now */
  readonly at?: string | undefined;
  /**
   * Folder of the tenant files; `releases`, `maintenance` and `assets` lie beside it.
   * @default - "tenants" in the checkout
   */
  readonly folder?: string;
  /**
   * Tenant files as they would be: each takes the place of the one of its name, or stands beside the others. So an edit
   * is checked against everything before it is written.
   * @default - none
   */
  readonly drafts?: readonly FoundFile[];
}

/**
 * Loads and checks everything that a run works with.
 * @throws FarmProblems with every problem of every file; FarmError for a folder without tenants or a bad instant
 */
export async function loadFarm(source: FarmSource): Promise<Farm> {
  const now = instantOf(source.at);
  const folder = source.folder ?? join(checkout, "tenants");
  const beside = (name: string): string => join(dirname(folder), name);
  const [tenants, releases, windows, notices, assets] = await Promise.all([
    loadTenants(folder),
    loadReleases(beside("releases")),
    loadWindows(beside("maintenance")),
    loadNotices(beside("maintenance")),
    loadAssets(beside("assets")),
  ]);
  const { settings, settingsFile, environment } = source;
  const drafts = source.drafts ?? [];
  const others = tenants.filter(({ file }) => !drafts.some((draft) => draft.file === file));
  return parseFarm({
    settings,
    tenants: [...others, ...drafts],
    releases,
    windows,
    notices,
    assets,
    environment,
    now,
    ...(settingsFile === undefined ? {} : { settingsFile }),
  });
}

/**
 * The instant that a text names, which has its offset; now when there is none.
 * @throws FarmError for anything else
 */
export function instantOf(text: string | undefined): Date {
  if (text === undefined || text === "") return new Date();
  const instant = new Date(text);
  // Without an offset the same text would be another instant on another machine.
  if (!/T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || Number.isNaN(instant.getTime())) {
    throw new FarmError({
      what: "The instant of the run cannot be understood",
      where: `--at ${text.slice(0, 60)}`,
      next: "write it with its offset: 2026-11-01T09:00:00+01:00",
    });
  }
  return instant;
}
