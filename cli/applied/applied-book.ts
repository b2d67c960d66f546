import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../../lib/atomic-file.ts";
import { FarmError, messageOf } from "../../lib/farm-error.ts";
import { withLock } from "../../lib/lock.ts";
import { farmFolder } from "../../lib/paths.ts";
import { type AppliedChange, type AppliedSite, appliedChanges, sitesOf } from "../../model/applied.ts";
import type { StackState } from "../../model/stack-state.ts";

const size = { cpus: z.number(), memory: z.number(), disk: z.number() };
const head = { at: z.iso.datetime(), tenant: z.string() };
const change = z.discriminatedUnion("kind", [
  z.strictObject({ ...head, kind: z.literal("release"), from: z.string(), to: z.string() }),
  z.strictObject({ ...head, kind: z.literal("settings"), keys: z.array(z.string()) }),
  z.strictObject({ ...head, kind: z.literal("size"), ...size }),
  z.strictObject({
    ...{ ...head, kind: z.literal("domain"), domain: z.string(), aliases: z.array(z.string()) },
  }),
  z.strictObject({ ...head, kind: z.literal("certificate"), issuer: z.string() }),
]) satisfies z.ZodType<AppliedChange>;
const site = z.strictObject({
  release: z.string().exactOptional(),
  values: z.string().exactOptional(),
  size: z.strictObject(size).exactOptional(),
}) satisfies z.ZodType<AppliedSite>;
const bookSchema = z.strictObject({
  version: z.literal(1),
  /** The sites as they were looked at last. */
  sites: z.record(z.string(), site),
  /** Oldest first. */
  changes: z.array(change),
});

type Book = z.output<typeof bookSchema>;

/** What runs of the engine changed at a stack's sites, and the sites as they were looked at last. */
function bookOf(stack: string, folder: string): string {
  return join(folder, `${stack}.json`);
}

const usual = (): string => join(farmFolder, "applied");

/** What changed at a stack's sites, oldest first. @throws FarmError when the book cannot be read */
export function readApplied(stack: string, folder: string = usual()): readonly AppliedChange[] {
  return tryRead(bookOf(stack, folder))?.changes ?? [];
}

/**
 * Looks at a stack's sites and writes down what has changed since the last look, whoever applied it. The first look of
 * all finds nothing to compare with.
 * @param now @default - the clock's
 * @returns what is new
 * @throws FarmError when the book cannot be read or written
 */
export function noteApplied(
  stack: string,
  state: StackState,
  folder: string = usual(),
  now: Date = new Date(),
): Promise<readonly AppliedChange[]> {
  const file = bookOf(stack, folder);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const lock = { onWait: () => {}, doing: "writes down what was applied", timeout: 10_000 };
  return withLock(`${file}.lock`, lock, async () => {
    const kept = tryRead(file);
    const found = sitesOf(state);
    const before = new Map(Object.entries(kept?.sites ?? {}));
    const changes = appliedChanges(before, found, now);
    const sites = Object.fromEntries([...found].map(([id, { at, ...own }]) => [id, own]));
    const book: Book = {
      version: 1,
      sites,
      changes: [...(kept?.changes ?? []), ...changes.map((each) => change.parse(each))],
    };
    const text = `${JSON.stringify(book)}\n`;
    if (kept === undefined || text !== readFileSync(file, "utf8")) writeFileAtomic(file, text, 0o600);
    return changes;
  });
}

function tryRead(file: string): Book | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return bookSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new FarmError({
      what: "What was written down of applied changes cannot be read",
      where: file,
      why: messageOf(error).split("\n", 3).join(" "),
      next: "bring it back from a backup: reports tell administrations of it",
    });
  }
}
