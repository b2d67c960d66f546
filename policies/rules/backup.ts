import { slotTimezone } from "../../model/backup-slot.ts";
import { fieldsOf, isMissing, numberOf, textOf, types } from "../planned-resource.ts";
import type { ResourceRule } from "../rule.ts";

/** Fewer daily backups would leave no week to notice a loss in. */
const fewestDaily = 7;

/** Rules about each backup job and each repository by itself. */
export const backupRules: readonly ResourceRule[] = [
  {
    name: "backup-daily",
    sentence: "A backup runs at least once a day, at a time by the clock in Berlin.",
    remedy: "leave the schedule to the farm's plan of the night, which gives every administration its slot",
    requirements: ["CON.3.A5", "GS++ NOT.4.2", "GS++ NOT.4.4"],
    severity: "critical",
    types: [types.job],
    check({ inputs }) {
      const { cron, timezone } = fieldsOf(inputs["schedule"]);
      const fields = textOf(cron)?.trim().split(/\s+/);
      const findings: string[] = [];
      if (fields !== undefined && (fields.length !== 5 || fields.slice(2).some((field) => field !== "*"))) {
        findings.push(`has the schedule "${textOf(cron)}", which leaves days out`);
      }
      if (textOf(timezone) !== undefined && timezone !== slotTimezone) {
        findings.push(`keeps the time of ${textOf(timezone)}`);
      }
      return findings;
    },
  },
  {
    name: "backup-retention",
    sentence: `Backups of ${fewestDaily} days are kept at least, and older ones by the week or the month.`,
    remedy: "raise `backup.retention` in the tenant file or in the stack settings",
    requirements: ["CON.3.A2", "CON.3.A4", "GS++ NOT.4.7"],
    severity: "high",
    types: [types.job],
    check({ inputs }) {
      const retention = fieldsOf(inputs["retention"]);
      const [daily, weekly, monthly] = ["daily", "weekly", "monthly"].map(
        (name) => numberOf(retention[name]) ?? 0,
      ) as [number, number, number];
      return [
        ...(daily < fewestDaily ? [`keeps ${daily} daily backups`] : []),
        ...(weekly + monthly === 0 ? ["keeps nothing that is older than its daily backups"] : []),
      ];
    },
  },
  {
    name: "backup-running",
    sentence: "A backup job is switched on, and somebody hears of a run that failed.",
    remedy: "take `enabled: false` and `reportWhen: never` out",
    requirements: ["CON.3.A5", "GS++ NOT.4.16"],
    severity: "critical",
    types: [types.job],
    check({ inputs }) {
      return [
        ...(inputs["enabled"] === false ? ["is switched off"] : []),
        ...(inputs["reportWhen"] === "never" ? ["reports no failure"] : []),
      ];
    },
  },
  {
    name: "backup-encrypted",
    sentence: "What leaves the storage for a backup repository is encrypted.",
    remedy: "name the variable with the key in `backup.repositories.<name>.encryptionKeyVariable`",
    requirements: ["CON.3.A13", "GS++ NOT.4.8"],
    severity: "high",
    types: [types.repository],
    check({ inputs }) {
      return isMissing(inputs["encryptionKey"]) ? ["is written in clear"] : [];
    },
  },
  {
    name: "backup-repository-apart",
    sentence:
      "A backup repository is a server of its own, reached by NFS or by S3 with TLS, and switched on.",
    remedy: "name a server in `backup.repositories.<name>.url`: nfs://… or s3://…",
    requirements: ["CON.3.A12", "CON.3.A14", "GS++ NOT.4.6"],
    severity: "high",
    types: [types.repository],
    check({ inputs }) {
      const url = textOf(inputs["url"]) ?? "";
      return [
        ...(url.startsWith("file:") ? ["lies on Xen Orchestra's own machine"] : []),
        ...(url.startsWith("s3+http:") ? ["is reached without TLS"] : []),
        ...(inputs["enabled"] === false ? ["is switched off"] : []),
      ];
    },
  },
  {
    name: "backup-deletion-refused",
    sentence: "Backup jobs and repositories are protected against deletion.",
    remedy: "set `protection: true` in the stack settings",
    requirements: ["CON.3.A14", "GS++ NOT.4.6"],
    severity: "critical",
    types: [types.job, types.repository],
    check({ protect }) {
      return protect ? [] : ["may be deleted by the engine"];
    },
  },
];
