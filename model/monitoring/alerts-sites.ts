import { type BurnWindow, budgetLevels } from "../foresight/budget.ts";
import { shortOutageLimits } from "../sla/excuse.ts";
import { type AlertDraft, administration, floored, german, serviceTime, targetName } from "./alert.ts";
import type { Severity } from "./rule-groups.ts";

/** What visitors notice. */
export const siteAlerts: readonly AlertDraft[] = [
  {
    name: "SiteDown",
    expr: 'probe_success{decides="true"} == 0',
    // Two failures in a row, 15 seconds apart: the same as an outage of the service level.
    for: "15s",
    severity: "warning",
    muted: "tenant",
    summary: `${administration}: ${targetName} antwortet nicht`,
    description:
      "Zwei Abfragen hintereinander sind fehlgeschlagen. Bis zu fünf Minuten kann es ein Kurzausfall bleiben.",
  },
  {
    name: "OutageNearsLimit",
    expr: 'probe_success{decides="true"} == 0',
    for: "3m",
    severity: "critical",
    muted: "tenant",
    summary: `${administration}: ${targetName} antwortet seit drei Minuten nicht`,
    description:
      "Ab fünf Minuten ist es kein Kurzausfall mehr: Die ganze Ausfallzeit zählt als Unterbrechung.",
  },
  {
    name: "ShownTargetFails",
    expr: 'probe_success{decides="false"} == 0',
    for: "5m",
    severity: "warning",
    muted: "tenant",
    summary: `${administration}: ${targetName} ist gestört`,
    description: "Das zählt nicht als Ausfallzeit, Besucher und Programme können es dennoch merken.",
  },
  {
    name: "NotWatched",
    expr: "farm_administration_info unless on (tenant) probe_success",
    for: "5m",
    severity: "warning",
    muted: "tenant",
    summary: `${administration}: wird von der Überwachung nicht abgefragt`,
    description: "Ein Ausfall würde von hier aus niemandem gemeldet.",
  },
];

const levelSeverity: Readonly<Record<(typeof budgetLevels)[number], Severity>> = {
  25: "info",
  50: "warning",
  75: "critical",
  100: "critical",
};

/**
 * Percent of a month's allowed downtime within an hour, six hours, three days that are too much: 14, 6 and 1 times as
 * fast as an even use (Google, The Site Reliability Workbook, chapter 5).
 */
const burns: readonly { window: BurnWindow; text: string; percent: number; severity: Severity }[] = [
  { window: "1h", text: "der letzten Stunde", percent: 2, severity: "critical" },
  { window: "6h", text: "den letzten sechs Stunden", percent: 5, severity: "critical" },
  { window: "3d", text: "den letzten drei Tagen", percent: 10, severity: "warning" },
];

const { day, week } = shortOutageLimits;

/** How the month stands against the service level. */
export const slaAlerts: readonly AlertDraft[] = [
  {
    name: "ShortOutagesUsed",
    expr: `farm:short_outages{period="day"} >= ${day} or farm:short_outages{period="week"} >= ${week}`,
    severity: "warning",
    muted: "tenant",
    summary: `${administration}: {{ $value }} Kurzausfälle {{ if eq $labels.period "day" }}heute{{ else }}in dieser Woche{{ end }}`,
    description: `Mehr als ${day} am Tag oder ${week} in der Woche, und alle dieses Zeitraums zählen als Unterbrechung.`,
  },
  ...budgetLevels.map(
    (level): AlertDraft => ({
      name: "DowntimeUsed",
      expr: floored(`100 * farm:sla_counted_seconds / farm:sla_allowed_seconds >= ${level}`, 1),
      severity: levelSeverity[level],
      labels: { level: String(level) },
      muted: "tenant",
      summary: `${administration}: ${german(1)} % der zulässigen Ausfallzeit der ${serviceTime} verbraucht`,
      description:
        level === 100
          ? "Mit 100 % ist das Ziel gerade noch erreicht, mit mehr ist es verfehlt."
          : `${level} % sind erreicht; mehr als 100 % verfehlt das Ziel des Monats.`,
    }),
  ),
  ...burns.map(
    ({ window, text, percent, severity }): AlertDraft => ({
      name: "DowntimeBurns",
      expr: floored(`100 * farm:sla_burned_ratio{window="${window}"} >= ${percent}`, 1),
      severity,
      labels: { window },
      muted: "tenant",
      summary: `${administration}: ${german(1)} % der zulässigen Ausfallzeit der ${serviceTime} in ${text} verbraucht`,
      description: `Ab ${percent} % in diesem Zeitraum reicht sie bei diesem Tempo nicht für den Monat.`,
    }),
  ),
  {
    name: "DowntimeForecast",
    expr: floored(
      "(farm:sla_forecast_seconds > farm:sla_allowed_seconds) / 60 unless farm:sla_counted_seconds > farm:sla_allowed_seconds",
      0,
    ),
    for: "30m",
    severity: "warning",
    muted: "tenant",
    summary: `${administration}: ${serviceTime} wird verfehlt, wenn es so weitergeht`,
    description: `Erwartet werden ${german(0)} Minuten Ausfallzeit bis zum Monatsende, mehr als zulässig.`,
  },
  {
    name: "VerdictOpen",
    expr: floored(
      "(farm:sla_worst_seconds > farm:sla_allowed_seconds) / 60 unless farm:sla_counted_seconds > farm:sla_allowed_seconds",
      0,
    ),
    severity: "critical",
    muted: "tenant",
    summary: `${administration}: ${serviceTime} ist nicht bestimmbar`,
    description: `Mit der nicht gemessenen Zeit wären es ${german(0)} Minuten Ausfallzeit, mehr als zulässig.`,
  },
  {
    name: "NotMeasured",
    expr: floored('farm:unmeasured_seconds{window="1h"} / 60 > 5', 0),
    severity: "critical",
    muted: "tenant",
    summary: `${administration}: ${german(0)} Minuten der letzten Stunde nicht gemessen`,
    description:
      "Nicht gemessene Zeit gilt nie als verfügbar; zu viel davon macht den Monat nicht bestimmbar.",
  },
];
