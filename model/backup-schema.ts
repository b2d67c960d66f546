import { z } from "zod";
import type { BackupRepositorySettings, BackupSettings, BackupWindow, Retention } from "./backup-settings.ts";
import { variableName } from "./environment.ts";
import type { For } from "./fields.ts";
import { parseEmail, parseLine, parseSlug } from "./text.ts";
import { bad, good, textSchema } from "./value.ts";

const line = textSchema(parseLine);

/** The addresses that Xen Orchestra reads, by their scheme. They are no URLs of the standard: `nfs://host:/export`. */
const addresses = [
  { pattern: /^file:\/\/(\/[^\s?#:]+)+$/, form: "file:///folder" },
  { pattern: /^nfs:\/\/[A-Za-z0-9.-]+(:\d{1,5})?:(\/[^\s?#:]+)+$/, form: "nfs://host:/export" },
  {
    pattern: /^s3(\+http)?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[^\s?#:@/]+){2,}(#[a-z0-9-]+)?$/,
    form: "s3://host/bucket/folder#region",
  },
];

const repositoryUrl = textSchema((text) => {
  if (/^[a-z0-9+]+:\/\/[^/]*@/.test(text)) return bad("must not hold a user name or a password");
  if (text.length > 500 || !addresses.some(({ pattern }) => pattern.test(text))) {
    return bad(`must have one of the forms ${addresses.map(({ form }) => form).join(", ")}`);
  }
  // Xen Orchestra makes this folder below the repository itself, and refuses such an address.
  return text.endsWith("/xo-vm-backups") ? bad("must name the folder above xo-vm-backups") : good(text);
});

const repository = z.strictObject({
  url: repositoryUrl,
  location: line,
  encryptionKeyVariable: variableName.exactOptional(),
  keyVariable: variableName.exactOptional(),
  secretVariable: variableName.exactOptional(),
  options: line.exactOptional(),
} satisfies For<BackupRepositorySettings>);

const clock = textSchema((text) =>
  /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? good(text) : bad('must be a time such as "22:00"'),
);

/** How many are kept, with the least and the most that make sense. */
export const retentionShape = {
  daily: z.int().min(7).max(90),
  weekly: z.int().min(0).max(104),
  monthly: z.int().min(0).max(120),
} satisfies For<Retention>;

const standard = { daily: 14, weekly: 8, monthly: 12 };
const night = { from: "22:00", to: "05:00" };

/** The settings of backups. */
export const backupSchema = z.strictObject({
  repositories: z.record(textSchema<string>(parseSlug), repository),
  window: z.strictObject({ from: clock, to: clock } satisfies For<BackupWindow>).default(night),
  concurrency: z.int().min(1).max(50).default(4),
  slotMinutes: z.int().min(5).max(60).default(10),
  retention: z
    .strictObject({
      daily: retentionShape.daily.default(standard.daily),
      weekly: retentionShape.weekly.default(standard.weekly),
      monthly: retentionShape.monthly.default(standard.monthly),
    })
    .default(standard),
  reportRecipients: z.array(textSchema(parseEmail)).max(20).exactOptional(),
} satisfies For<BackupSettings>);
