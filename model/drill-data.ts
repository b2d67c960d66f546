import { z } from "zod";
import type { DrillCheck } from "./drill.ts";

/** What a machine's written state says of its data; the rest of its manifest does not matter here. */
export const dataStateSchema = z.object({
  takenAt: z.string(),
  files: z.array(z.object({ path: z.string(), sha256: z.string() })),
  database: z.object({ rows: z.record(z.string(), z.number()) }),
});

/** The data of a site at one instant: files with their checksums, rows of each table. */
export type DataState = z.output<typeof dataStateSchema>;

/** Names that are listed before the rest is only counted. */
const shown = 3;
/** Where the application's own files are in a state; the machine's own notes go on being written. */
const application = "files/";

/**
 * Whether a site has everything that it had: every file of the application, byte for byte, and no row less in any
 * table. What was added meanwhile is no loss, for clerks may have worked on.
 */
export function compareData(before: DataState, after: DataState): DrillCheck {
  const now = new Map(after.files.map(({ path, sha256 }) => [path, sha256]));
  const own = before.files.filter(({ path }) => path.startsWith(application));
  const lost = own.filter(({ path }) => !now.has(path)).map(({ path }) => path);
  const changed = own.flatMap(({ path, sha256 }) =>
    now.has(path) && now.get(path) !== sha256 ? [path] : [],
  );
  const tables = Object.entries(before.database.rows);
  const fewer = tables.filter(([table, rows]) => (after.database.rows[table] ?? 0) < rows);
  const rows = tables.reduce((sum, [, count]) => sum + count, 0);
  const problems = [
    ...listed("lost", lost),
    ...listed("changed", changed),
    ...fewer.map(
      ([table, count]) => `${table}: ${count} rows before, ${after.database.rows[table] ?? 0} after`,
    ),
  ];
  const check = "data as before";
  if (problems.length > 0) return { check, good: false, detail: problems.join("; ") };
  return {
    check,
    good: true,
    detail: `${own.length} files by their checksums, ${rows} rows in ${tables.length} tables`,
  };
}

function listed(what: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const more = paths.length > shown ? ` and ${paths.length - shown} more` : "";
  return [`${what}: ${paths.slice(0, shown).join(", ")}${more}`];
}
