import { z } from "zod";

const found = z.object({
  /** Version on the machine; null where the package is not installed. */
  version: z.string().nullable(),
  /** Units that use files of the package at this moment. */
  units: z.array(z.string()),
  /** Whether a newer version of it takes effect by a restart of the machine alone. */
  reboot: z.boolean(),
});

/** What a machine answers when it is asked for its patches; written by guest/farm_patch/. */
export const patchStateSchema = z.object({
  packages: z.record(z.string(), found),
  /** Packages that are half installed: a run was cut off. */
  broken: z.array(z.string()),
  /** A run that goes on at this moment. @default - none */
  running: z.string().nullable(),
  /** Whether an earlier change waits for a restart of the machine. */
  rebootPending: z.boolean(),
  /** When packages were changed last, with its time zone. @default - never */
  lastChange: z.string().nullable(),
});

/** What a machine says about its packages. */
export type PatchState = z.output<typeof patchStateSchema>;

const change = z.object({ name: z.string(), from: z.string().nullable(), to: z.string() });

/** How a run on a machine ended; written by guest/farm_patch/. */
export const patchResultSchema = z.object({
  outcome: z.enum(["done", "nothing", "refused", "back", "stuck", "busy", "failed"]),
  story: z.string(),
  changes: z.array(change).default([]),
  units: z.array(z.string()).default([]),
  rebooted: z.boolean().default(false),
  awaySeconds: z.number().default(0),
  notes: z.array(z.string()).default([]),
});

/** How a run on a machine ended. */
export type PatchResult = z.output<typeof patchResultSchema>;
