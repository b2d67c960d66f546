import { z } from "zod";

const release = z.object({ version: z.string(), build: z.string() });

/** One line of a machine's book about its states; written by guest/farm_backup/. */
const noted = z.object({
  outcome: z.string(),
  story: z.string().default(""),
  takenAt: z.iso.datetime({ offset: true }).optional(),
  manifestSha256: z.string().optional(),
});

/** The newest state of a machine. */
const summary = {
  stamp: z.string(),
  takenAt: z.iso.datetime({ offset: true }),
  release,
  files: z.number(),
  bytes: z.number(),
  databaseBytes: z.number(),
  manifestSha256: z.string(),
};

/** What `backup show` answers. */
export const guestStatesSchema = z.object({ ...summary, states: z.array(noted) });

/** What `backup state` answers. */
export const guestStateSchema = z.object({ outcome: z.string(), story: z.string() });

const part = z.looseObject({ well: z.boolean(), reason: z.string().optional() });

/** What `backup self-check` answers. */
export const guestCheckSchema = z.object({
  ...summary,
  outcome: z.enum(["done", "failed"]),
  story: z.string(),
  parts: z.object({ application: part, state: part, database: part }),
});

/** What an import or an export answers. */
export const guestTransferSchema = z.looseObject({ outcome: z.string(), story: z.string().default("") });

export type GuestStates = z.output<typeof guestStatesSchema>;
export type GuestCheck = z.output<typeof guestCheckSchema>;
export type GuestTransfer = z.output<typeof guestTransferSchema>;

/** Instants at which a machine finished a state, milliseconds since 1970. */
export function manifestsOf({ states, takenAt }: GuestStates): readonly number[] {
  const taken = states.flatMap((state) =>
    state.outcome === "done" && state.takenAt !== undefined ? [Date.parse(state.takenAt)] : [],
  );
  return [...taken, Date.parse(takenAt)];
}
